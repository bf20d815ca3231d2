// The activity API: one event a call, named by its type.
import type { InboundEvent } from '../../../core/ports/channel.ts'
import { idAt, listAt, objectAt, textAt, type Json } from '../../_shared/read-json.ts'
import { revoked } from './account.ts'
import { readChat, readMark, readMessageEvent } from './messages.ts'
import { readDelete, readPost } from './posts.ts'
import { quarantined, readItems, type Reading, type Scene } from './scene.ts'

type Read = (payload: Json, scene: Scene) => Reading
const posts: Readonly<Record<string, Read>> = {
  'post.mention.create': (payload, scene) => readPost(payload, scene),
  'post.reply.create': (payload, scene) => readPost(payload, scene),
  'post.quote.create': (payload, scene) => readPost(payload, scene, { quotesUs: true }),
  'post.create': (payload, scene) => readPost(payload, scene),
  'post.delete': (payload, scene) => readDelete(payload, payload, scene),
  'chat.received': readChat,
  'chat.sent': readChat,
}
/** Known, and nothing anybody wrote to us: typing, likes, profiles, followers, members and keys of encrypted chats. */
const quiet = /^(?:dm\.indicate_typing|(?:profile|follow|like|list|space|news|chat|block|mute|media)\.)/

export function readActivity(data: Json, _call: Json, scene: Scene): readonly InboundEvent[] {
  const type = textAt(data, 'event_type') ?? ''
  const payload = objectAt(data, 'payload')
  const whose = idAt(objectAt(data, 'filter'), 'user_id')
  // A stream is of the whole app; what is nobody's here must not be read as if it were ours.
  if (whose !== undefined && whose !== scene.us.userId)
    return [quarantined('data.filter.user_id', 'it is for an account that is not connected here', scene)]
  if (payload === undefined) return [quarantined('data.payload', 'it is not there', scene)]
  if (type === 'oauth.revoke') return [revoked(payload, scene)]
  if (type === 'dm.received' || type === 'dm.sent') {
    const at = { path: 'data.payload.direct_message_events', scene }
    const events = listAt(payload, 'direct_message_events')
    return events.length === 0
      ? [quarantined(at.path, 'it holds no message', scene)]
      : readItems(events, at, readMessageEvent)
  }
  if (type === 'dm.read') return readMarks(payload, scene)
  const read = Object.hasOwn(posts, type) ? posts[type] : undefined
  if (read !== undefined) return one(read(payload, scene), scene)
  return quiet.test(type)
    ? []
    : [quarantined('data.event_type', `an event of the unknown type ${type.slice(0, 100)}`, scene)]
}

/** Its payload is not shown on the vendor's page (2026-11): the old list, or one mark by itself. */
function readMarks(payload: Json, scene: Scene): readonly InboundEvent[] {
  const marks = listAt(payload, 'direct_message_mark_read_events')
  if (marks.length === 0) return one(readMark(payload, scene), scene)
  return readItems(marks, { path: 'data.payload.direct_message_mark_read_events', scene }, readMark)
}
const one = (found: Reading, scene: Scene): readonly InboundEvent[] =>
  'why' in found ? [quarantined(`data.payload${found.path}`, found.why, scene)] : found
