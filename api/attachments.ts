// Files: taken before a reply that sends them, given as a download that no browser runs.
import { Readable } from 'node:stream'
import type { ReadableStream as WebStream } from 'node:stream/web'
import multipart from '@fastify/multipart'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { keepUpload } from '../core/commands/keep-upload.ts'
import { isRefusal } from '../core/ports/command.ts'
import type { BlobStore } from '../core/ports/edges.ts'
import type { Answers } from '../core/ports/queries.ts'
import { AttachmentAnswer } from '../schemas/answers.ts'
import type { BlobRef, WorkspaceId } from '../schemas/ids.ts'
import { callerOf, gives, idempotencyKeyOf, idParams } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { invalid, notFound, Problem, troubleOf } from './problem.ts'
import { maxFileBytes, maxFiles, storeUpload, tooManyFiles, type Stored } from './upload.ts'

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
      return download(reply, { ...file, blob: file.blob }, { workspace, blobs: deps.blobs })
    },
  )
}

interface Downloaded {
  readonly name: string
  readonly type: string
  readonly size: number | null
  readonly blob: BlobRef
}
/** No browser runs anything of it, whatever it is (S13). */
export async function download(
  reply: FastifyReply,
  file: Downloaded,
  from: { readonly workspace: WorkspaceId; readonly blobs: Pick<BlobStore, 'get'> },
): Promise<FastifyReply> {
  const bytes = await from.blobs.get(from.workspace, file.blob)
  reply
    .type(passive.test(file.type) ? file.type : 'application/octet-stream')
    .header('content-disposition', `attachment; ${fileNameHeader(file.name)}`)
    .header('content-security-policy', "default-src 'none'; sandbox")
  if (file.size !== null) reply.header('content-length', String(file.size))
  return reply.send(Readable.fromWeb(bytes as WebStream))
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

const uploaded = Type.Object({
  ...AttachmentAnswer.properties,
  items: Type.Array(AttachmentAnswer, { description: 'All of them; the fields beside are the first’s.' }),
})

export async function uploadRoutes(app: Api, deps: ApiDeps): Promise<void> {
  await app.register(multipart, {
    limits: {
      fileSize: maxFileBytes,
      files: maxFiles + 1,
      parts: maxFiles + 10,
      fields: 10,
      fieldSize: 1024,
      headerPairs: 50,
    },
    throwFileSizeLimit: false,
  })
  app.post(
    '/v1/attachments',
    {
      schema: {
        tags: ['attachments'],
        summary: `Upload before a reply: multipart, ${maxFiles} files, ${maxFileBytes / 1024 ** 2} MB each`,
        consumes: ['multipart/form-data'],
        response: gives(uploaded, 201),
      },
    },
    async (request, reply) => {
      if (!request.isMultipart())
        throw new Problem({ status: 415, code: 'media_type', detail: 'Send the files as multipart/form-data.' })
      const items: Answers['attachment'][] = []
      // All are taken before the first is kept: a call that is refused leaves nothing.
      for (const stored of await storeAll(request, deps))
        items.push(await keep(stored, { request, n: items.length }, deps))
      return reply.status(201).send({ ...items[0], items })
    },
  )
}

async function storeAll(request: FastifyRequest, deps: ApiDeps): Promise<readonly Stored[]> {
  const { workspace } = callerOf(request)
  const all: Stored[] = []
  for await (const file of request.files()) {
    if (all.length === maxFiles) throw tooManyFiles(file.filename)
    all.push(await storeUpload(file, workspace, deps.blobs))
  }
  if (all.length === 0) throw invalid('file', 'There is no file in the body.')
  return all
}

/** Each file of a call is made once for its Idempotency-Key. */
async function keep(
  stored: Stored,
  { request, n }: { readonly request: FastifyRequest; readonly n: number },
  { commands }: ApiDeps,
): Promise<Answers['attachment']> {
  const { workspace, asker } = callerOf(request)
  const key = idempotencyKeyOf(request)
  const idempotencyKey = key === null ? null : `${key}:${n}`
  const outcome = await commands.run(keepUpload, stored, { workspace, by: asker, idempotencyKey })
  if (isRefusal(outcome)) throw new Problem(troubleOf(outcome))
  return outcome.body as Answers['attachment']
}
