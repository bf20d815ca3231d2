// Answers to customers: asked for here, sent by the runtime, and followed here.
import { Type } from '@fastify/type-provider-typebox'
import { cancelReply, CancelReplyInput, resendReply } from '../core/commands/decide-reply.ts'
import { forward, ForwardInput } from '../core/commands/forward.ts'
import { reply as replyCommand, ReplyInput } from '../core/commands/reply.ts'
import { ReplyAnswer } from '../schemas/answers.ts'
import { isId } from '../schemas/ids.ts'
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
        body: bodyOf(ReplyInput, ['ticket', 'agent']),
        response: gives(accepted, 202),
      },
    },
    (request, reply) => {
      const agent = callerOf(request).asker.agent?.id
      const who = agent === undefined ? {} : { agent }
      const input = { ...(request.body as object), ...who, ticket: ticketIdOf(request.params.id) } as ReplyInput
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
  app.post(
    '/v1/replies/:id/resend',
    {
      schema: {
        tags: ['replies'],
        summary: 'Send a failed or unsure one again; the customer may read it twice',
        params: idParams,
        response: gives(ReplyAnswer),
      },
    },
    (request, reply) =>
      run({ it: resendReply, input: { reply: replyIdOf(request.params.id) } }, { request, reply }, deps),
  )
  app.post(
    '/v1/replies/:id/cancel',
    {
      schema: {
        tags: ['replies'],
        summary: 'Give one up that is queued or unsure',
        params: idParams,
        body: Type.Optional(bodyOf(CancelReplyInput, ['reply'])),
        response: gives(ReplyAnswer),
      },
    },
    (request, reply) => {
      const input = { ...(request.body as object | undefined), reply: replyIdOf(request.params.id) }
      return run({ it: cancelReply, input }, { request, reply }, deps)
    },
  )
}

export function forwardRoute(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/tickets/:id/forward',
    {
      schema: {
        tags: ['replies'],
        summary: 'Send a ticket on to somebody else; its status stays as it is',
        params: idParams,
        body: bodyOf(ForwardInput, ['ticket']),
        response: gives(accepted, 202),
      },
    },
    (request, reply) => {
      const input = { ...(request.body as object), ticket: ticketIdOf(request.params.id) } as ForwardInput
      return run({ it: forward, input }, { request, reply }, deps)
    },
  )
}

function replyIdOf(id: string): string {
  if (!isId('rep', id)) throw notFound('reply')
  return id
}
