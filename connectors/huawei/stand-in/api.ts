// AppGallery Connect as far as reviews go: mixed types, pages that shift, replies in the detail alone, and four ways to say no over HTTP 200.
import type { Answer, Asked } from '../../_shared/stand-in/faulty-server.ts'
import type { OpenLedger } from '../../_shared/stand-in/ledger.ts'
import type { Shelf, ShelfReview } from '../../_shared/stand-in/review-shelf.ts'
import { answerKey } from '../../_shared/reviews/review.ts'

export interface Reply {
  readonly replyId: string
  replyContent: string
  readonly replyType: 0 | 1
  dateline: number
}
export interface Store {
  readonly shelf: Shelf
  readonly ledger: OpenLedger
  readonly now: () => number
  readonly appOf: (account: number) => string
  readonly clientId: string
  readonly clientSecret: string
  /** Given out so far, with their end, each by the site that gave it. */
  readonly tokens: Map<string, { until: number; readonly site: string }>
  readonly replies: Map<string, Reply[]>
  readonly requests: Set<string>
  readonly nextId: (what: string) => string
  /** The developer was let in (sheet, gate 1). */
  isAllowed: boolean
  /** Deeper than so many pages nothing is shown. */
  deepestPage: number
  /** What the contents check lets through. */
  isDecent: (text: string) => boolean
}
const hour = 3_600_000
const longest = 1_000

/** As every failure, over HTTP 200 unless it is said otherwise. */
export const no = (code: number, words: string, http = 200): Answer => ({
  status: http,
  body: { ret: { rtnCode: code, rtnDesc: words } },
})
export const ofToken = (code: number, words: string, http = 200): Answer => ({
  status: http,
  body: { ret: { code, msg: words } },
})

export const isToken = ({ url }: Asked): boolean => url.pathname.endsWith('/api/oauth2/v1/token')
/** `/cn/api/…`: each site is a host of its own; here the first word of the path stands for it. */
const siteOf = ({ url }: Asked): string => url.pathname.split('/')[1] ?? ''

export function refuses(asked: Asked, store: Store): Answer | null {
  if (isToken(asked)) return null
  const token = store.tokens.get((asked.headers.authorization ?? '').replace('Bearer ', ''))
  if (token === undefined || token.until <= store.now()) return ofToken(205524993, 'client token auth failed', 401)
  if (token.site !== siteOf(asked)) return ofToken(205524993, 'client token authorization fail.', 403)
  if (asked.headers['client_id'] !== store.clientId) return ofToken(205524993, 'client token authorization fail.', 403)
  return store.isAllowed ? null : { status: 200, body: { code: 20770002, msg: 'uid no white list permission' } }
}

export function answer(asked: Asked, store: Store): Answer {
  if (isToken(asked)) return grant(asked, store)
  const isNew = asked.url.pathname.includes('/marketing-api/v2/')
  const id = /\/manage\/dev\/reviews\/([^/]+)$/.exec(asked.url.pathname)?.[1]
  if (!/\/manage\/dev\/reviews(\/[^/]+)?$/.test(asked.url.pathname)) return { status: 404, body: 'no such path' }
  if (asked.method === 'POST') return reply(asked, store)
  return id === undefined ? list(asked.url.searchParams, isNew, store) : detail(decodeURIComponent(id), store)
}

function grant(asked: Asked, store: Store): Answer {
  const { client_id: id, client_secret: secret, grant_type: type } = JSON.parse(asked.text) as Record<string, string>
  if (type !== 'client_credentials' || id !== store.clientId || secret !== store.clientSecret)
    return ofToken(203890688, 'client id or secret error')
  const token = `eyJ${store.nextId('token')}`
  store.tokens.set(token, { until: store.now() + 48 * hour, site: siteOf(asked) })
  return { status: 200, body: { access_token: token, expires_in: 172_800 } }
}

