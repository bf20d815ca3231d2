// Turns a vendor's clock readings into instants, or says that they are none.
import type { Instant } from '../../schemas/ids.ts'

/** 2001 to 2286: ten digits. What lies outside is not a time a message was sent at. */
const oldest = 1_000_000_000
const newest = 9_999_999_999

/** Unix seconds, as a number or as its digits. */
export function instantOfSeconds(seconds: unknown): Instant | null {
  const digits = typeof seconds === 'number' ? String(seconds) : seconds
  if (typeof digits !== 'string' || !/^\d{10}$/.test(digits)) return null
  const value = Number(digits)
  return value < oldest || value > newest ? null : (new Date(value * 1000).toISOString() as Instant)
}

/** Unix milliseconds, as a number or as its digits. */
export function instantOfMilliseconds(milliseconds: unknown): Instant | null {
  const digits = typeof milliseconds === 'number' ? String(milliseconds) : milliseconds
  if (typeof digits !== 'string' || !/^\d{13}$/.test(digits)) return null
  const value = Number(digits)
  return value < oldest * 1000 || value > newest * 1000 ? null : (new Date(value).toISOString() as Instant)
}
