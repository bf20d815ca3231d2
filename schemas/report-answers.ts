// What reports answer.
import Type, { type Static } from 'typebox'
import { instant, nullable } from './shapes.ts'

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
