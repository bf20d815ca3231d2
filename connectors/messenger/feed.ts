// What happens on the page in public: comments, visitors' posts and mentions as messages, their edits and removals (sheet 3.4).
import type { Incoming, IncomingFile, InboundEvent } from '../../core/ports/channel.ts'
import { generatedName } from '../../core/rules/file-name.ts'
import { instantOfSeconds } from '../../core/rules/instants.ts'
import type { Instant } from '../../schemas/ids.ts'
import type { Part, Party } from '../../schemas/message.ts'
import { keyed, unknownItem, type Item, type Place, type Reading } from '../_shared/items.ts'
import type { Scene } from '../_shared/meta-dm/product.ts'
import { field, idAt, listAt, objectAt, textAt, type Json } from '../_shared/read-json.ts'
import { digestOf, isUnread, unread, type Unread } from '../_shared/unread.ts'

export function itemsOfChange(name: string, value: Json, place: Place<Scene>): readonly Item<Scene>[] {
  if (name === 'feed' || name === 'mention') return [{ ...place, content: value, read: readFeed }]
  return [unknownItem(place, value, `the field ${name.slice(0, 80)} is not known`)]
}

/** Of the many items of a feed these are something that somebody wrote; the rest (likes, albums, events …) is none (sheet 3.4, checked 2026-11). */
const written: ReadonlySet<string> = new Set([
  'comment',
  'post',
  'status',
  'photo',
  'video',
  'share',
  'note',
  'mention',
])

/** What is spoken of: a comment, or a post that a visitor wrote. */
interface Spoken {
  readonly value: Json
  readonly scene: Scene
  readonly id: string
  readonly of: 'comment' | 'post'
  readonly author: Party
  readonly byUs: boolean
  readonly at: Instant
}

function readFeed(value: Json, scene: Scene): Reading {
  const item = textAt(value, 'item') ?? ''
  const spoken = spokenIn(value, scene)
  if (isUnread(spoken)) return written.has(item) ? spoken : []
  const verb = textAt(value, 'verb') ?? 'add'
  if (item === 'reaction' || item === 'like') return spoken.of === 'comment' ? reacted(spoken, verb) : []
  if (!written.has(item)) return []
  // What the page itself posts, or writes under it of itself, is no conversation; whoever answers it begins one.
  if (spoken.byUs && (spoken.of === 'post' || threadKeysOf(spoken).length === 1)) return []
  if (verb === 'add') return [said(spoken)]
  if (verb === 'edit' || verb === 'edited' || verb === 'update') return [edited(spoken)]
  return verb === 'remove' || verb === 'delete' ? [removed(spoken)] : []
}

function spokenIn(value: Json, scene: Scene): Spoken | Unread {
  const comment = idAt(value, 'comment_id')
  const id = comment ?? idAt(value, 'post_id')
  if (id === undefined) return unread('.post_id', 'it is about no comment and no post')
  const from = objectAt(value, 'from')
  const authorId = idAt(from, 'id') ?? idAt(value, 'sender_id')
  const name = textAt(from, 'name') ?? textAt(value, 'sender_name') ?? null
  const key = authorId === undefined ? [] : [`messenger.author:${scene.home}/${authorId}`]
  return {
    value,
    scene,
    id,
    of: comment === undefined ? 'post' : 'comment',
    // Whoever has not shared who they are with the page wrote a message all the same.
    author: { id: authorId ?? `author of ${id}`, name, address: name, keys: key },
    byUs: authorId === scene.home,
    at: timeOf(value, 'created_time') ?? scene.at,
  }
}

/** Seconds; occasionally an ISO text (sheet 3.4). */
function timeOf(value: Json, key: string): Instant | null {
  const time = field(value, key)
  const seconds = instantOfSeconds(time)
  if (seconds !== null || typeof time !== 'string') return seconds
  const parsed = /^20\d\d-\d\d-\d\dT/.test(time) ? Date.parse(time) : Number.NaN
  return Number.isNaN(parsed) ? null : (new Date(parsed).toISOString() as Instant)
}

