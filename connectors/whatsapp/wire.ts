// The vendor's payload: only the fields we read, each checked where it stands, so that one bad item harms only itself.
// Shapes: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks (checked 2026-11; sheet sections 3.3 to 3.7).
import { cleanFileName, generatedName } from '../../core/rules/file-name.ts'
import { instantOfSeconds } from '../../core/rules/instants.ts'
import { idAt, objectAt, present, textAt, type Json } from '../_shared/read-json.ts'
import { unread, type Unread } from '../_shared/unread.ts'
import type { IncomingFile } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'

/** `object` of every call of this product. */
export const product = 'whatsapp_business_account'

/** Who an item speaks of. `userId` (business-scoped, `US.134…`) is the strong one; `phone` is left out for users with a username. */
export interface Ids {
  readonly userId?: string | undefined
  readonly parentId?: string | undefined
  readonly phone?: string | undefined
}

/** What every message has (webhooks/reference/messages; sheet 3.4). `body` is the whole item, for what its type adds. */
export interface WireMessage {
  readonly id: string
  readonly type: string
  readonly at: Instant
  readonly sender: Ids
  readonly groupId: string | undefined
  readonly body: Json
}
/** The vendor's own id for a person with a phone: digits, but not always those of the number (Brazil, Mexico). */
const phoneAt = (item: Json, key: string): string | undefined => idAt(item, key)?.replace(/^\+(?=\d)/, '')

export function readMessage(item: Json): WireMessage | Unread {
  const id = textAt(item, 'id')
  const type = textAt(item, 'type')
  const at = instantOfSeconds(item['timestamp'])
  const sender = {
    userId: textAt(item, 'from_user_id'),
    parentId: textAt(item, 'from_parent_user_id'),
    phone: phoneAt(item, 'from'),
  }
  if (id === undefined) return unread('.id', 'the message has no id')
  if (type === undefined) return unread('.type', 'the message has no type')
  if (at === null) return unread('.timestamp', 'its time is not Unix seconds')
  if (sender.userId === undefined && sender.phone === undefined) return unread('.from', 'nobody is named as its sender')
  return { id, type, at, sender, groupId: textAt(item, 'group_id'), body: item }
}

/** The customer an echo or a piece of history was written to: `to`, `to_user_id`. */
export const readRecipient = (item: Json): Ids => ({
  userId: textAt(item, 'to_user_id'),
  parentId: textAt(item, 'to_parent_user_id'),
  phone: phoneAt(item, 'to'),
})

/** Receipts (webhooks/reference/messages/status; sheet 3.6). The parent id has had three names. */
export const readStatusRecipient = (item: Json): Ids => ({
  userId: textAt(item, 'recipient_user_id'),
  parentId:
    textAt(item, 'parent_recipient_user_id') ??
    textAt(item, 'recipient_parent_user_id') ??
    textAt(item, 'parent_user_id'),
  phone: phoneAt(item, 'recipient_id'),
})

/** Ids as a contact, a system message or a preference carries them. */
export const readPerson = (item: Json): Ids => ({
  userId: textAt(item, 'user_id'),
  parentId: textAt(item, 'parent_user_id'),
  phone: phoneAt(item, 'wa_id'),
})

/** Media types and the word their generated name begins with. */
export const mediaTypes: ReadonlyMap<string, string> = new Map([
  ['image', 'image'],
  ['video', 'video'],
  ['audio', 'audio'],
  ['document', 'document'],
  ['sticker', 'sticker'],
])

/** `{id, mime_type, sha256, filename?}`: the id is what the file is fetched by; the `url` beside it lives five minutes and is not used. */
export function readMedia(body: Json, type: string): IncomingFile | Unread {
  const media = objectAt(body, type)
  const id = media === undefined ? undefined : idAt(media, 'id')
  if (media === undefined || id === undefined) return unread(`.${type}.id`, 'the file has no id to fetch it by')
  const mime = textAt(media, 'mime_type') ?? 'application/octet-stream'
  const word = media['voice'] === true ? 'voice' : mediaTypes.get(type)!
  const sha256 = textAt(media, 'sha256')
  return {
    name: cleanFileName(textAt(media, 'filename'), generatedName(word, mime)),
    type: mime.split(';')[0]!.trim().toLowerCase(),
    source: { atVendor: JSON.stringify({ id, ...(sha256 === undefined ? {} : { sha256 }), type: mime }) },
  }
}

/** What the vendor says in pieces, as one line. */
export const sentences = (pieces: readonly (string | undefined)[]): string =>
  [...new Set(pieces)]
    .filter((it) => it !== undefined && it !== '')
    .join('\n')
    .replace(/([.!?])\n/g, '$1 ')
    .replaceAll('\n', ': ')

/** The vendor's errors, wherever they stand (messages, statuses, values): the first code, all that was said. */
export function readErrors(errors: readonly unknown[]): { readonly code?: string; readonly why?: string } {
  const why = sentences(
    errors.flatMap((error) => [
      textAt(error, 'title') ?? textAt(error, 'message'),
      textAt(objectAt(error, 'error_data'), 'details'),
    ]),
  )
  return present({ code: idAt(errors[0], 'code'), why: why === '' ? undefined : why })
}
