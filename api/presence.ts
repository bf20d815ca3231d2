// Who is there, and who takes what: presence and taking a ticket on oneself.
import { setPresence, SetPresenceInput } from '../core/commands/set-presence.ts'
import { takeTicket, TakeTicketInput } from '../core/commands/take-ticket.ts'
import { TicketAnswer } from '../schemas/answers.ts'
import { AgentAnswer } from '../schemas/desk-answers.ts'
import { bodyOf, callerOf, gives, idParams, run, versionOf } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { Problem } from './problem.ts'
import { ticketIdOf } from './tickets.ts'

export function presenceRoutes(app: Api, deps: ApiDeps): void {
  app.patch(
    '/v1/agents/:id/presence',
    {
      schema: {
        tags: ['people'],
        summary: 'Say whether somebody is there: oneself, or as a supervisor anybody who is not offline',
        params: idParams,
        body: bodyOf(SetPresenceInput, ['agent']),
        response: gives(AgentAnswer),
      },
    },
    (request, reply) => {
      const input = { ...(request.body as object), agent: request.params.id } as SetPresenceInput
      return run({ it: setPresence, input }, { request, reply }, deps)
    },
  )
  app.post(
    '/v1/me/presence',
    {
      schema: {
        tags: ['people'],
        summary: 'Say whether you are there',
        body: bodyOf(SetPresenceInput, ['agent']),
        response: gives(AgentAnswer),
      },
    },
    (request, reply) => {
      const me = callerOf(request).asker.agent
      if (me === undefined) throw nobody
      const input = { ...(request.body as object), agent: me.id } as SetPresenceInput
      return run({ it: setPresence, input }, { request, reply }, deps)
    },
  )
}
const nobody = new Problem({
  status: 403,
  code: 'not_a_person',
  detail: 'A key is nobody who could be there; say of whom: PATCH /v1/agents/{id}/presence.',
})

export function takeRoute(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/tickets/:id/take',
    {
      schema: {
        tags: ['tickets'],
        summary: 'Take it on oneself; of two who take it at once one has it, the other is told who',
        params: idParams,
        body: bodyOf(TakeTicketInput, ['ticket']),
        response: gives(TicketAnswer),
      },
    },
    (request, reply) => {
      const body = request.body as { readonly version?: number; readonly agent?: string }
      const isSaid = body.version !== undefined || request.headers['if-match'] !== undefined
      const agent = body.agent ?? callerOf(request).asker.agent?.id
      const input: TakeTicketInput = {
        ticket: ticketIdOf(request.params.id),
        ...(agent === undefined ? {} : { agent }),
        ...(isSaid ? { version: versionOf(request, body.version) } : {}),
      }
      return run({ it: takeTicket, input }, { request, reply }, deps)
    },
  )
}
