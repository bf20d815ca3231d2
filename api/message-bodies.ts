// The long forms of a message: its HTML and all its words, which its answer only names.
import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import type { BlobRef } from '../schemas/ids.ts'
import { callerOf, idParams } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { notFound } from './problem.ts'

const bodies = [
  { path: 'html', field: 'html', type: 'text/html; charset=utf-8', summary: 'Its HTML, made harmless' },
  { path: 'full-text', field: 'fullText', type: 'text/plain; charset=utf-8', summary: 'All its words' },
] as const

export function messageBodies(app: Api, { queries, blobs }: ApiDeps): void {
  for (const { path, field, type, summary } of bodies)
    app.get(
      `/v1/messages/:id/${path}`,
      { schema: { tags: ['tickets'], summary, params: idParams } },
      async (request, reply) => {
        const { workspace } = callerOf(request)
        const message = await queries.one(workspace, 'message', (request.params as { readonly id: string }).id)
        const ref = message?.[field] ?? null
        if (ref === null) throw notFound(`${path} of this message`)
        // It is clean; should it not be, nothing of it runs all the same, and nothing is fetched (S11).
        reply.type(type).header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        return reply.send(Readable.fromWeb((await blobs.get(workspace, ref as BlobRef)) as WebStream))
      },
    )
}
