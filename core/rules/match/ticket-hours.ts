// Rules of time (B13): which of them have struck for a ticket, and when the next one does. Each is asked once a ticket and value of its clock.
import type { Instant } from '../../../schemas/ids.ts'
import type { Desk } from '../../ports/desk.ts'
import type { TriageRow } from '../../ports/reader.ts'
import type { RuleBook } from '../../ports/rule-book.ts'
import type { TicketRow } from '../../ports/rows.ts'
import type { Change } from '../../ports/worker.ts'

export interface Struck {
  readonly rule: string
  readonly clock: Instant
}
type Clocks = Parameters<RuleBook['nextTime']>[1]
const beginning = '1970-01-01T00:00:00.000Z' as Instant

/**
 * On what is being worked on, the clocks of its messages and of its opening go; on what is resolved, that of its resolving. What was brought in
 * from another desk was opened there, at a time that is no business of these rules.
 */
function clocksOf({ lastMessageAt, lastCustomerMessageAt }: TriageRow, ticket: TicketRow): Clocks {
  const isWork = ticket.status !== 'resolved' && ticket.status !== 'closed' && ticket.status !== 'spam'
  return {
    createdAt: isWork && ticket.origin !== 'import' ? ticket.createdAt : null,
    lastMessageAt: isWork ? lastMessageAt : null,
    lastCustomerMessageAt: isWork ? lastCustomerMessageAt : null,
    resolvedAt: ticket.status === 'resolved' ? ticket.resolvedAt : null,
  }
}

interface Hour extends Struck {
  readonly dueAt: Instant
}
/** In their order, from the first; those that were asked at this value of their clock are left out. */
function* hoursOf(row: TriageRow, ticket: TicketRow, desk: Desk): Generator<Hour> {
  const clocks = clocksOf(row, ticket)
  let next = desk.rules.nextTime(ticket, clocks, beginning)
  while (next !== null) {
    const since = desk.ruleById.get(next.rule)?.after?.since
    const clock = since === undefined ? null : clocks[since]
    if (clock !== null && row.asked[next.rule] !== clock) yield { rule: next.rule, clock, dueAt: next.dueAt }
    next = desk.rules.nextTime(ticket, clocks, next.dueAt, next.rule)
  }
}

export function struckBy(now: Instant, row: TriageRow, desk: Desk): readonly Struck[] {
  const struck: Struck[] = []
  for (const { rule, clock, dueAt } of hoursOf(row, row.ticket, desk)) {
    if (dueAt > now) break
    struck.push({ rule, clock })
  }
  return struck
}

/** One wake-up a ticket, for the next of its hours; none when there is none. `ticket`: as it is from now on. */
export function nextWake(
  { row, desk, now }: { readonly row: TriageRow; readonly desk: Desk; readonly now: Instant },
  ticket: TicketRow,
  struck: readonly Struck[],
): Change {
  const about = { kind: 'rule_time', subject: ticket.id } as const
  const asked = { ...row.asked, ...Object.fromEntries(struck.map(({ rule, clock }) => [rule, clock])) }
  for (const { rule, dueAt } of hoursOf({ ...row, asked }, ticket, desk))
    // One whose hour is over is due now: its wake-up is another one than that which was missed.
    return { do: 'wake-me', ...about, dueAt: dueAt > now ? dueAt : now, basis: rule }
  return { do: 'forget-wake', ...about }
}
