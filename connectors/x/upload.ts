// Puts the files of a reply at the vendor: begin, pieces, end, and waiting until it has looked at them. Nothing of it reaches a customer.
import { isGatewayError, isOfTheWorld } from '../../core/errors.ts'
import type { OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import type { Attachment } from '../../schemas/message.ts'
import { idAt, numberAt, objectAt, textAt } from '../_shared/read-json.ts'
import { callX, type Call } from './api.ts'
import { failed, speakable, type Failed } from './errors.ts'
import type { Way } from './sign-in.ts'

const pieceBytes = 4_000_000
const uploadTimeoutMs = 60_000
const mostLooks = 10
interface Put {
  readonly id: string
  readonly isReady: boolean
}
/** A film is looked at for minutes, longer than one try of a reply lasts: the next one asks for it instead of putting it up again. */
const put = new Map<string, Put>()
const mostPut = 500
const placeOf = ({ ours }: OutboundMessage, { id }: Attachment): string => `${ours} ${id}`

/** The reply will not be tried with these again. */
export function forgetUploads(message: OutboundMessage): void {
  for (const file of message.attachments) put.delete(placeOf(message, file))
}

export async function uploaded(
  message: OutboundMessage,
  way: Way,
): Promise<{ readonly ids: readonly string[] } | { readonly outcome: SendOutcome }> {
  const ids: string[] = []
  for (const file of message.attachments) {
    const place = placeOf(message, file)
    const up = put.get(place) ?? (await putUp(file, message.kind === 'post' ? 'tweet' : 'dm', way))
    if ('outcome' in up) return { outcome: up.outcome }
    remember(place, up)
    const failure = up.isReady ? null : await whenReady(up, { file, way })
    if (failure !== null) {
      // One that X has lost or found wanting is put up anew, or refused, by the next try.
      if (failure.outcome.is !== 'try-later' || failure.status > 0) put.delete(place)
      return { outcome: failure.outcome }
    }
    remember(place, { id: up.id, isReady: true })
    ids.push(up.id)
  }
  return { ids }
}
function remember(place: string, it: Put): void {
  put.delete(place)
  put.set(place, it)
  for (const oldest of put.keys()) {
    if (put.size <= mostPut) return
    put.delete(oldest)
  }
}

/** By media type: what X calls it. */
const categoryOf = (type: string): string =>
  type === 'image/gif' ? 'gif' : type.startsWith('video/') ? 'video' : 'image'

async function putUp(file: Attachment, use: 'tweet' | 'dm', way: Way): Promise<Put | Failed> {
  const bytes = await bytesOf(file, way)
  if (!(bytes instanceof Uint8Array)) return bytes
  const again = (it: Failed): Failed =>
    it.outcome.is === 'unknown' ? later(`The upload of ${file.name} did not end well: ${it.outcome.why}`) : it
  const begun = await callX(
    (v2) =>
      v2.post('media/upload/initialize', {
        media_type: file.type,
        total_bytes: bytes.byteLength,
        media_category: `${use}_${categoryOf(file.type)}`,
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
  return { id, isReady: objectAt(objectAt(ended.body, 'data'), 'processing_info') === undefined }
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

/** Null: it may be sent. Pictures are ready at once; GIFs and films go through `pending` and `in_progress` first. */
async function whenReady(
  { id }: Put,
  { file, way }: { readonly file: Attachment; readonly way: Way },
): Promise<Failed | null> {
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const looked = await callX((v2) => v2.get('media/upload', { command: 'STATUS', media_id: id }), way)
    if (looked.is === 'failed') {
      const why = `X did not say whether ${file.name} is ready: ${looked.outcome.why}`
      return failed(
        { is: 'try-later', afterSeconds: 10, scope: 'message', why },
        looked.outcome.is === 'refused' ? looked.status : 0,
      )
    }
    const info = objectAt(objectAt(looked.body, 'data'), 'processing_info')
    const state = textAt(info, 'state') ?? 'succeeded'
    if (state === 'succeeded') return null
    if (state === 'failed') return failed({ is: 'refused', code: 'file_refused', why: refusal(file, info) })
    if (!(await waited(numberAt(info, 'check_after_secs') ?? 1, way))) break
  }
  return later(`X is still looking at the file ${file.name}`)
}
/** False: the time of this try is over before X wants to be asked again, and nothing was sent. */
async function waited(seconds: number, { edges, signal }: Way): Promise<boolean> {
  try {
    await edges.clock.sleep(Math.min(5, seconds) * 1000, signal)
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}
function refusal({ name }: Attachment, info: unknown): string {
  const said = textAt(objectAt(info, 'error'), 'message')
  return `X does not take the file ${name}${said === undefined ? '' : `: ${speakable(said, [])}`}`
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
