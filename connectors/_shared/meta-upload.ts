// The bytes and the name of a file that goes out by an upload.
import { isGatewayError, isOfTheWorld } from '../../core/errors.ts'
import type { Edges } from '../../core/ports/channel.ts'
import type { Attachment } from '../../schemas/message.ts'
import { failedWith, type Failed } from './meta-account.ts'

/** Nothing reaches the customer by an upload, so whatever is not certain there may simply be tried again. */
export const againSoon = (why: string): Failed =>
  failedWith({ is: 'try-later', afterSeconds: 10, scope: 'message', why })

export async function bytesToSend({ source, name }: Attachment, edges: Edges): Promise<Uint8Array | Failed> {
  try {
    if ('blob' in source) return await edges.file(source.blob)
    return failedWith({ is: 'refused', code: 'file_missing', why: `The file ${name} is not stored here` })
  } catch (error) {
    if (isOfTheWorld(error)) return againSoon(`The file ${name} cannot be read for now`)
    if (!isGatewayError(error)) throw error
    return failedWith({ is: 'refused', code: 'file_missing', why: `The file ${name} is no longer stored here` })
  }
}

/** A name goes into a multipart header: no quotes, line breaks or paths (S12). */
export const fileNameOf = (attachment: Attachment): string =>
  attachment.name.replaceAll(/[\p{Cc}\p{Cf}"\\/]+/gu, '_').slice(0, 240) || 'file'
