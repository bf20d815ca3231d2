// Reports over tickets that were opened in a time: how long customers waited (D52), and what became of what they were promised (D17).
import { Type } from '@fastify/type-provider-typebox'
import { isGatewayError } from '../core/errors.ts'
import { daysBetween, plusDays } from '../core/rules/durations.ts'
import type { ResponseTimesAsk } from '../core/ports/queries.ts'
import { oneOf } from '../schemas/shapes.ts'
import { ResponseTimesAnswer, slaReportBy, SlaReportAnswer } from '../schemas/report-answers.ts'
import { callerOf, closed, gives } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { invalid } from './problem.ts'
import { knownTickets, TicketsQuery } from './tickets.ts'

const { brand, channel, account, assignee, group, createdFrom, createdTo } = TicketsQuery.properties
const ReportQuery = Type.Object({ brand, channel, account, assignee, group, createdFrom, createdTo }, closed)
const SlaQuery = Type.Object(
  { ...ReportQuery.properties, by: Type.Optional(oneOf(slaReportBy, 'And by what else; nothing when left out.')) },
  closed,
)
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
    async (request) =>
      inTime(queries.responseTimes(callerOf(request).workspace, await askedOf(request, { queries, clock }))),
  )
  app.get(
    '/v1/reports/sla',
    {
      schema: {
        tags: ['reports'],
        summary: 'What became of promises: how many were kept, missed, withdrawn and are open, by policy and metric',
        description: `Of tickets opened between createdFrom and createdTo: the last ${usualDays} days when left out, ${mostDays} at the most.`,
        querystring: SlaQuery,
        response: gives(SlaReportAnswer),
      },
    },
    async (request) => {
      const { by = null } = request.query
      const asked = { ...(await askedOf(request, { queries, clock })), by }
      return inTime(queries.slaReport(callerOf(request).workspace, asked))
    },
  )
}

/** The database ends what takes it too long. Told that it is away, who asks would ask the same again, and it would work as long in vain. */
const endedByTheDatabase = '57014'
async function inTime<Report>(asked: Promise<Report>): Promise<Report> {
  try {
    return await asked
  } catch (error) {
    if (!isGatewayError(error) || error.about['sqlState'] !== endedByTheDatabase) throw error
    const detail = 'So many tickets take too long to count at once. Ask for fewer days, or one brand, channel or group.'
    throw invalid('createdFrom', detail, 'too_many')
  }
}

/** Which tickets, opened when. */
async function askedOf(
  request: Parameters<typeof callerOf>[0],
  { queries, clock }: Pick<ApiDeps, 'queries' | 'clock'>,
): Promise<ResponseTimesAsk> {
  const { by: _, ...filter } = request.query as Record<string, unknown>
  const asked = await knownTickets(filter as Parameters<typeof knownTickets>[0], callerOf(request).workspace, queries)
  const to = asked.createdTo ?? clock.now()
  const from = asked.createdFrom ?? plusDays(to, -usualDays) ?? to
  const days = daysBetween(from, to)
  if (days < 0) throw invalid('createdTo', 'createdTo lies before createdFrom.')
  if (days > mostDays)
    throw invalid(
      'createdFrom',
      `From createdFrom to createdTo are ${Math.ceil(days)} days; ask for ${mostDays} at the most.`,
    )
  return { words: asked.words, createdFrom: from, createdTo: to }
}
