// The vendor's words: times in four spellings, ids beyond 53 bits, and who talks to whom in a conversation of two.
import type { Instant } from '../../schemas/ids.ts'
import { idAt, textAt, type Json } from '../_shared/read-json.ts'

/** 2001 to 2286. What lies outside is not a time anything was sent at. */
const [oldestMs, newestMs] = [1_000_000_000_000, 9_999_999_999_999]
const instantOf = (ms: number): Instant | null =>
  Number.isSafeInteger(ms) && ms >= oldestMs && ms <= newestMs ? (new Date(ms).toISOString() as Instant) : null

/** `"1794312000123"`, `1794312000123`. */
function instantOfMillis(value: unknown): Instant | null {
  const text = typeof value === 'number' ? String(value) : value
  return typeof text === 'string' && /^\d{13}$/.test(text) ? instantOf(Number(text)) : null
}
/** `2026-11-10T12:00:00.000Z`, `Tue Nov 10 12:00:00 +0000 2026`. */
function instantOfWords(value: unknown): Instant | null {
  return typeof value === 'string' && value.length <= 40 && /\d{4}/.test(value) ? instantOf(Date.parse(value)) : null
}

/** Ids of posts and messages hold the time they were made at: 22 bits below milliseconds since this moment. */
const snowflakeEpochMs = 1_288_834_974_657n
export const snowflakeMs = (id: string): number | null =>
  /^\d{15,20}$/.test(id) ? Number((BigInt(id) >> 22n) + snowflakeEpochMs) : null
/** The smallest id of its millisecond: what was made before has a smaller one. */
export const snowflakeAt = (ms: number): bigint => {
  const since = BigInt(Math.trunc(ms)) - snowflakeEpochMs
  return since > 0n ? since << 22n : 0n
}

/** The most exact time an item gives of itself, else that of its id, else when we had the bytes. */
export function timeOf(item: Json, receivedAt: Instant): Instant {
  const said =
    instantOfMillis(item['timestamp_ms'] ?? item['created_timestamp'] ?? item['created_at_msec']) ??
    instantOfWords(item['created_at'] ?? item['date_time'])
  if (said !== null) return said
  const made = snowflakeMs(idAt(item, 'id_str') ?? idAt(item, 'id') ?? '')
  return (made === null ? null : instantOf(made)) ?? receivedAt
}

/** The id of a post: its text twin where there is one, because the number is beyond 53 bits. */
export const postId = (item: unknown, key: string = 'id'): string | undefined =>
  textAt(item, `${key}_str`) ?? idAt(item, key)

/** `smaller-larger`, by number and not by text; only numbers make one. */
export function pairId(one: string, other: string): string {
  const isNumber = /^\d{1,20}$/.test(one) && /^\d{1,20}$/.test(other)
  const inOrder = isNumber ? BigInt(one) <= BigInt(other) : one <= other
  return inOrder ? `${one}-${other}` : `${other}-${one}`
}
/** Of a conversation of two, the one who is not us; null: it is a group. */
export function otherOf(conversation: string, us: string): string | null {
  const [, one, other] = /^(\d{1,20})[-:](\d{1,20})$/.exec(conversation) ?? []
  if (one === undefined || other === undefined) return null
  if (one === us) return other
  return other === us ? one : null
}

/** By number: ids of more digits are newer. What is no number is older than everything. */
export const idOrder = (a: string, b: string): number => {
  const [one, other] = [/^\d{1,30}$/.test(a) ? BigInt(a) : -1n, /^\d{1,30}$/.test(b) ? BigInt(b) : -1n]
  return one < other ? -1 : one > other ? 1 : 0
}
