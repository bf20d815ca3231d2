// How long things last that let somebody in.
import type { Instant } from '../../schemas/ids.ts'
import { plusSeconds } from './durations.ts'

const hour = 3_600
/** A shift with its breaks: who did nothing for so long signs in again. */
const idleSeconds = 8 * hour
/** However busy: a token that was copied is worth nothing after a week. */
const longestSeconds = 7 * 24 * hour
const invitationSeconds = 3 * 24 * hour
/** Who sets the gateway up sits before it. */
const setUpSeconds = 24 * hour

export const idleUntil = (now: Instant): Instant => plusSeconds(now, idleSeconds)
export const endsOfSession = (now: Instant): { readonly idleUntil: Instant; readonly endsAt: Instant } => ({
  idleUntil: idleUntil(now),
  endsAt: plusSeconds(now, longestSeconds),
})
export const endOfInvitation = (now: Instant): Instant => plusSeconds(now, invitationSeconds)
export const endOfSetUp = (now: Instant): Instant => plusSeconds(now, setUpSeconds)

export const isLive = (it: { readonly idleUntil: Instant; readonly endsAt: Instant }, now: Instant): boolean =>
  now < it.idleUntil && now < it.endsAt
