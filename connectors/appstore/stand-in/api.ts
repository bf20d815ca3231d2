// App Store Connect as far as reviews go: pages under cursors that shift, one answer a review, and errors in Apple's form.
import { createHash } from 'node:crypto'
import type { Answer, Asked } from '../../_shared/stand-in/faulty-server.ts'
import type { Hour } from '../../_shared/stand-in/hour.ts'
import type { OpenLedger } from '../../_shared/stand-in/ledger.ts'
import type { Shelf, ShelfAnswer, ShelfReview } from '../../_shared/stand-in/review-shelf.ts'
import { answerKey } from '../../_shared/reviews/review.ts'
import { whyNoToken, type Keys } from './token.ts'

export interface Store {
  readonly keys: Keys
  readonly shelf: Shelf
  readonly ledger: OpenLedger
  readonly hour: Hour
  readonly now: () => number
  readonly appOf: (account: number) => string
  base: string
  /** How long an answer waits for its publication; null: for ever. */
  publishMs: number | null
  /** The next page is named at this host, as an attacker between would. */
  nextElsewhere: string | null
}

const codes: Readonly<Record<number, readonly [code: string, title: string]>> = {
  400: ['PARAMETER_ERROR.INVALID', 'A parameter has an invalid value'],
  401: ['NOT_AUTHORIZED', 'Authentication credentials are missing or invalid.'],
  403: ['FORBIDDEN_ERROR', 'This request is forbidden for security reasons'],
  404: ['NOT_FOUND', 'The specified resource does not exist'],
  409: ['STATE_ERROR', 'The request cannot be fulfilled because of the state of another resource.'],
  422: ['ENTITY_ERROR.ATTRIBUTE.REQUIRED', 'The provided entity is missing a required attribute'],
  429: ['RATE_LIMIT_EXCEEDED', 'The request rate limit has been reached.'],
}
const otherwise = ['UNEXPECTED_ERROR', 'An unexpected error occurred.'] as const

export function appleError(status: number, detail: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const [code, title] = codes[status] ?? otherwise
  const id = '5f1d2c3b-0000-4000-8000-000000000000'
  return { status, headers, body: { errors: [{ id, status: String(status), code, title, detail }] } }
}
export const rateHeader = ({ hour }: Store): Readonly<Record<string, string>> => ({
  'X-Rate-Limit': `user-hour-lim:${hour.limit};user-hour-rem:${hour.left()};`,
})

/** Who may not call, and who called too often. */
export function refuses({ headers }: Asked, store: Store): Answer | null {
  const why = whyNoToken(headers.authorization, store.keys, store.now())
  if (why !== null) return appleError(401, `Provide a properly configured and signed bearer token: ${why}.`)
  return store.hour.spend() > 0
    ? null
    : appleError(429, 'We have received too many requests for this API key.', rateHeader(store))
}

export function answer(asked: Asked, store: Store): Answer {
  const found = route(asked, store)
  return { ...found, headers: { ...rateHeader(store), ...found.headers } }
}

function route({ method, url, text }: Asked, store: Store): Answer {
  const [, version, kind, id = '', more] = url.pathname.split('/').map(decodeURIComponent)
  if (version !== 'v1') return appleError(404, 'no such path')
  if (kind === 'apps' && more === 'customerReviews') return list(id, url, store)
  if (kind === 'customerReviewResponses') return method === 'POST' ? create(text, store) : remove(id, store)
  const review = kind === 'customerReviews' ? store.shelf.find(id) : undefined
  if (review === undefined) return appleError(404, `There is no resource of type 'customerReviews' with id '${id}'`)
  if (more !== 'response')
    return { status: 200, body: { data: itemOf(review, true, store), links: { self: url.href } } }
  if (review.answer === null) return appleError(404, 'There is no response')
  return { status: 200, body: { data: responseOf(review, review.answer, store), links: { self: url.href } } }
}

