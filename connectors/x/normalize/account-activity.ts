// The legacy account activity: several lists may stand side by side in one call, and each of them is read.
import type { InboundEvent } from '../../../core/ports/channel.ts'
import { isObject, objectAt, type Json } from '../../_shared/read-json.ts'
import { readMark, readMessageEvent } from './messages.ts'
import { readDelete, readTweet } from './posts.ts'
import { revoked } from './account.ts'
import { quarantined, readItems, type Reading, type Scene } from './scene.ts'

type Read = (item: Json, scene: Scene) => Reading
const nothing: Read = () => []

/** What is nothing anybody wrote (likes, typing, who follows or blocks whom) is known, and not kept as a riddle. */
const lists: Readonly<Record<string, Read>> = {
  direct_message_events: readMessageEvent,
  tweet_create_events: readTweet,
  direct_message_mark_read_events: readMark,
  tweet_delete_events: (item, scene) => readDelete(objectAt(item, 'status') ?? {}, item, scene),
  direct_message_indicate_typing_events: nothing,
  favorite_events: nothing,
  follow_events: nothing,
  unfollow_events: nothing,
  block_events: nothing,
  unblock_events: nothing,
  mute_events: nothing,
  unmute_events: nothing,
}
/** Told about the call or beside its lists. */
const aboutTheCall = new Set(['for_user_id', 'user_has_blocked', 'users', 'apps', 'user_event'])

/** Null: it is no account activity. */
export function readAccountActivity(call: Json, scene: Scene): readonly InboundEvent[] | null {
  const keys = Object.keys(call)
  if (!keys.some((key) => Object.hasOwn(lists, key) || key === 'user_event' || key === 'for_user_id')) return null
  return keys.flatMap((key) => {
    if (key === 'user_event') return userEvent(call, scene)
    if (aboutTheCall.has(key)) return []
    return readList(key, call[key], scene)
  })
}

function readList(key: string, value: unknown, scene: Scene): readonly InboundEvent[] {
  const read = Object.hasOwn(lists, key) ? lists[key] : undefined
  if (read === undefined) return [quarantined(key.slice(0, 100), 'a list of a kind that is not known', scene)]
  if (!Array.isArray(value)) return [quarantined(key, 'it is not a list', scene)]
  return readItems(value, { path: key, scene }, read)
}

function userEvent(call: Json, scene: Scene): readonly InboundEvent[] {
  const event = objectAt(call, 'user_event')
  const revoke = objectAt(event, 'revoke')
  if (isObject(revoke)) return [revoked(revoke, scene)]
  return [quarantined('user_event', 'an event of a kind that is not known', scene)]
}