const threadKey = (id: string): string => `messenger.comment:${id}`
/** A reply leads to what it answers; whatever is answered under this one finds it by its own. */
function threadKeysOf({ value, id, of }: Spoken): readonly string[] {
  const parent = idAt(value, 'parent_id')
  const answers = of === 'comment' && parent !== undefined && parent !== idAt(value, 'post_id') ? parent : undefined
  return answers === undefined ? [threadKey(id)] : [threadKey(answers), threadKey(id)]
}
const keysOf = (spoken: Spoken, at: Instant, ...dedupe: readonly string[]) =>
  keyed(spoken.scene, { dedupe, threadKeys: threadKeysOf(spoken), at })

function said(spoken: Spoken): InboundEvent {
  const { value, scene, author, byUs, id, of, at } = spoken
  const incoming: Omit<Incoming, 'from'> = {
    kind: 'comment',
    externalId: id,
    text: textAt(value, 'message') ?? '',
    parts: [postPart(value)],
    attachments: filesOf(value),
    repliesTo: threadKeysOf(spoken).length > 1 ? [idAt(value, 'parent_id')!] : [],
    vendor: { target: id, of },
  }
  const keys = keysOf(spoken, at, id, 'add')
  if (!byUs) return { type: 'message.received', ...keys, data: { from: author, ...incoming } }
  // The page's own comment comes back without our key: it may be the echo of a public reply of ours.
  const to: Party = { id: incoming.repliesTo[0] ?? id, name: null, address: null, keys: [] }
  return { type: 'message.echoed', ...keys, data: { from: scene.us, to: [to], ...incoming, mayBeOurs: true } }
}

function postPart(value: Json): Part {
  const post = objectAt(value, 'post')
  const url = textAt(post, 'permalink_url')
  const id = idAt(value, 'post_id')
  return { kind: 'post', ...(id === undefined ? {} : { id }), ...(url === undefined ? {} : { url }) } as Part
}

/** A comment may be a picture or a film alone. */
function filesOf(value: Json): readonly IncomingFile[] {
  const file = (kind: string, type: string, url: string): IncomingFile => ({
    name: generatedName(kind, type),
    type,
    source: { atVendor: JSON.stringify({ url, type }) },
  })
  const photos = listAt(value, 'photos').filter((it): it is string => typeof it === 'string')
  const photo = textAt(value, 'photo')
  const video = textAt(value, 'video')
  return [
    ...(photo === undefined ? photos : [photo]).map((url) => file('image', 'image/jpeg', url)),
    ...(video === undefined ? [] : [file('video', 'video/mp4', video)]),
  ]
}

/** Two edits within one second, or without a time, are told apart by what they say. */
function edited(spoken: Spoken): InboundEvent {
  const { value, id, author } = spoken
  const at = timeOf(value, 'edited_time') ?? spoken.scene.at
  const text = textAt(value, 'message') ?? ''
  const about = { target: id, revision: String(Date.parse(at) / 1_000), by: author }
  return {
    type: 'message.edited',
    ...keysOf(spoken, at, id, 'edited', at, digestOf(text)),
    data: { ...about, text, parts: [postPart(value)], attachments: [] },
  }
}

function removed(spoken: Spoken): InboundEvent {
  const { id, author, scene } = spoken
  const data = { target: id, revision: String(Date.parse(scene.at) / 1_000), by: author }
  return { type: 'message.deleted', ...keysOf(spoken, scene.at, id, 'removed'), data }
}

function reacted(spoken: Spoken, verb: string): Reading {
  const { value, id, author, at } = spoken
  const emoji = verb === 'add' || verb === 'edit' ? (textAt(value, 'reaction_type') ?? 'like') : null
  const data = { target: id, revision: String(Date.parse(at) / 1_000), by: author, emoji }
  return [{ type: 'message.reacted', ...keysOf(spoken, at, id, author.id, verb, at), data }]
}
