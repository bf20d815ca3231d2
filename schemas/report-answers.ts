// What reports answer.
import Type, { type Static } from 'typebox'
import { instant, nullable, oneOf, text } from './shapes.ts'
import { slaMetrics } from './sla.ts'

const average = (what: string) =>
  Type.Object({
    tickets: Type.Integer({ minimum: 0, description: 'How many tickets it is the average of.' }),
    averageSeconds: nullable(Type.Number({ minimum: 0, description: what }), 'null: of none.'),
  })
export const ResponseTimesAnswer = Type.Object({
  createdFrom: instant,
  createdTo: instant,
  tickets: Type.Integer({ minimum: 0, description: 'How many were opened in that time and fit the filters.' }),
  firstResponse: average(
    'From when it was first given to an agent to the first answer of a person after that, in seconds by the clock.',
  ),
  resolution: average(
    'From when it was first given to an agent to when it was resolved, in seconds by the clock; one that came back counts when it is resolved again.',
  ),
})
export type ResponseTimesAnswer = Static<typeof ResponseTimesAnswer>

const clocks = (what: string) => Type.Integer({ minimum: 0, description: what })
/** What the clocks of a report are told apart by, beside policy and metric. */
export const slaReportBy = ['brand', 'channel', 'priority', 'group'] as const
export const SlaReportAnswer = Type.Object({
  createdFrom: instant,
  createdTo: instant,
  by: nullable(oneOf(slaReportBy), 'null: by policy and metric alone.'),
  items: Type.Array(
    Type.Object({
      policy: text('The id of the policy that promised it last.'),
      metric: oneOf(slaMetrics),
      value: nullable(Type.String(), 'Of `by`, as the ticket has it now; null: it has none, or nothing was asked.'),
      clocks: clocks('How many there were: each further question of a customer has one.'),
      met: clocks('Kept in time.'),
      missed: clocks('Broken, also where it was answered or resolved later.'),
      withdrawn: clocks('Promised no more: spam, done without an answer, no policy.'),
      open: clocks('They run, or stand still.'),
      metPercent: nullable(
        Type.Number({ minimum: 0, maximum: 100 }),
        'Of those that were kept or missed; null: none was.',
      ),
    }),
  ),
})
export type SlaReportAnswer = Static<typeof SlaReportAnswer>
