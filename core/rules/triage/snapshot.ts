// The one picture of a ticket that all of its rules are asked about: nothing that one of them does is seen by another.
import type { Instant } from '../../../schemas/ids.ts'
import type { Desk } from '../../ports/desk.ts'
import type { TriageRow } from '../../ports/reader.ts'
import type { RuleMatch } from '../../ports/rule-book.ts'
import type { TicketRow } from '../../ports/rows.ts'
import type { Change, TicketSet } from '../../ports/worker.ts'
import type { NewEvent, Origin } from '../../../schemas/events.ts'
import type { RuleTarget } from '../../../schemas/rule.ts'
import type { Question } from './question.ts'

/** What the event says beside what the record holds. */
export interface News {
  readonly origin: Origin
  /** Of one that was opened: as its opener left it. */
  readonly opened: Pick<TicketRow, 'priority' | 'status'> | null
  /** The type that somebody who is no rule just gave it, and left it to the type whose it is. */
  readonly typed: string | null
}
export interface Snapshot {
  readonly news: News
  readonly question: Question
  readonly desk: Desk
  readonly row: TriageRow
  /** As it was; a language that was just found is not in it. */
  readonly ticket: TicketRow
  readonly isLive: boolean
  readonly now: Instant
  /** Those that hold, in their order. */
  readonly matches: readonly RuleMatch[]
}

/** What one part of triage does. */
export interface Deeds {
  readonly set: TicketSet
  readonly changes: readonly Change[]
  readonly events: readonly NewEvent[]
  readonly did: readonly { readonly rule: string; readonly target: RuleTarget }[]
}
export const idle: Deeds = { set: {}, changes: [], events: [], did: [] }
export const together = (all: readonly Deeds[]): Deeds => ({
  set: Object.assign({}, ...all.map((it) => it.set)) as TicketSet,
  changes: all.flatMap((it) => it.changes),
  events: all.flatMap((it) => it.events),
  did: all.flatMap((it) => it.did),
})

/** Of rules that say something of this, the first whose word can be taken: what was deleted since, or is another brand's, is passed over. */
export function firstThat<T extends RuleTarget>(
  { matches }: Pick<Snapshot, 'matches'>,
  target: T,
  isTaken: (value: NonNullable<RuleMatch['rule']['then'][T]>) => boolean,
): { readonly match: RuleMatch; readonly value: NonNullable<RuleMatch['rule']['then'][T]> } | null {
  for (const match of matches) {
    const value = match.rule.then[target]
    if (value !== undefined && isTaken(value)) return { match, value }
  }
  return null
}
