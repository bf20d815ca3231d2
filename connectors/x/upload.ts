// Puts the files of a reply at the vendor: begin, pieces, end, and waiting until it has looked at them. Nothing of it reaches a customer.
import { isGatewayError, isOfTheWorld } from '../../core/errors.ts'
import type { OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import type { Attachment } from '../../schemas/message.ts'
import { idAt, numberAt, objectAt, textAt } from '../_shared/read-json.ts'
import { callX, type Call } from './api.ts'
import { failed, type Failed } from './errors.ts'
import type { Way } from './sign-in.ts'

const pieceBytes = 4_000_000
const uploadTimeoutMs = 60_000
const mostLooks = 10

export async function uploaded(
  message: OutboundMessage,
  way: Way,
): Promise<{ readonly ids: readonly string[] } | { readonly outcome: SendOutcome }> {
  const ids: string[] = []
  for (const file of message.attachments) {
    const id = await uploadOne(file, message.kind === 'post' ? 'tweet' : 'dm', way)
    if (typeof id !== 'string') return { outcome: id.outcome }
    ids.push(id)
  }
  return { ids }
}

async function uploadOne(file: Attachment, use: 'tweet' | 'dm', way: Way): Promise<string | Failed> {
  const bytes = await bytesOf(file, way)
  if (!(bytes instanceof Uint8Array)) return bytes
  const again = (it: Failed): Failed =>
    it.outcome.is === 'unknown' ? later(`The upload of ${file.name} did not end well: ${it.outcome.why}`) : it
  const begun = await callX(
    (v2) =>
      v2.post('media/upload/initialize', {
        media_type: file.type,
        total_bytes: bytes.byteLength,
        media_category: `${use}_${file.type === 'image/gif' ? 'gif' : 'image'}`,
      }),
    way,
  )
  if (begun.is === 'failed') return again(begun)
  const id = idAt(objectAt(begun.body, 'data'), 'id')
  if (id === undefined) return later(`X gave the upload of ${file.name} no id`)
  for (let at = 0, segment = 0; at < bytes.byteLength; at += pieceBytes, segment += 1) {
    const piece = await callX(appended(id, segment, bytes.slice(at, at + pieceBytes)), way, {
      timeoutMs: uploadTimeoutMs,
    })
    if (piece.is === 'failed') return again(piece)
  }
  const ended = await callX((v2) => v2.post(`media/upload/${id}/finalize`), way)
  if (ended.is === 'failed') return again(ended)
  return ready(id, objectAt(objectAt(ended.body, 'data'), 'processing_info'), { file, way })
}

/** A form with bytes: `twitter-api-v2` would make it a buffer of its own, which no retry could read again. */
function appended(
  id: string,
  segment: number,
  piece: Uint8Array<ArrayBuffer>,
): Exclude<Call, (...args: never[]) => unknown> {
  const body = new FormData()
  body.set('segment_index', String(segment))
  body.set('media', new Blob([piece]))
  return { method: 'POST', url: `media/upload/${encodeURIComponent(id)}/append`, body }
}

async function ready(
  id: string,
  first: unknown,
  { file, way }: { readonly file: Attachment; readonly way: Way },
): Promise<string | Failed> {
  let info = first
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const state = textAt(info, 'state') ?? 'succeeded'
    if (state === 'succeeded') return id
    if (state === 'failed')
      return failed({ is: 'refused', code: 'file_refused', why: `X does not take the file ${file.name}` })
    await way.edges.clock.sleep(Math.min(5, numberAt(info, 'check_after_secs') ?? 1) * 1000, way.signal)
    const looked = await callX((v2) => v2.get('media/upload', { command: 'STATUS', media_id: id }), way)
    if (looked.is === 'failed') return later(`X did not say whether ${file.name} is ready: ${looked.outcome.why}`)
    info = objectAt(objectAt(looked.body, 'data'), 'processing_info')
  }
  return later(`X is still looking at the file ${file.name}`)
}

async function bytesOf(file: Attachment, { edges }: Way): Promise<Uint8Array | Failed> {
  const missing = (why: string): Failed => failed({ is: 'refused', code: 'file_missing', why })
  try {
    if ('blob' in file.source) return await edges.file(file.source.blob)
    return missing(`The file ${file.name} is not stored here`)
  } catch (error) {
    if (isOfTheWorld(error)) return later(`The file ${file.name} cannot be read for now`)
    if (!isGatewayError(error)) throw error
    return missing(`The file ${file.name} is no longer stored here`)
  }
}
const later = (why: string): Failed => failed({ is: 'try-later', afterSeconds: 10, scope: 'message', why })
