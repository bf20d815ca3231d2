// Apple's customer reviews, only the fields we read (App Store Connect API, specification of 2026-07, read 2026-11).
import type { Instant } from '../../schemas/ids.ts'
import { field, idAt, isObject, listAt, numberAt, objectAt, present, textAt, type Json } from '../_shared/read-json.ts'
import { answerKey, type Review, type Said } from '../_shared/reviews/review.ts'

/** Dates carry the offset of Pacific time, which changes in spring and autumn: they are compared as instants, never as text. */
export function instantIn(from: unknown, key: string): Instant | null {
  const text = textAt(from, key)
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.test(text)) return null
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? null : (new Date(ms).toISOString() as Instant)
}

/** Null: without type and id nothing can be said about it. A review whose date is missing is dated by when we saw it. */
export function readReview(item: Json, included: readonly unknown[], seenAt: Instant): Review | null {
  const id = idAt(item, 'id')
  if (id === undefined || textAt(item, 'type') !== 'customerReviews') return null
  const of = objectAt(item, 'attributes')
  const territory = textAt(of, 'territory')
  return {
    id,
    by: textAt(of, 'reviewerNickname') ?? null,
    at: instantIn(of, 'createdDate') ?? seenAt,
    text: textAt(of, 'body') ?? '',
    about: territory === undefined ? {} : { territory },
    vendor: { review: id },
    ...present({ title: textAt(of, 'title'), stars: numberAt(of, 'rating'), talk: talkOf(id, item, included) }),
  }
}

/** Links without `data` mean "not included", which is not "no answer". */
function talkOf(review: string, item: Json, included: readonly unknown[]): readonly Said[] | undefined {
  const response = objectAt(objectAt(item, 'relationships'), 'response')
  const data = field(response, 'data')
  if (data === null) return []
  const id = idAt(data, 'id')
  const found = included.find((it) => isResponse(it) && idAt(it, 'id') === id)
  const said = id === undefined || found === undefined ? null : readResponse(review, found)
  return said === null ? undefined : [said]
}
export const isResponse = (it: unknown): it is Json => isObject(it) && textAt(it, 'type') === 'customerReviewResponses'

export function readResponse(review: string, response: unknown): Said | null {
  const of = objectAt(response, 'attributes')
  const text = textAt(of, 'responseBody')
  if (text === undefined) return null
  const at = instantIn(of, 'lastModifiedDate')
  const state = { PENDING_PUBLISH: 'sent', PUBLISHED: 'delivered' } as const
  const named = textAt(of, 'state')
  const known = named === 'PENDING_PUBLISH' || named === 'PUBLISHED' ? { state: state[named] } : {}
  return { key: answerKey(review, text), by: 'us', text, at, ...known }
}

/** A single one, or a page of them. */
export function itemsOf(body: Json): readonly unknown[] | null {
  const data = field(body, 'data')
  if (Array.isArray(data)) return data
  return isObject(data) ? [data] : null
}
export const includedIn = (body: Json): readonly unknown[] => listAt(body, 'included')
