// What X shows no more and nobody read: from when to when, in which words, and how long the health keeps saying it.
import type { Gap } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import type { Place } from './place.ts'
import { idOrder, snowflakeMs } from './wire.ts'

const dayMs = 86_400_000
/** Long enough to be seen by who looks once a day, whatever else is well meanwhile. */
const shownMs = dayMs
/** What only the webhook or the stream tells. */
export const onlyToldOnce =
  'Mentions and messages are found by poll; answers and quotes that mention nobody, edits and deletions are told once: look through the account’s notifications in the X app.'
const instant = (ms: number): Instant => new Date(ms).toISOString() as Instant

/** Of one endpoint: how far back it goes, and what to do about what lies beyond. */
export interface Reach {
  /** It shows what is younger than this; null: it counts items, not days. */
  readonly days: number | null
  readonly expired: string
  /** Said where more came than it shows, or than can be read in reasonable time. */
  readonly lost: string
}
export interface Looked {
  readonly place: Place
  readonly ids: readonly string[]
  readonly isCutShort: boolean
  readonly now: Instant
}

export function gapOf(reach: Reach, { place, ids, isCutShort, now }: Looked): Gap | undefined {
  const oldest = ids.filter((id) => id !== '').reduce<string | null>(older, null)
  if (isCutShort && oldest !== null) return gapBetween(timeOf(place.newest, now), timeOf(oldest, now), reach.lost)
  if (reach.days === null || place.readAt === undefined) return undefined
  const to = instant(Date.parse(now) - reach.days * dayMs)
  return place.readAt < to ? gapBetween(place.readAt, to, reach.expired) : undefined
}
const older = (least: string | null, id: string): string => (least === null || idOrder(id, least) < 0 ? id : least)
const timeOf = (id: string, now: Instant): Instant => instant(snowflakeMs(id) ?? Date.parse(now))
/** Ids are in order of time only to about a second, so two of one moment may lie the other way round. */
export const gapBetween = (from: Instant, to: Instant, why: string): Gap => ({
  from: from < to ? from : to,
  to,
  why: `Between ${from} and ${to} something may be missing. ${why}`,
})

/** Until when the health goes on saying it: a new gap begins anew, and an old one ends by itself. */
export function shownUntil(before: Instant | undefined, found: Gap | undefined, now: Instant): Instant | undefined {
  if (found !== undefined) return instant(Date.parse(now) + shownMs)
  return before === undefined || before <= now ? undefined : before
}
