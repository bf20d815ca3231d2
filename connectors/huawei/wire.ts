// AppGallery's reviews behind one mapping: every name of a field stands here, read leniently (Comments API, second-hand, 2026-11).
import type { Instant } from '../../schemas/ids.ts'
import { field, idAt, isObject, listAt, objectAt, present, textAt, type Json } from '../_shared/read-json.ts'
import { answerKey, type Review, type Said } from '../_shared/reviews/review.ts'

/** Milliseconds, as a number or as its digits. */
function instantIn(from: unknown, key: string): Instant | null {
  const digits = idAt(from, key)
  return digits !== undefined && /^\d{13}$/.test(digits) ? (new Date(Number(digits)).toISOString() as Instant) : null
}
/** Numbers come as text for some accounts. */
function numberIn(from: unknown, key: string): number | undefined {
  const digits = idAt(from, key)
  return digits !== undefined && /^-?\d{1,9}$/.test(digits) ? Number(digits) : undefined
}

/** 0 not answered, 1 answered, 6 the customer wrote back, 3 that was answered. */
export const replyStateOf = (item: Json): number => numberIn(item, 'devReplyState') ?? 0

/** Null: without an id nothing can be said about it. Without words it is a review all the same: the stars are one. */
export function readReview(item: Json, seenAt: Instant): Review | null {
  const id = idAt(item, 'reviewId')
  if (id === undefined) return null
  const [country, lang] = [textAt(item, 'countryCode'), textAt(item, 'lang')]
  const about = {
    country,
    language: lang,
    appVersion: textAt(item, 'versionName'),
    device: textAt(item, 'phoneName'),
  }
  return {
    id,
    by: textAt(item, 'nickName') ?? null,
    at: instantIn(item, 'dateline') ?? seenAt,
    text: textAt(item, 'content') ?? '',
    about: present(about),
    vendor: present({ review: id, country, lang }),
    ...present({ stars: numberIn(item, 'rating'), talk: talkOf(id, item) }),
    mark: String(replyStateOf(item)),
  }
}

/** Only the detail holds the list; a review that was never answered has none. */
function talkOf(review: string, item: Json): readonly Said[] | undefined {
  if (!Array.isArray(field(item, 'replyList'))) return replyStateOf(item) === 0 ? [] : undefined
  return repliesIn(item).flatMap((it) => said(review, it))
}
function said(review: string, { id, isOurs, text, at }: Reply): readonly Said[] {
  if (text === '') return []
  if (!isOurs) return [{ key: `${review}:${id}`, by: 'customer', text, at }]
  return [{ key: answerKey(review, text), by: 'us', text, at, state: 'delivered' }]
}

export interface Reply {
  readonly id: string
  readonly isOurs: boolean
  readonly text: string
  readonly at: Instant | null
}
export const repliesIn = (item: unknown): readonly Reply[] =>
  listAt(item, 'replyList')
    .filter(isObject)
    .flatMap((it) => {
      const id = idAt(it, 'replyId')
      if (id === undefined) return []
      return [
        {
          id,
          isOurs: numberIn(it, 'replyType') === 1,
          text: textAt(it, 'replyContent') ?? '',
          at: instantIn(it, 'dateline'),
        },
      ]
    })

/** A page of either generation, one review, or a review as it stands in a page. Null: none of them. */
export function itemsOf(body: Json): readonly unknown[] | null {
  const data = field(body, 'data')
  if (Array.isArray(data)) return data
  const list = field(data, 'reviewList')
  if (Array.isArray(list)) return list
  if (idAt(data, 'reviewId') !== undefined) return [data]
  return idAt(body, 'reviewId') === undefined ? null : [body]
}
/** `hasNext` is a number; the newer generation has none and counts. */
export function hasNext(body: Json, seen: number): boolean {
  const said = numberIn(objectAt(body, 'data'), 'hasNext')
  return said === undefined ? (numberIn(body, 'total') ?? 0) > seen : said === 1
}

export type Verdict = { readonly is: 'ok' } | { readonly is: 'failed'; readonly code: string; readonly words: string }
/** Failure comes in four forms, mostly with HTTP 200, one of them as JSON within JSON. What has no code at all is no success either. */
export function verdictOf(body: Json | null): Verdict {
  const ret = retOf(field(body, 'ret'))
  const found = [
    [idAt(ret, 'rtnCode'), textAt(ret, 'rtnDesc')],
    [idAt(ret, 'code'), textAt(ret, 'msg')],
    [idAt(body, 'rtnCode'), textAt(body, 'rtnDesc')],
    [idAt(body, 'code'), textAt(body, 'msg')],
  ].find(([code]) => code !== undefined)
  if (found === undefined) return { is: 'failed', code: '', words: 'an answer without a code' }
  const [code = '', words = 'no words'] = found
  return code === '0' ? { is: 'ok' } : { is: 'failed', code, words }
}
function retOf(ret: unknown): unknown {
  if (typeof ret !== 'string') return ret
  try {
    return JSON.parse(ret) as unknown
  } catch {
    return undefined
  }
}
