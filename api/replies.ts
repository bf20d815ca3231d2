// Answers to customers: asked for here, sent by the runtime, and followed here.
import { Type } from '@fastify/type-provider-typebox'
import { reply as replyCommand, ReplyInput } from '../core/commands/reply.ts'
import { ReplyAnswer } from '../schemas/answers.ts'
import { bodyOf, callerOf, gives, idParams, run } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { notFound } from './problem.ts'
import { ticketIdOf } from './tickets.ts'

const accepted = Type.Object(
  { id: Type.String({ description: 'rep_…' }), state: Type.String() },
  { additionalProperties: true },
)

export function replyRoutes(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/tickets/:id/replies',
    {
      schema: {
        tags: ['replies'],
        summary: 'Answer the customer; 202 when it is written down and queued',
        params: idParams,
        body: bodyOf(ReplyInput, 'ticket'),
        response: gives(accepted, 202),
      },
    },
    (request, reply) => {
      const input = { ...(request.body as object), ticket: ticketIdOf(request.params.id) } as ReplyInput
      return run({ it: replyCommand, input }, { request, reply }, deps)
    },
  )
  app.get(
    '/v1/replies/:id',
    { schema: { tags: ['replies'], summary: 'How far a reply got', params: idParams, response: gives(ReplyAnswer) } },
    async (request) => {
      const found = await deps.queries.one(callerOf(request).workspace, 'reply', request.params.id)
      if (found === null) throw notFound('reply')
      return found
    },
  )
}
