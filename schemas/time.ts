// Time itself arrives as an event, so that deciding stays pure and can be replayed.
import Type, { type Static } from 'typebox'
import { instant, nullable, oneOf, text } from './shapes.ts'

/** What a wake-up can be about. A worker that asks to be woken adds its word here. */
export const wakeKinds = [
  'close_ticket',
  'close_days',
  'snooze',
  'close_window',
  'read_up_to',
  'rule_time',
  'rule_hours',
  'assign_ticket',
  'assign_more',
  'assign_account',
  'sla',
  'sla_recount',
] as const
export type WakeKind = (typeof wakeKinds)[number]

export const WakeDue = Type.Object({
  wake: text('wak_…'),
  kind: oneOf(wakeKinds),
  subject: text('The ticket, conversation or rule it is about.'),
  dueAt: instant,
  basis: nullable(text('What was true when it was asked for; the worker compares before it acts.')),
})
export type WakeDue = Static<typeof WakeDue>
