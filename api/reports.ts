// Reports: how long customers waited, over tickets that were opened in a time (D52).
import { Type } from '@fastify/type-provider-typebox'
import { daysBetween, plusDays } from '../core/rules/durations.ts'
import { ResponseTimesAnswer } from '../schemas/report-answers.ts'
import { callerOf, closed, gives } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { invalid } from './problem.ts'
import { knownTickets, TicketsQuery } from './tickets.ts'

const { brand, channel, account, assignee, group, createdFrom, createdTo } = TicketsQuery.properties
const ReportQuery = Type.Object({ brand, channel, account, assignee, group, createdFrom, createdTo }, closed)
/** What is read is the history of each ticket: a year of them is the most, a month what is meant. */
const mostDays = 366
const usualDays = 30

export function reportReads(app: Api, { queries, clock }: ApiDeps): void {
  app.get(
    '/v1/reports/response-times',
    {
      schema: {
        tags: ['reports'],
        summary:
          'How long until an agent answered and until it was resolved, on average, from when a ticket was given to one',
        description: `Of tickets opened between createdFrom and createdTo: the last ${usualDays} days when left out, ${mostDays} at the most.`,
        querystring: ReportQuery,
        response: gives(ResponseTimesAnswer),
      },
    },
    async (request) => {
      const { workspace } = callerOf(request)
      const asked = await knownTickets(request.query as Parameters<typeof knownTickets>[0], workspace, queries)
      const to = asked.createdTo ?? clock.now()
      const from = asked.createdFrom ?? plusDays(to, -usualDays) ?? to
      const days = daysBetween(from, to)
      if (days < 0) throw invalid('createdTo', 'createdTo lies before createdFrom.')
      if (days > mostDays)
        throw invalid(
          'createdFrom',
          `From createdFrom to createdTo are ${Math.ceil(days)} days; ask for ${mostDays} at the most.`,
        )
      return queries.responseTimes(workspace, { words: asked.words, createdFrom: from, createdTo: to })
    },
  )
}
