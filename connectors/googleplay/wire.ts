// Google Play's reviews, only the fields we read (Android Publisher API v3, types and pages read 2026-11).
import type { Instant } from '../../schemas/ids.ts'
import { field, idAt, isObject, listAt, numberAt, objectAt, present, textAt, type Json } from '../_shared/read-json.ts'
import { answerKey, type Review, type Said } from '../_shared/reviews/review.ts'

/** `{"seconds": "1443676826", "nanos": 713000000}`; seconds are text, nanos may be absent. */
export function instantIn(from: unknown, key: string): Instant | null {
  const stamp = objectAt(from, key)
  const seconds = Number(idAt(stamp, 'seconds') ?? Number.NaN)
  const nanos = numberAt(stamp, 'nanos') ?? 0
  if (!Number.isInteger(seconds) || seconds < 1_000_000_000 || seconds > 9_999_999_999) return null
  const ms = nanos >= 0 && nanos < 1e9 ? Math.floor(nanos / 1e6) : 0
  return new Date(seconds * 1000 + ms).toISOString() as Instant
}

/** Null: without an id, or without what the customer wrote, nothing can be said about it. The order of the comments means nothing. */
export function readReview(item: Json, seenAt: Instant, isWithDevice: boolean): Review | null {
  const id = idAt(item, 'reviewId')
  const comments = listAt(item, 'comments').filter(isObject)
  const user = comments.map((it) => objectAt(it, 'userComment')).find((it) => it !== undefined)
  if (id === undefined || user === undefined) return null
  return {
    id,
    by: textAt(item, 'authorName') ?? null,
    at: instantIn(user, 'lastModified') ?? seenAt,
    about: aboutOf(user, isWithDevice),
    vendor: { review: id },
    ...wordsIn(user),
    ...present({ stars: numberAt(user, 'starRating') }),
    talk: comments.flatMap((it) => answerIn(id, objectAt(it, 'developerComment'))),
  }
}

/** Title and body come joined by a tab. What is a translation has the original beside it. */
function wordsIn(user: Json): Pick<Review, 'text' | 'title'> {
  const words = textAt(user, 'originalText') ?? textAt(user, 'text') ?? ''
  const tab = words.indexOf('\t')
  if (tab === -1) return { text: words }
  const title = words.slice(0, tab)
  return { text: words.slice(tab + 1), ...(title === '' ? {} : { title }) }
}

function aboutOf(user: Json, isWithDevice: boolean): Review['about'] {
  const device = objectAt(user, 'deviceMetadata')
  return present({
    language: textAt(user, 'reviewerLanguage'),
    appVersion: textAt(user, 'appVersionName'),
    appVersionCode: numberAt(user, 'appVersionCode'),
    androidVersion: numberAt(user, 'androidOsVersion'),
    ...(isWithDevice ? { device: textAt(device, 'productName') ?? textAt(user, 'device') } : {}),
  })
}

function answerIn(review: string, comment: Json | undefined): readonly Said[] {
  const text = textAt(comment, 'text')
  if (text === undefined) return []
  const at = instantIn(comment, 'lastModified')
  // Google knows no waiting: what it shows is read by everybody.
  return [{ key: answerKey(review, text), by: 'us', text, at, state: 'delivered' }]
}

/** A page, or a single one. Null: neither. An app without reviews is an empty object. */
export function itemsOf(body: Json): readonly unknown[] | null {
  const reviews = field(body, 'reviews')
  if (Array.isArray(reviews)) return reviews
  if (idAt(body, 'reviewId') !== undefined) return [body]
  return Object.keys(body).every((key) => ['pageInfo', 'tokenPagination'].includes(key)) ? [] : null
}
