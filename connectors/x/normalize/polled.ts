// A page that was asked for: direct messages or posts, told apart by what an item holds.
import type { InboundEvent } from '../../../core/ports/channel.ts'
import { textAt, type Json } from '../../_shared/read-json.ts'
import { readPolledMessage } from './messages.ts'
import { readPost } from './posts.ts'
import { readItems, type Reading, type Scene } from './scene.ts'

const readEither = (item: Json, scene: Scene): Reading =>
  textAt(item, 'dm_conversation_id') === undefined && textAt(item, 'event_type') === undefined
    ? readPost(item, scene)
    : readPolledMessage(item, scene)

/** `errors` beside `data` say that parts were not given; what was given counts. */
export const readPolled = (items: readonly unknown[], _page: Json, scene: Scene): readonly InboundEvent[] =>
  readItems(items, { path: 'data', scene }, readEither)
