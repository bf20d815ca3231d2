// What was set aside, again or away; raws once more through the normalizer; and the vendor's bytes themselves.
import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { noteRawRead, noteReplay } from '../core/commands/note-access.ts'
import type { KeptRaw } from '../core/ports/event-log.ts'
import { ParkedAnswer, pageOf as pageAnswer } from '../schemas/answers.ts'
import type { Instant } from '../schemas/ids.ts'
import { callerOf, closed, gives, idParams, listed, pageOf, pageQuery, run } from './call.ts'
import type { Api, ApiDeps, ParkedDone } from './deps.ts'
import { momentOf } from './moment.ts'
import { invalid, notFound, Problem } from './problem.ts'

const tags = ['operation']

export function parkedRoutes(app: Api, deps: ApiDeps): void {
  app.get(
    '/v1/parked',
    {
      schema: {
        tags,
        summary: 'What was set aside and why',
        querystring: Type.Object(pageQuery, closed),
        response: gives(pageAnswer(ParkedAnswer)),
      },
    },
    async (request) => listed(await deps.queries.list(callerOf(request).workspace, 'parked', pageOf(request.query))),
  )
  app.post('/v1/parked/:id/retry', { schema: { tags, summary: 'Try it again', params: idParams } }, async (request) => {
    const { workspace, asker } = callerOf(request)
    const { id } = request.params
    return doneOr(await deps.retryParked({ workspace, id, by: asker }), { id, state: 'handled' })
  })
  app.delete(
    '/v1/parked/:id',
    { schema: { tags, summary: 'Drop it; the audit keeps who did', params: idParams } },
    async (request, reply) => {
      const { workspace, asker } = callerOf(request)
      doneOr(await deps.dropParked({ workspace, id: request.params.id, by: asker }), null)
      return reply.status(204).send()
    },
  )
}

function doneOr<T>(done: ParkedDone, body: T): T {
  if (done.is === 'not-found') throw notFound('parked event')
  if (done.is === 'failed')
    throw new Problem({
      status: 422,
      code: 'failed_again',
      detail: `It was tried and failed again; it stays parked. ${done.why}`,
    })
  return body
}

const ReplayBody = Type.Object(
  {
    from: Type.String({ maxLength: 40, description: 'Raws from this moment on: RFC 3339, or a day (UTC).' }),
    to: Type.String({ maxLength: 40, description: 'And before this one.' }),
    channel: Type.Optional(Type.String({ maxLength: 100, description: 'Of this channel only.' })),
    account: Type.Optional(Type.String({ maxLength: 200, description: 'Of this account only.' })),
  },
  closed,
)
const dayMs = 86_400_000

export function replayRoutes(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/replay',
    {
      schema: {
        tags,
        summary: 'Send raws through the normalizer again; what is known already changes nothing',
        body: ReplayBody,
      },
    },
    async (request, reply) => {
      const { workspace, asker } = callerOf(request)
      const { from, to } = rangeOf(request.body, deps)
      const { channel, account } = request.body
      const about = { from, to, channel: channel ?? null, account: account ?? null }
      await run({ it: noteReplay, input: { subject: workspace, about } }, { request, reply }, deps)
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const asked = { workspace, from, to, correlation: asker.correlation }
      const counts = await deps.replay(
        { ...asked, ...(channel === undefined ? {} : { channel }), ...(account === undefined ? {} : { account }) },
        AbortSignal.any([gone.signal, deps.stopping]),
      )
      return { ...about, ...counts }
    },
  )
}

/** Older raws are gone, and with them the memory of what was seen: an old one would open a second ticket. */
function rangeOf(body: { readonly from: string; readonly to: string }, { clock, keepDays }: ApiDeps) {
  const [from, to] = [momentOf(body.from), momentOf(body.to)]
  if (from === null) throw invalid('from', 'from must be a moment such as 2026-11-21T09:00:00Z.')
  if (to === null) throw invalid('to', 'to must be a moment such as 2026-11-21T09:00:00Z.')
  if (from >= to) throw invalid('to', 'to must be after from.')
  const oldest = new Date(Date.parse(clock.now()) - keepDays * dayMs).toISOString() as Instant
  if (from >= oldest) return { from, to }
  throw new Problem({
    status: 422,
    code: 'too_old',
    field: 'from',
    detail: `Raws are kept for ${keepDays} days. Begin at ${oldest} or later.`,
    facts: { oldest },
  })
}

export function rawRoutes(app: Api, deps: ApiDeps): void {
  app.get(
    '/v1/raws/:id',
    { schema: { tags, summary: 'The bytes as the vendor gave them; written into the audit', params: idParams } },
    async (request, reply) => {
      const { workspace } = callerOf(request)
      const { id } = request.params
      const ref = await deps.queries.rawRef(workspace, id)
      const kept = ref === null ? null : await deps.raw(ref)
      if (kept === null || kept.workspace !== workspace) throw notFound('raw')
      await run({ it: noteRawRead, input: { subject: id, about: {} } }, { request, reply }, deps)
      return sendRaw(kept, reply, deps)
    },
  )
}

/** Never as what it says it is: a browser must not run what a stranger sent. */
async function sendRaw(kept: KeptRaw, reply: FastifyReply, { blobs }: ApiDeps): Promise<FastifyReply> {
  reply
    .type('application/octet-stream')
    .header('content-disposition', `attachment; filename="${kept.ref.id}"`)
    .header('inlet-content-type', kept.contentType.replace(/[^\x20-\x7e]/g, '?'))
    .header('inlet-received-at', kept.ref.at)
  if (typeof kept.body !== 'string') return reply.send(Buffer.from(kept.body))
  return reply.send(Readable.fromWeb((await blobs.get(kept.workspace, kept.body)) as WebStream))
}
