// Files: taken before a reply that sends them, given as a download that no browser runs.
import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import type { Answers } from '../core/ports/queries.ts'
import { callerOf, idParams } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { notFound, Problem } from './problem.ts'

/** A browser shows or plays these without running anything in them; all else goes out as plain bytes (S13). */
const passive = /^(?:image\/(?:png|jpeg|gif|webp|avif)|audio\/[\w.+-]+|video\/[\w.+-]+|application\/pdf|text\/plain)$/

export function attachmentReads(app: Api, deps: ApiDeps): void {
  app.get(
    '/v1/attachments/:id',
    { schema: { tags: ['attachments'], summary: 'The bytes, as a download', params: idParams } },
    async (request, reply) => {
      const { workspace } = callerOf(request)
      const file = await deps.queries.file(workspace, request.params.id)
      if (file === null) throw notFound('attachment')
      if (file.blob === null) throw notStored(file)
      const bytes = await deps.blobs.get(workspace, file.blob)
      reply
        .type(passive.test(file.type) ? file.type : 'application/octet-stream')
        .header('content-disposition', `attachment; ${fileNameHeader(file.name)}`)
        .header('content-security-policy', "default-src 'none'; sandbox")
      if (file.size !== null) reply.header('content-length', String(file.size))
      return reply.send(Readable.fromWeb(bytes as WebStream))
    },
  )
}

const whyNotStored: Readonly<Record<string, string>> = {
  gone: 'The vendor does not have this file any more.',
  blocked: 'This file was not taken: it broke a rule of size, type or origin.',
  live: 'This file is only shown at the vendor and never stored.',
}
function notStored({ state }: Answers['attachment']): Problem {
  const detail = whyNotStored[state]
  return detail === undefined
    ? new Problem({
        status: 409,
        code: 'attachment_pending',
        detail: 'This file is still being fetched from the vendor.',
        retryAfterSeconds: 5,
      })
    : new Problem({ status: 410, code: `attachment_${state}`, detail })
}

/** Both forms of RFC 6266: plain letters for old readers, all of it for the others; nothing that could end the header (S12). */
export function fileNameHeader(name: string): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const all = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `filename="${ascii}"; filename*=UTF-8''${all}`
}