/** Pages are counted off, not pinned: what is inserted meanwhile moves everything, as with the real one. */
function list(app: string, url: URL, store: Store): Answer {
  const account = [0, 1, 2, 3].find((n) => store.appOf(n) === app)
  if (account === undefined) return appleError(404, `There is no resource of type 'apps' with id '${app}'`)
  const query = new URLSearchParams(url.searchParams)
  query.delete('cursor')
  const bound = createHash('sha256').update(query.toString()).digest('hex').slice(0, 8)
  const [cursorOf = '', from = '0'] = (url.searchParams.get('cursor') ?? `AQ.${bound}.0`).split('.').slice(1)
  if (cursorOf !== bound) return appleError(400, 'The cursor belongs to another query')
  const limit = Number(query.get('limit') ?? 20)
  if (limit < 1 || limit > 200 || (query.get('sort') ?? '-createdDate') !== '-createdDate')
    return appleError(400, 'a parameter is wrong')
  const all = store.shelf.all.filter((it) => it.account === account).toSorted((a, b) => b.changedAt - a.changedAt)
  const page = all.slice(Number(from), Number(from) + limit)
  const withAnswer = query.get('include')?.includes('response') === true
  const isLast = Number(from) + limit >= all.length
  const next = new URL(`${store.nextElsewhere ?? store.base}${url.pathname}?${query.toString()}`)
  next.searchParams.set('cursor', `AQ.${bound}.${Number(from) + limit}`)
  return {
    status: 200,
    body: {
      data: page.map((it) => itemOf(it, withAnswer, store)),
      ...(withAnswer
        ? { included: page.flatMap((it) => (it.answer === null ? [] : [responseOf(it, it.answer, store)])) }
        : {}),
      links: { self: url.href, ...(isLast ? {} : { next: next.href }) },
      meta: { paging: { total: all.length, limit } },
    },
  }
}

/** With the offset of the West coast, which is another one in summer. */
function pacific(ms: number): string {
  const month = new Date(ms).getUTCMonth()
  const hours = month > 2 && month < 10 ? 7 : 8
  return `${new Date(ms - hours * 3_600_000).toISOString().slice(0, 19)}-0${hours}:00`
}

function itemOf(review: ShelfReview, withAnswer: boolean, { base }: Store) {
  const self = `${base}/v1/customerReviews/${review.id}`
  const data = review.answer === null ? null : { type: 'customerReviewResponses', id: review.answer.id }
  return {
    type: 'customerReviews',
    id: review.id,
    attributes: {
      rating: review.stars,
      title: review.title,
      body: review.text,
      reviewerNickname: review.by,
      createdDate: pacific(review.changedAt),
      territory: 'TUR',
      ...(review.fields['attributes'] as object | undefined),
    },
    relationships: { response: { links: { related: `${self}/response` }, ...(withAnswer ? { data } : {}) } },
    links: { self },
  }
}

function responseOf(review: ShelfReview, { id, text, at }: ShelfAnswer, { base, now, publishMs }: Store) {
  const isOut = publishMs !== null && now() - at >= publishMs
  return {
    type: 'customerReviewResponses',
    id,
    attributes: { responseBody: text, lastModifiedDate: pacific(at), state: isOut ? 'PUBLISHED' : 'PENDING_PUBLISH' },
    relationships: { review: { data: { type: 'customerReviews', id: review.id } } },
    links: { self: `${base}/v1/customerReviewResponses/${id}` },
  }
}

interface Wanted {
  readonly data?: {
    readonly type?: string
    readonly attributes?: { readonly responseBody?: string }
    readonly relationships?: { readonly review?: { readonly data?: { readonly id?: string } } }
  }
}
const longest = 5_970

function create(text: string, store: Store): Answer {
  const body = JSON.parse(text) as Wanted
  const words = body.data?.attributes?.responseBody ?? ''
  const review = store.shelf.find(body.data?.relationships?.review?.data?.id ?? '')
  if (words === '')
    return appleError(422, "You must provide a value for the attribute 'responseBody' with this request")
  if ([...words].length > longest) return appleError(422, "The attribute 'responseBody' is too long")
  if (review === undefined) return appleError(404, "There is no resource of type 'customerReviews' with this id")
  const answered = store.shelf.answer(review, words, store.now())
  const id = answerKey(review.id, words)
  store.ledger.add({
    is: 'accepted',
    at: store.now(),
    id,
    ours: null,
    to: review.id,
    kind: 'answer',
    body: body as Record<string, unknown>,
  })
  return { status: 201, body: { data: responseOf(review, answered, store), links: { self: store.base } } }
}

function remove(id: string, { shelf }: Store): Answer {
  const review = shelf.all.find((it) => it.answer?.id === id)
  if (review === undefined) return appleError(404, 'There is no response')
  review.answer = null
  return { status: 204, body: null }
}
