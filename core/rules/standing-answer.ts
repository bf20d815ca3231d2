// Where a vendor keeps one answer (reviews): which of ours stand there, and which another took the place of.
import type { Instant, MessageId, TicketId } from '../../schemas/ids.ts'
import type { SaidRow } from '../ports/rows.ts'
import type { Decision } from '../ports/worker.ts'
import { messageReplaced } from './ticket-events.ts'

/** What becomes of one answer: another took its place, or it stands again. */
export interface Mark {
  readonly message: MessageId
  readonly ticket: TicketId
  readonly by: MessageId | null
}
/** What was seen at the vendor. `message`: what it says is ours, `ticket` where it lies or will; `lookedAt` by our clock. */
export interface Sight {
  readonly message: MessageId
  readonly ticket: TicketId
  readonly stands: readonly string[]
  readonly lookedAt: Instant
}

const ours = (said: readonly SaidRow[]): readonly SaidRow[] => said.filter((it) => it.direction === 'out')
const theyWroteBetween = (said: readonly SaidRow[], from: Instant, to: Instant): boolean =>
  said.some((it) => it.direction === 'in' && it.at > from && it.at < to)

/** One of ours went out: it takes the place of what we said since the customer's last message. What they answered stays. */
export function marksOfSent(message: MessageId, said: readonly SaidRow[]): readonly Mark[] {
  const sent = ours(said).find(({ id }) => id === message)
  // The vendor was seen since: whoever marked this one has marked those before it.
  if (sent === undefined || sent.replacedBy !== null) return []
  return ours(said)
    .filter(
      (it) => it !== sent && it.replacedBy === null && it.at <= sent.at && !theyWroteBetween(said, it.at, sent.at),
    )
    .map((it) => ({ message: it.id, ticket: it.ticket, by: sent.id }))
}

/**
 * The vendor's word is believed for all that went out before it was looked at. What went out after is not in it yet; and of what was seen
 * before that it is said at once that it is read no more.
 */
export function marksOfSight(sight: Sight, said: readonly SaidRow[]): readonly Mark[] {
  const standing = standingIn(sight, said)
  const all = ours(said)
  const isBefore = (id: MessageId | null): boolean => (all.find((it) => it.id === id)?.at ?? '') < sight.lookedAt
  const gone = all.filter((it) => it.replacedBy === null && !standing.has(it.id) && it.at < sight.lookedAt)
  const again = all.filter((it) => it.replacedBy !== null && standing.has(it.id) && isBefore(it.replacedBy))
  return [
    ...gone.map(({ id, ticket }) => ({ message: id, ticket, by: sight.message })),
    ...again.map(({ id, ticket }) => ({ message: id, ticket, by: null })),
    ...overtaken(sight, said),
  ]
}

/** Of several that say the same the newest is the one that stands. */
function standingIn({ message, stands }: Sight, said: readonly SaidRow[]): ReadonlySet<MessageId> {
  const newest = new Map(ours(said).map((it) => [it.externalId, it.id]))
  return new Set([message, ...stands.flatMap((key) => newest.get(key) ?? [])])
}

function overtaken({ message, ticket, lookedAt }: Sight, said: readonly SaidRow[]): readonly Mark[] {
  if (said.some(({ id }) => id === message)) return []
  const later = ours(said).find((it) => it.at >= lookedAt && !theyWroteBetween(said, lookedAt, it.at))
  return later === undefined ? [] : [{ message, ticket, by: later.id }]
}

/** On the rows, for whoever reads the ticket, and as events in its history. */
export const decisionOf = (marks: readonly Mark[]): Decision => ({
  changes: marks.map(({ message, by }) => ({ do: 'change-message', message, replacedBy: by })),
  events: marks.map(({ ticket, message, by }) => messageReplaced(ticket, message, by)),
})
