// Tickets: the list with its filters, one ticket, and what hangs on it.
import { Type } from '@fastify/type-provider-typebox'
import {
  ticketSorts,
  ticketWords,
  urgentStatus,
  type Queries,
  type TicketsAsk,
  type TicketSort,
  type TicketWord,
} from '../core/ports/queries.ts'
import { HistoryAnswer, MessageAnswer, pageOf as pageAnswer, ReplyAnswer, TicketAnswer } from '../schemas/answers.ts'
import { isBuiltInStatus } from '../core/rules/statuses.ts'
import { isId, type Instant, type WorkspaceId } from '../schemas/ids.ts'
import { categories, priorities, ticketStatuses } from '../schemas/ticket.ts'
import { callerOf, closed, gives, idParams, listed, pageOf, pageQuery } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { momentOf } from './moment.ts'
import { invalid, notFound } from './problem.ts'

const filter = (description: string) => Type.Optional(Type.String({ maxLength: 1_000, description }))
const saysOf: Readonly<Record<TicketWord, string>> = {
  status: `Of ${ticketStatuses.join(', ')}, or custom ones; several with commas between, as with every filter. ${urgentStatus}: those that are not done and of that priority.`,
  statusCategory: `Of ${categories.join(', ')}.`,
  channel: 'The channel’s name.',
  account: 'The account’s id, or `channel/id` as rules write it; `none` for those of no account.',
  brand: 'The brand’s id.',
  assignee: 'Who has it; `none` is the pool.',
  group: 'Which group has it; `none` for those without.',
  priority: `Of ${priorities.join(', ')}.`,
  type: 'Its type; `none` for those without.',
  topic: 'Its topic; `none` for those without.',
  tag: 'Has one of these tags, or the one that is written so with its comma.',
  folder: 'Lies in one of these folders; `none` for those in none.',
  language: 'Its language; `none` for those without.',
}
const sorts = ticketSorts.flatMap((sort) => [sort, `-${sort}`])
export const TicketsQuery = Type.Object(
  {
    ...(Object.fromEntries(ticketWords.map((word) => [word, filter(saysOf[word])])) as Record<
      TicketWord,
      ReturnType<typeof filter>
    >),
    requester: filter('A contact’s id, address, name or key.'),
    createdFrom: filter('From this moment on: RFC 3339, or a day (UTC).'),
    createdTo: filter('Before this moment: RFC 3339, or a day (UTC).'),
    q: filter('An id, a number, or words of the requester, the subject or the messages.'),
    sort: filter(`Of ${sorts.join(', ')}; -createdAt, the newest first, when left out.`),
    ...pageQuery,
  },
  closed,
)
/** Where a filter's words are a closed list, a mistyped one is said, not answered with an empty page. */
const wordsOf: Partial<Record<TicketWord, readonly string[]>> = {
  statusCategory: categories,
  priority: priorities,
}

type Query = { readonly [K in keyof typeof TicketsQuery.properties]?: string } & { readonly limit?: number }

/** A custom status is looked up; whoever asks for the eight alone waits for nothing. */
export async function knownTickets(query: Query, workspace: WorkspaceId, queries: Queries): Promise<TicketsAsk> {
  const asked = ticketsAskOf(query)
  for (const key of asked.words.status ?? [])
    if (key !== urgentStatus && !isBuiltInStatus(key) && (await queries.one(workspace, 'status', key)) === null)
      throw invalid(
        'status',
        `status must be one of ${[...ticketStatuses, urgentStatus].join(', ')}, or a custom one (GET /v1/statuses); found ${JSON.stringify(key)}.`,
      )
  return asked
}

