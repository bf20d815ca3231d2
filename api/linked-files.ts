// Files that were too large for their mail: fetched by whoever has the address that was sent, until it ends or the file is gone.
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import type { WorkspaceId } from '../schemas/ids.ts'
import { download } from './attachments.ts'
import type { Api, ApiDeps } from './deps.ts'

/** A customer reads this, not a program: they have no key, and perhaps no English. */
const words = {
  unknown:
    'This address is not complete. Copy all of it from the mail.\nBu adres eksik. E-postadaki bağlantının tamamını kopyalayın.\n',
  ended:
    'This link has ended. Answer the mail to get the file again.\nBu bağlantının süresi doldu. Dosyayı yeniden almak için e-postayı yanıtlayın.\n',
  gone: 'This file is not here any more. Answer the mail to ask for it.\nBu dosya artık burada değil. İstemek için e-postayı yanıtlayın.\n',
} as const

const params = Type.Object({
  workspace: Type.String({ maxLength: 200 }),
  id: Type.String({ maxLength: 100 }),
  until: Type.String({ maxLength: 20, pattern: '^[0-9]{1,12}$' }),
  signature: Type.String({ maxLength: 100 }),
})

export function linkedFiles(app: Api, deps: ApiDeps): void {
  app.get(
    '/v1/files/:workspace/:id/:until/:signature',
    {
      schema: {
        // For customers' browsers: the address is the key, and no tool is meant to make one.
        hide: true,
        params,
      },
    },
    async (request, reply) => {
      const { workspace, id, until, signature } = request.params
      const link = { workspace, file: id, until: Number(until), signature }
      if (!(await deps.links.isOurs(link))) return say(reply, 404, words.unknown)
      if (link.until * 1000 <= Date.parse(deps.clock.now())) return say(reply, 410, words.ended)
      const home = workspace as WorkspaceId
      const file = await deps.queries.file(home, id)
      if (file === null || file.blob === null) return say(reply, 410, words.gone)
      // Whoever forwards the address forwards the file: no cache on the way keeps it, no page learns it.
      return download(reply, { ...file, blob: file.blob }, { workspace: home, blobs: deps.blobs })
    },
  )
}

const say = (reply: FastifyReply, status: number, text: string): FastifyReply =>
  reply.status(status).type('text/plain; charset=utf-8').send(text)
