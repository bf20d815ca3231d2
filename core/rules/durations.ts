// Arithmetic on instants: pure, without a clock.
import type { Instant } from '../../schemas/ids.ts'

const hourMs = 3_600_000
/** The last day a Date can hold; whatever lies beyond never ends. */
const lastMs = 8_640_000_000_000_000

/** Null when it lies beyond what a calendar can name: it never ends. */
export function plusHours(at: Instant, hours: number): Instant | null {
  const ms = Date.parse(at) + hours * hourMs
  return ms <= lastMs ? (new Date(ms).toISOString() as Instant) : null
}

export const plusDays = (at: Instant, days: number): Instant | null => plusHours(at, days * 24)

/** How many days after `from`; negative when before. */
export const daysBetween = (from: Instant, to: Instant): number => (Date.parse(to) - Date.parse(from)) / (24 * hourMs)

export const plusSeconds = (at: Instant, seconds: number): Instant =>
  new Date(Date.parse(at) + seconds * 1_000).toISOString() as Instant