function ticketsAskOf(query: Query): TicketsAsk {
  const [, minus = '', sort = ''] = /^(-?)(.*)$/s.exec(query.sort ?? '-createdAt') ?? []
  if (!ticketSorts.includes(sort as TicketSort)) throw invalid('sort', `sort must be one of ${sorts.join(', ')}.`)
  const words = ticketWords.flatMap((word) => {
    const asked = query[word]
    if (asked === undefined) return []
    const values = asked.split(',').map((it) => it.trim())
    // A tag is in people's own words, commas among them.
    const whole = word === 'tag' && values.length > 1 ? [asked] : []
    return [[word, checkedWords(word, [...values, ...whole])] as const]
  })
  return {
    ...pageOf({
      ...(query.limit === undefined ? {} : { limit: query.limit }),
      ...(query.after === undefined ? {} : { after: query.after }),
    }),
    words: Object.fromEntries(words),
    requester: textOf(query.requester),
    createdFrom: instantOf('createdFrom', query.createdFrom),
    createdTo: instantOf('createdTo', query.createdTo),
    q: textOf(query.q),
    sort: sort as TicketSort,
    descending: minus === '-',
  }
}

function checkedWords(word: TicketWord, values: readonly string[]): readonly string[] {
  const known = wordsOf[word]
  const wrong = known === undefined ? undefined : values.find((value) => !known.includes(value))
  if (wrong !== undefined)
    throw invalid(word, `${word} must be one of ${known?.join(', ')}; found ${JSON.stringify(wrong)}.`)
  return values
}
const textOf = (text: string | undefined): string | null =>
  text === undefined || text.trim() === '' ? null : text.trim()
function instantOf(field: string, text: string | undefined): Instant | null {
  if (text === undefined) return null
  const moment = momentOf(text)
  if (moment === null)
    throw invalid(field, `${field} must be a moment such as 2026-11-21T09:00:00Z, or a day such as 2026-11-21.`)
  return moment
}

export function ticketReads(app: Api, { queries }: ApiDeps): void {
  app.get(
    '/v1/tickets',
    {
      schema: {
        tags: ['tickets'],
        summary: 'List tickets',
        querystring: TicketsQuery,
        response: gives(pageAnswer(TicketAnswer)),
      },
    },
    async (request) => {
      const { workspace } = callerOf(request)
      const asked = await knownTickets(request.query as Query, workspace, queries)
      return listed(await queries.tickets(workspace, asked))
    },
  )
  app.get(
    '/v1/tickets/:id',
    { schema: { tags: ['tickets'], summary: 'One ticket', params: idParams, response: gives(TicketAnswer) } },
    async (request, reply) => {
      const ticket = await queries.one(callerOf(request).workspace, 'ticket', ticketIdOf(request.params.id))
      if (ticket === null) throw notFound('ticket')
      reply.header('etag', `"${ticket.version}"`)
      return ticket
    },
  )
  app.get(
    '/v1/messages/:id',
    { schema: { tags: ['tickets'], summary: 'One message', params: idParams, response: gives(MessageAnswer) } },
    async (request) => {
      const message = await queries.one(callerOf(request).workspace, 'message', request.params.id)
      if (message === null) throw notFound('message')
      return message
    },
  )
}

const parts = { messages: MessageAnswer, history: HistoryAnswer, replies: ReplyAnswer } as const
const summaries = {
  messages: 'What was said, oldest first',
  history: 'What was done to it, by whom and when',
  replies: 'Its replies and how far each got',
} as const

export function ticketParts(app: Api, { queries }: ApiDeps): void {
  for (const part of ['messages', 'history', 'replies'] as const)
    app.get(
      `/v1/tickets/:id/${part}`,
      {
        schema: {
          tags: ['tickets'],
          summary: summaries[part],
          params: idParams,
          querystring: Type.Object(pageQuery, closed),
          response: gives(pageAnswer(parts[part])),
        },
      },
      async (request) => {
        const { id } = request.params as { readonly id: string }
        const page = await queries[part](callerOf(request).workspace, ticketIdOf(id), pageOf(request.query))
        if (page === null) throw notFound('ticket')
        return listed<unknown>(page)
      },
    )
}

export function ticketIdOf(id: string): string {
  if (!isId('tkt', id)) throw notFound('ticket')
  return id
}
