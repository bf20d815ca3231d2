// Promises of time: what a policy promises, and the sla.* events that tell what became of it (B7, B8, 3.6).
import Type, { type Static } from 'typebox'
import { Because } from './because.ts'
import { instant, nullable, oneOf, text } from './shapes.ts'

/** To the first answer; from each further question to its answer; from the opening until it is done. */
export const slaMetrics = ['firstResponse', 'nextResponse', 'resolution'] as const
export type SlaMetric = (typeof slaMetrics)[number]
export const slaStates = ['running', 'paused', 'met', 'breached', 'cancelled'] as const
export type SlaState = (typeof slaStates)[number]
/** What a clock of `resolution` does when the ticket comes back (V12). */
export const reopenings = ['resume', 'restart'] as const

const minutes = (what: string) =>
  Type.Optional(
    nullable(Type.Integer({ minimum: 1, maximum: 525_600 }), `${what}, in minutes of working time; null: no promise.`),
  )
export const SlaTargets = Type.Object(
  {
    firstResponse: minutes('Until a person answers first'),
    nextResponse: minutes('Until a person answers what the customer wrote after that'),
    resolution: minutes('Until it is resolved'),
  },
  { additionalProperties: false },
)
export type SlaTargets = Static<typeof SlaTargets>

const clock = {
  ticket: text('tkt_…'),
  metric: oneOf(slaMetrics),
  policy: text('The id of the policy.'),
  startedAt: text('When it began to count: it is one clock as long as this stays.'),
  targetMinutes: Type.Integer({ minimum: 1, description: 'How much working time there is.' }),
}
const dueAt = nullable(instant, 'null: never, as the calendar does not open for so long.')
const because = Type.Optional(Because)
export const SlaStarted = Type.Object({ ...clock, dueAt, because })
export const SlaPaused = Type.Object({ ...clock, why: text('The status it waits in.') })
export const SlaResumed = Type.Object({ ...clock, dueAt, why: text('The status it runs on in.') })
export const SlaChanged = Type.Object({
  ...clock,
  dueAt,
  from: Type.Object(
    { policy: text('The id of the policy.'), targetMinutes: Type.Integer({ minimum: 1 }), dueAt },
    { description: 'What was promised until then. The clock counts from where it began all the same.' },
  ),
  because,
})
export const SlaWarning = Type.Object({
  ...clock,
  dueAt,
  percent: Type.Integer({ minimum: 1, maximum: 99, description: 'So much of the time is over.' }),
})
export const SlaBreached = Type.Object({ ...clock, dueAt: instant })
export const SlaMet = Type.Object({ ...clock, dueAt, endedAt: text('When it was answered or resolved.') })
export const SlaCancelled = Type.Object({
  ...clock,
  why: oneOf(['junk', 'done_without_answer', 'no_policy', 'no_target'], 'Why nothing is promised any more.'),
})
export type SlaCancelWhy = Static<typeof SlaCancelled>['why']
