// Moments as people and tools write them, brought to ours: RFC 3339 with any offset, or a day, which begins at midnight UTC.
import type { Instant } from '../schemas/ids.ts'

const written = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:[Zz]|([+-])(\d\d):?(\d\d)))?$/

/** Null when it is not one, the 30th of February included. */
export function momentOf(text: string): Instant | null {
  const found = written.exec(text.trim())
  if (found === null) return null
  const [year = 0, month = 0, day = 0] = found.slice(1, 4).map(Number)
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null
  const ms = Date.parse(found[4] === undefined ? `${text.trim()}T00:00:00Z` : text.trim().replace(' ', 'T'))
  return Number.isNaN(ms) ? null : instantAt(ms)
}

const daysIn = (year: number, month: number): number =>
  month === 2
    ? year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
      ? 29
      : 28
    : [4, 6, 9, 11].includes(month)
      ? 30
      : 31
/** Years before 0 and after 9999 have other forms, which nothing here writes. */
const instantAt = (ms: number): Instant | null => {
  const text = new Date(ms).toISOString()
  return text.length === 24 ? (text as Instant) : null
}
