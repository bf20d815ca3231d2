// Messages from before the number was joined: recorded as history, never answered. (webhooks/reference/history, page of 2025-12; checked 2026-11.)
import { field, idAt, isObject, objectAt, textAt, type Json } from '../../_shared/read-json.ts'
import { readValueError } from './account.ts'
import { contentOf } from './content.ts'
import { readEcho, readInbound } from './messages.ts'
import { fullIds, partyOf, personKeys } from './people.ts'
import { itemsOf, keyed, type Item, type Place, type Reading } from '../../_shared/items.ts'
import type { Scene } from './scene.ts'
import { isUnread, unread } from '../../_shared/unread.ts'
import { readMessage, readRecipient } from '../wire.ts'

/** `history[].threads[].messages[]`; chunks come in any order, so each message stands for itself. */
export function historyItems(value: Json, place: Place<Scene>): readonly Item<Scene>[] {
  return itemsOf(value, 'history', { ...place, read: neverRead }).flatMap((chunk) =>
    isObject(chunk.content) ? itemsOfChunk(chunk.content, chunk) : [chunk],
  )
}
const neverRead = (): Reading => unread('', 'it is not an object')

function itemsOfChunk(chunk: Json, place: Place<Scene>): readonly Item<Scene>[] {
  const threads = itemsOf(chunk, 'threads', { ...place, read: neverRead }).flatMap((thread) =>
    isObject(thread.content) ? itemsOfThread(thread.content, thread) : [thread],
  )
  return [...threads, ...itemsOf(chunk, 'errors', { ...place, read: readValueError })]
}

/** `thread.id` is the customer; a message of ours names nobody else. */
function itemsOfThread(thread: Json, place: Place<Scene>): readonly Item<Scene>[] {
  const customer = { to: idAt(thread, 'id'), to_user_id: textAt(objectAt(thread, 'context'), 'user_id') }
  const read = (item: Json, scene: Scene): Reading =>
    isOurs(item, scene) ? readEcho({ ...customer, ...item }, scene) : readInbound(item, scene)
  return itemsOf(thread, 'messages', { path: place.path, scene: place.scene, read })
}

/**
 * A file of history has no id at first (`media_placeholder`); for files younger than 14 days a call of its own, with the message's id
 * again, brings it. That is new content of a known message. (The page says so in words only; the shape is unconfirmed.)
 */
export function readHistoryFile(item: Json, scene: Scene): Reading {
  const message = readMessage(item)
  if (isUnread(message)) return message
  const content = contentOf(message.type, item)
  if (isUnread(content)) return content
  const byUs = isOurs(item, scene)
  const customer = fullIds(byUs ? readRecipient(item) : message.sender, scene.profiles)
  const head = keyed(scene, { dedupe: [message.id, 'file'], threadKeys: personKeys(customer), at: message.at })
  const by = byUs ? scene.us : partyOf(customer, scene.profiles)
  const revision = `${message.at} ${message.id}`
  return [{ type: 'message.edited', ...head, data: { target: message.id, revision, by, ...content } }]
}

function isOurs(item: Json, scene: Scene): boolean {
  const from = field(item, 'from')
  return typeof from === 'string' && `+${from.replace(/^\+/, '')}` === scene.us.address
}