function list(query: URLSearchParams, isNew: boolean, store: Store): Answer {
  const account = [0, 1, 2, 3].find((n) => store.appOf(n) === query.get('appId'))
  if (account === undefined) return no(50010028, 'user or app auth validate failed, noPermission')
  const [begin, end] = [Number(query.get('beginTime')), Number(query.get('endTime'))]
  if (end < begin) return no(50010035, 'beginTime is after endTime')
  if (end - begin > 184 * 24 * hour)
    return no(50010034, 'the interval between beginTime and endTime exceeds six months')
  const [page, limit] = [Number(query.get('page') ?? 1), Number(query.get('limit') ?? 20)]
  if (limit > 100 || (query.get('countries') ?? '') === '') return no(50010003, 'bad parameter')
  if (page > store.deepestPage) return no(50010016, 'page too long')
  const all = store.shelf.all
    .filter((it) => it.account === account && it.changedAt >= begin && it.changedAt <= end)
    .toSorted((a, b) => b.changedAt - a.changedAt)
  const items = all.slice((page - 1) * limit, page * limit).map((it) => itemOf(it, store))
  if (isNew) return { status: 200, body: { rtnCode: 0, rtnDesc: 'success', data: items, total: all.length } }
  const data = { total: all.length, hasNext: page * limit < all.length ? 1 : 0, reviewList: items }
  return { status: 200, body: { ret: { rtnCode: 0, rtnDesc: 'success' }, data } }
}

function stateOf(id: string, { replies }: Store): number {
  const said = replies.get(id) ?? []
  const wroteBack = said.some((it) => it.replyType === 0)
  if (said.at(-1)?.replyType === 0) return 6
  return said.length === 0 ? 0 : wroteBack ? 3 : 1
}

/** Numbers and texts change places from one review to the next, as from one account to the next. */
function itemOf(review: ShelfReview, store: Store) {
  const isOdd = store.shelf.all.indexOf(review) % 2 === 1
  return {
    reviewId: /^\d{1,15}$/.test(review.id) && isOdd ? Number(review.id) : review.id,
    content: review.text,
    rating: isOdd ? String(review.stars) : review.stars,
    dateline: isOdd ? String(review.changedAt) : review.changedAt,
    nickName: review.by,
    countryCode: 'TR',
    lang: 'tr_TR',
    versionName: '1.4.2',
    phoneName: 'P60',
    devReplyState: stateOf(review.id, store),
    ...(review.fields['item'] as object | undefined),
  }
}

function detail(id: string, store: Store): Answer {
  const review = store.shelf.find(id)
  if (review === undefined) return no(50010037, 'the review does not exist')
  const replyList = store.replies.get(id) ?? []
  return {
    status: 200,
    body: { ret: { rtnCode: 0, rtnDesc: 'success' }, data: { ...itemOf(review, store), replyList } },
  }
}

function reply(asked: Asked, store: Store): Answer {
  const body = JSON.parse(asked.text) as Record<string, string>
  const { reviewId = '', devReplyContent: text = '', toReplyId, updateReplyId, lang, countryCode } = body
  const request = String(asked.headers['requestid'] ?? '')
  const review = store.shelf.find(reviewId)
  if (request === '' || request.length > 64 || text === '' || lang === '' || countryCode === '')
    return no(50010003, 'bad parameter')
  if (review === undefined) return no(50010037, 'the review does not exist')
  if ([...text].length > longest) return no(50010029, 'the reply text is not legal')
  if (!store.isDecent(text)) return no(50010074, 'the reply content did not pass review')
  const said = store.replies.get(reviewId) ?? []
  const isAgain = store.requests.has(`${request} ${text}`)
  const target = said.find((it) => it.replyId === updateReplyId && it.replyType === 1)
  if (isAgain && target === undefined) return no(50010015, 'duplicate request')
  if (target !== undefined) Object.assign(target, { replyContent: text, dateline: store.now() })
  else if (toReplyId !== undefined ? said.at(-1)?.replyId !== toReplyId : said.length > 0)
    return no(50010077, 'a developer reply already exists for the review')
  else said.push({ replyId: `rep-${store.nextId('reply')}`, replyContent: text, replyType: 1, dateline: store.now() })
  store.replies.set(reviewId, said)
  store.requests.add(`${request} ${text}`)
  const at = store.now()
  store.shelf.answer(review, text, at)
  store.ledger.add({
    is: 'accepted',
    at,
    id: answerKey(reviewId, text),
    ours: request,
    to: reviewId,
    kind: 'answer',
    body: { ...body },
  })
  return { status: 200, body: { ret: { rtnCode: 0, rtnDesc: 'success' } } }
}
