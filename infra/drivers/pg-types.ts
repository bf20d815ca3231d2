// How PostgreSQL's values arrive: instants as our own strings, whole numbers as numbers while they are exact.
import { types } from 'pg'
import type { CustomTypesConfig } from 'pg'

/** A number while it is exact, else its digits: a count or position that fits 2^53 is a number, a 64-bit hash is text. */
export const wholeNumber = (text: string): number | string => {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : text
}

/** `2026-11-21 04:10:00.123456+00`: what the server writes with our settings (ISO, UTC). */
const utcText = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/

/**
 * An Instant: RFC 3339, UTC, milliseconds. Microseconds are cut, not rounded, so an instant is never later than what was stored; a
 * column that must give back exactly what was put in is `timestamptz(3)`. `infinity` stays a word.
 */
export const instant = (text: string): string => {
  const found = utcText.exec(text)
  return found === null ? text : `${found[1]}T${found[2]}.${(found[3] ?? '').padEnd(3, '0').slice(0, 3)}Z`
}
const asItIs = (text: string): string => text

/** pg-types says one thing in its types and does another: there is `create`, which gives something to `parse`. */
const arrays = types.arrayParser as unknown as {
  create(text: string, one: (text: string) => unknown): { parse(): unknown[] }
}
const arrayOf = (one: (text: string) => unknown) => (text: string) => arrays.create(text, one).parse()

/** By type id: int8, timestamptz, date, timestamp, and arrays of them. The rest is `pg`'s: json parsed, numeric as text, bytea as Buffer. */
const parsers = new Map<number, (text: string) => unknown>([
  [20, wholeNumber],
  [1184, instant],
  [1082, asItIs],
  [1114, asItIs],
  [1016, arrayOf(wholeNumber)],
  [1185, arrayOf(instant)],
  [1182, arrayOf(asItIs)],
  [1115, arrayOf(asItIs)],
])

export const ourTypes: CustomTypesConfig = {
  getTypeParser: (id: number, format?: 'text' | 'binary') => {
    const ours = format === 'binary' ? undefined : parsers.get(id)
    return ours ?? types.getTypeParser(id, format as 'text')
  },
}
