// Messages from before the number was joined, handed over in threads: recorded as history, never answered (webhooks/reference/history).
import { field, idAt, isObject, objectAt, textAt, type Json } from '../../_shared/read-json.ts'
import { readValueError } from './account.ts'
import { readEcho, readInbound } from './messages.ts'
import { itemsOf, type Item, type Place, type Reading, type Scene } from './scene.ts'
import { unread } from '../wire.ts'

/** `history[].threads[].messages[]`; chunks come in any order, so each message stands for itself. */
export function historyItems(value: Json, place: Place): readonly Item[] {
  return itemsOf(value, 'history', { ...place, read: neverRead }).flatMap((chunk) =>
    isObject(chunk.content) ? itemsOfChunk(chunk.content, chunk) : [chunk],
  )
}
const neverRead = (): Reading => unread('', 'it is not an object')

function itemsOfChunk(chunk: Json, place: Place): readonly Item[] {
  const threads = itemsOf(chunk, 'threads', { ...place, read: neverRead }).flatMap((thread) =>
    isObject(thread.content) ? itemsOfThread(thread.content, thread) : [thread],
  )
  return [...threads, ...itemsOf(chunk, 'errors', { ...place, read: readValueError })]
}

/** `thread.id` is the customer; a message of ours names nobody else. */
function itemsOfThread(thread: Json, place: Place): readonly Item[] {
  const customer = { to: idAt(thread, 'id'), to_user_id: textAt(objectAt(thread, 'context'), 'user_id') }
  const read = (item: Json, scene: Scene): Reading =>
    isOurs(item, scene) ? readEcho({ ...customer, ...item }, scene) : readInbound(item, scene)
  return itemsOf(thread, 'messages', { path: place.path, scene: place.scene, read })
}

function isOurs(item: Json, scene: Scene): boolean {
  const from = field(item, 'from')
  return typeof from === 'string' && `+${from.replace(/^\+/, '')}` === scene.us.address
}
