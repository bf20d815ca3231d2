// What is done to tickets: opened, changed, noted, seen.
import { Type } from '@fastify/type-provider-typebox'
import { addNote, AddNoteInput } from '../core/commands/add-note.ts'
import { createTicket, CreateTicketInput } from '../core/commands/create-ticket.ts'
import { markSeen } from '../core/commands/mark-seen.ts'
import { updateTicket, UpdateTicketInput } from '../core/commands/update-ticket.ts'
import { MessageAnswer, TicketAnswer } from '../schemas/answers.ts'
import type { Instant } from '../schemas/ids.ts'
import { bodyOf, gives, idParams, run, versionOf } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { momentOf } from './moment.ts'
import { invalid } from './problem.ts'
import { ticketIdOf } from './tickets.ts'

const tags = ['tickets']

/** The hour as people write it. */
const Changed = Type.Object(
  {
    ...UpdateTicketInput.properties,
    snoozeUntil: Type.Optional(
      Type.Union([Type.String({ maxLength: 40 }), Type.Null()], {
        description:
          'Put away until then (RFC 3339, or a day, UTC), or until the customer writes; it then comes back as open. null: it comes back now.',
      }),
    ),
  },
  { additionalProperties: false, description: 'What of a ticket is to change.' },
)
type Changed = Omit<UpdateTicketInput, 'ticket' | 'version' | 'snoozeUntil'> & {
  readonly version?: number
  readonly snoozeUntil?: string | null
}

function hourOf(text: string | null): Instant | null {
  const hour = text === null ? null : momentOf(text)
  if (text !== null && hour === null)
    throw invalid('snoozeUntil', 'snoozeUntil must be a moment such as 2027-01-01T09:00:00Z.')
  return hour
}

export function ticketWrites(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/tickets',
    {
      schema: {
        tags,
        summary: 'Open a ticket: on a customer’s behalf, to write to them first, or inside the house',
        body: bodyOf(CreateTicketInput),
        response: gives(TicketAnswer, 201),
      },
    },
    (request, reply) => run({ it: createTicket, input: request.body as CreateTicketInput }, { request, reply }, deps),
  )
  app.patch(
    '/v1/tickets/:id',
    {
      schema: {
        tags,
        summary: 'Change it; say which version you changed, in the body or as If-Match',
        params: idParams,
        body: bodyOf(Changed, ['ticket'], ['version']),
        response: gives(TicketAnswer),
      },
    },
    (request, reply) => {
      const { snoozeUntil, ...body } = request.body as Changed
      const ticket = ticketIdOf(request.params.id)
      const away = snoozeUntil === undefined ? {} : { snoozeUntil: hourOf(snoozeUntil) }
      const input: UpdateTicketInput = { ...body, ...away, ticket, version: versionOf(request, body.version) }
      return run({ it: updateTicket, input }, { request, reply }, deps)
    },
  )
  app.post(
    '/v1/tickets/:id/notes',
    {
      schema: {
        tags,
        summary: 'A note that the customer never sees',
        params: idParams,
        body: bodyOf(AddNoteInput, ['ticket']),
        response: gives(MessageAnswer, 201),
      },
    },
    (request, reply) => {
      const input = { ...(request.body as object), ticket: ticketIdOf(request.params.id) } as AddNoteInput
      return run({ it: addNote, input }, { request, reply }, deps)
    },
  )
  app.post(
    '/v1/tickets/:id/seen',
    { schema: { tags, summary: 'A person has read it; the vendor is told where it can be', params: idParams } },
    (request, reply) =>
      run({ it: markSeen, input: { ticket: ticketIdOf(request.params.id) } }, { request, reply }, deps),
  )
}
