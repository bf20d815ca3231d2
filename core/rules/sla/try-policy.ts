// What would be promised to a ticket that came at an hour: which policy, why, by whose clock, and due when.
import type { MatchedTest } from '../../../schemas/because.ts'
import type { Instant } from '../../../schemas/ids.ts'
import { slaMetrics, type SlaMetric } from '../../../schemas/sla.ts'
import type { Priority } from '../../../schemas/ticket.ts'
import type { Desk } from '../../ports/desk.ts'
import type { CalendarRow, SlaPolicyRow } from '../../ports/desk-rows.ts'
import type { RuleFacts } from '../../ports/rule-book.ts'
import { calendarOf } from '../calendar-of.ts'
import { addWorking } from '../working-time.ts'
import { makePolicyBook } from './policies.ts'
import { targetOf } from './reckon.ts'

export interface Tried {
  readonly policy: SlaPolicyRow | null
  readonly tests: readonly MatchedTest[]
  readonly calendar: CalendarRow
  readonly due: readonly {
    readonly metric: SlaMetric
    readonly targetMinutes: number
    readonly dueAt: Instant | null
  }[]
}
export interface TriedTicket {
  readonly at: Instant
  readonly brand: string | null
  readonly priority: Priority
  readonly facts: RuleFacts
}

/** `draft` null: what is in force. A draft is asked alone. */
export function tryPolicy(draft: SlaPolicyRow | null, ticket: TriedTicket, desk: Desk): Tried {
  const book = draft === null ? desk.sla : makePolicyBook([{ ...draft, isActive: true }])
  const found = book.match(ticket.facts)
  const policy = found?.policy ?? null
  const calendar = desk.calendars.get(policy?.calendar ?? '') ?? calendarOf(desk, ticket.brand)
  const due = slaMetrics.flatMap((metric) => {
    const minutes = policy === null ? null : targetOf(policy, metric, ticket.priority)
    return minutes === null
      ? []
      : [{ metric, targetMinutes: minutes, dueAt: addWorking(calendar, ticket.at, minutes * 60_000) }]
  })
  return { policy, tests: found?.tests ?? [], calendar, due }
}
