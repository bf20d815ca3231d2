// What is written in public: comments, under posts, reels, advertisements and live, and mentions, of which the vendor tells only ids (sheet 3.4).
import type { Incoming, IncomingFile } from '../../core/ports/channel.ts'
import type { Part, Party } from '../../schemas/message.ts'
import { keyed, unknownItem, type Item, type Place, type Reading } from '../_shared/items.ts'
import type { Scene } from '../_shared/meta-dm/product.ts'
import { field, idAt, objectAt, present, textAt, type Json } from '../_shared/read-json.ts'
import { unread } from '../_shared/unread.ts'

export function itemsOfChange(name: string, value: Json, place: Place<Scene>): readonly Item<Scene>[] {
  if (name === 'comments') return [{ ...place, content: value, read: (it, scene) => readComment(it, scene, false) }]
  if (name === 'live_comments') return [{ ...place, content: value, read: (it, scene) => readComment(it, scene, true) }]
  if (name === 'mentions') return [{ ...place, content: value, read: readMention }]
  // Figures of a story that ended: nobody wrote them.
  if (name === 'story_insights') return []
  return [unknownItem(place, value, `the field ${name.slice(0, 80)} is not known`)]
}

const threadKey = (id: string): string => `instagram.comment:${id}`
/** Whatever field or shape brings a comment, it is one (sheet section 4). */
const keysOf = (scene: Scene, id: string, root: string) =>
  keyed(scene, {
    dedupe: [id, 'comment'],
    threadKeys: root === id ? [threadKey(id)] : [threadKey(root), threadKey(id)],
    at: scene.at,
  })

/** The vendor gives no time in it: the entry's is that of sending. */
function readComment(value: Json, scene: Scene, isLive: boolean): Reading {
  const id = idAt(value, 'id') ?? idAt(value, 'comment_id')
  const text = field(value, 'text')
  if (id === undefined) return unread('.id', 'the comment has no id')
  if (text !== undefined && typeof text !== 'string') return unread('.text', 'its text is no text')
  const root = idAt(value, 'parent_id') ?? id
  const keys = keysOf(scene, id, root)
  const incoming: Omit<Incoming, 'from'> = {
    kind: 'comment',
    externalId: id,
    text: text ?? '',
    parts: [mediaPart(value, isLive)],
    attachments: [],
    repliesTo: root === id ? [] : [root],
    vendor: { target: id, root, ...(isLive ? { live: 'yes' } : {}) },
  }
  const from = objectAt(value, 'from')
  const author = idAt(from, 'id')
  if (author !== scene.home)
    return [{ type: 'message.received', ...keys, data: { from: authorOf(author, from, { scene, id }), ...incoming } }]
  // What we write under our own post of ourselves is no conversation; whoever answers it begins one.
  if (root === id) return []
  const to: Party = { id: root, name: null, address: null, keys: [] }
  return [{ type: 'message.echoed', ...keys, data: { from: scene.us, to: [to], ...incoming, mayBeOurs: true } }]
}

/** Whoever comments and whoever writes privately may have one id or two (unconfirmed): they are kept apart. */
function authorOf(
  author: string | undefined,
  from: Json | undefined,
  at: { readonly scene: Scene; readonly id: string },
): Party {
  const username = textAt(from, 'username')
  return {
    id: author ?? `author of ${at.id}`,
    name: username ?? null,
    address: username === undefined ? null : `@${username}`,
    keys: author === undefined ? [] : [`instagram.author:${at.scene.home}/${author}`],
  }
}

/** An advertisement is another medium than the post it shows: what is spoken of is the post. */
function mediaPart(value: Json, isLive: boolean): Part {
  const media = objectAt(value, 'media')
  const said = {
    id: idAt(media, 'original_media_id') ?? idAt(media, 'id'),
    product: isLive ? 'LIVE' : textAt(media, 'media_product_type'),
    adId: idAt(media, 'ad_id'),
    adTitle: textAt(media, 'ad_title'),
  }
  return { kind: 'post', ...present(said) } as Part
}

/** Only ids come: what was said is fetched right after, as a small file of text beside the message. */
function readMention(value: Json, scene: Scene): Reading {
  const media = idAt(value, 'media_id')
  const comment = idAt(value, 'comment_id')
  if (media === undefined && comment === undefined) return unread('.media_id', 'a mention of nothing')
  const id = comment ?? `caption:${media}`
  const source = { atVendor: JSON.stringify({ mention: present({ comment, media }) }) }
  const file: IncomingFile = { name: 'mention.txt', type: 'text/plain', source }
  return [
    {
      type: 'message.received',
      ...keysOf(scene, id, id),
      data: {
        kind: 'comment',
        externalId: id,
        from: { id: `author of ${id}`, name: null, address: null, keys: [] },
        text: '',
        parts: [
          { kind: 'mention', of: comment === undefined ? 'caption' : 'comment', ...present({ id: media }) } as Part,
        ],
        attachments: [file],
        repliesTo: [],
        vendor: { target: id, root: id, ...present({ mentionMedia: media, mentionComment: comment }) } as Record<
          string,
          string
        >,
      },
    },
  ]
}
