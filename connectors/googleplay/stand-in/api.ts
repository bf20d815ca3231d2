// The Google Play Developer API as far as reviews go: a week of them, short pages under tokens, one answer each, quotas in two forms.
import type { Answer, Asked } from '../../_shared/stand-in/faulty-server.ts'
import type { Hour } from '../../_shared/stand-in/hour.ts'
import type { OpenLedger } from '../../_shared/stand-in/ledger.ts'
import type { Shelf, ShelfReview } from '../../_shared/stand-in/review-shelf.ts'
import { answerKey } from '../../_shared/reviews/review.ts'
import type { Tokens } from './token.ts'

export interface Store {
  readonly shelf: Shelf
  readonly ledger: OpenLedger
  readonly tokens: Tokens
  readonly hour: Hour
  readonly now: () => number
  readonly appOf: (account: number) => string
  base: string
  /** For some apps no next page is ever named. */
  isWithoutPages: boolean
}
const weekMs = 7 * 86_400_000
const longest = 350

interface GoogleError {
  readonly status: string
  readonly reason: string
  readonly message: string | null
}
const errors: Readonly<Record<number, GoogleError>> = {
  400: { status: 'INVALID_ARGUMENT', reason: 'badRequest', message: 'Request contains an invalid argument.' },
  401: { status: 'UNAUTHENTICATED', reason: 'authError', message: 'Request had invalid authentication credentials.' },
  403: { status: 'PERMISSION_DENIED', reason: 'forbidden', message: 'The caller does not have permission' },
  404: { status: 'NOT_FOUND', reason: 'applicationNotFound', message: 'Package not found' },
  429: { status: 'RESOURCE_EXHAUSTED', reason: 'rateLimitExceeded', message: 'Quota exceeded, limit per minute.' },
  503: { status: 'UNAVAILABLE', reason: 'backendError', message: 'The service is currently unavailable.' },
}
export function googleError(code: number, more: { readonly reason?: string; readonly text?: string } = {}): Answer {
  const known = errors[code]
  if (known === undefined) return { status: code, body: { error: { code, message: more.text ?? null } } }
  const { status, reason } = known
  const message = more.text ?? known.message
  const errs = [{ message, domain: 'global', reason: more.reason ?? reason }]
  return { status: code, body: { error: { code, message, errors: errs, status } } }
}

export const isToken = ({ url }: Asked): boolean => url.pathname === '/token'

export function refuses(asked: Asked, store: Store): Answer | null {
  if (isToken(asked)) return null
  if (!store.tokens.isGood(asked.headers.authorization)) return googleError(401)
  if (asked.method === 'POST' || store.hour.spend() > 0) return null
  return googleError(403, { reason: 'rateLimitExceeded', text: 'Quota exceeded for quota metric Queries.' })
}

export function answer(asked: Asked, store: Store): Answer {
  if (isToken(asked)) return store.tokens.grant(asked, `${store.base}/token`)
  const [, api, version, kind, app, reviews, named = ''] = asked.url.pathname.split('/').map(decodeURIComponent)
  const account = [0, 1, 2, 3].find((n) => store.appOf(n) === app)
  if (`${api}/${version}/${kind}/${reviews}` !== 'androidpublisher/v3/applications/reviews' || account === undefined)
    return googleError(404)
  if (asked.method === 'POST') return reply(named.replace(/:reply$/, ''), asked.text, store)
  if (named === '') return list(account, asked.url, store)
  const review = store.shelf.find(named)
  return review === undefined ? googleError(404) : { status: 200, body: itemOf(review) }
}

/** Every second page is shorter than asked for, and what is written meanwhile moves the rest. */
function list(account: number, { searchParams }: URL, store: Store): Answer {
  const most = Number(searchParams.get('maxResults') ?? 10)
  if (most < 1 || most > 100) return googleError(400)
  const from = Number(searchParams.get('token')?.replace(/^CAEQ-/, '') ?? 0)
  if (Number.isNaN(from)) return googleError(400)
  const shown = store.shelf.all
    .filter((it) => it.account === account && it.changedAt >= store.now() - weekMs && it.text !== '')
    .toSorted((a, b) => b.changedAt - a.changedAt)
  const size = (from / 10) % 2 === 0 ? most : Math.ceil(most * 0.6)
  const page = shown.slice(from, from + size)
  const isLast = from + size >= shown.length || store.isWithoutPages
  return {
    status: 200,
    body: {
      ...(page.length === 0 ? {} : { reviews: page.map(itemOf) }),
      ...(isLast ? {} : { tokenPagination: { nextPageToken: `CAEQ-${from + size}` } }),
    },
  }
}

const stampOf = (ms: number) => ({ seconds: String(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1_000_000 })

/** The answer stands first as often as not: the order of comments means nothing. */
function itemOf(review: ShelfReview) {
  const user = {
    userComment: {
      text: review.title === '' ? review.text : `${review.title}\t${review.text}`,
      lastModified: stampOf(review.changedAt),
      starRating: review.stars,
      reviewerLanguage: 'tr',
      appVersionName: '5.2.0',
      ...(review.fields['userComment'] as object | undefined),
    },
  }
  const { answer: said } = review
  const comments =
    said === null ? [user] : [{ developerComment: { text: said.text, lastModified: stampOf(said.at) } }, user]
  return { reviewId: review.id, authorName: review.by, comments, ...(review.fields['review'] as object | undefined) }
}

function reply(id: string, text: string, store: Store): Answer {
  const body = JSON.parse(text) as { readonly replyText?: string }
  const words = (body.replyText ?? '').replaceAll(/<[^>]*>/g, '')
  const review = store.shelf.find(id)
  if (review === undefined) return googleError(404)
  if (words === '' || [...words].length > longest) return googleError(400)
  const { at } = store.shelf.answer(review, words, store.now())
  const named = answerKey(review.id, words)
  store.ledger.add({ is: 'accepted', at, id: named, ours: null, to: review.id, kind: 'answer', body: { ...body } })
  return { status: 200, body: { result: { replyText: words, lastEdited: stampOf(at) } } }
}
