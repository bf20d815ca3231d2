// What is done to tickets: opened, changed, noted, seen.
import { addNote, AddNoteInput } from '../core/commands/add-note.ts'
import { updateTicket, UpdateTicketInput } from '../core/commands/update-ticket.ts'
import { MessageAnswer, TicketAnswer } from '../schemas/answers.ts'
import { bodyOf, gives, idParams, run, versionOf } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { ticketIdOf } from './tickets.ts'

const tags = ['tickets']

export function ticketWrites(app: Api, deps: ApiDeps): void {
  app.patch(
    '/v1/tickets/:id',
    {
      schema: {
        tags,
        summary: 'Change it; say which version you changed, in the body or as If-Match',
        params: idParams,
        body: bodyOf(UpdateTicketInput, ['ticket'], ['version']),
        response: gives(TicketAnswer),
      },
    },
    (request, reply) => {
      const body = request.body as { readonly version?: number }
      const ticket = ticketIdOf(request.params.id)
      const input: UpdateTicketInput = { ...body, ticket, version: versionOf(request, body.version) }
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
}
