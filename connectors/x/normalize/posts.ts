// Posts that speak to us, and ours that answer them: mentions, answers, quotes, edits and deletions, from any feed under the same ids.
import type { InboundEvent, IncomingFile } from '../../../core/ports/channel.ts'
import type { Party } from '../../../schemas/message.ts'
import { field, idAt, isObject, listAt, objectAt, textAt, type Json } from '../../_shared/read-json.ts'
import { idOrder, postId, timeOf } from '../wire.ts'
import { entityFiles, keyFiles } from './files.ts'
import { personIn, plainText, unread, withFullAddresses, type Reading, type Scene } from './scene.ts'

/**
 * One person's part of a public conversation. Any post of it may stand for it: its root, the one answered, and itself, because account
 * activity does not name the root, and an answer to an answer of ours names only that.
 */
export const postKey = (post: string, author: string): string => `x.post:${post}:${author}`
/** Newer than every edit: what was deleted stays deleted. */
const deletedRevision = '9'.repeat(20)

interface Post {
  readonly id: string
  /** The first of its edits; itself where it was never edited. */
  readonly root: string
  readonly author: Party
  readonly text: string
  readonly files: readonly IncomingFile[]
  readonly conversation?: string
  readonly repliesTo?: string
  readonly repliesToUser?: string
  readonly quotes?: string
  readonly summoned: boolean
  readonly item: Json
}

function eventsOf(post: Post, scene: Scene): readonly InboundEvent[] {
  const isOurs = post.author.id === scene.us.userId
  // What we post by ourselves, and our own threads, answer no customer.
  if (isOurs && (post.repliesToUser === undefined || post.repliesToUser === scene.us.userId)) return []
  const customer = isOurs ? (post.repliesToUser ?? '') : post.author.id
  return [isOurs ? echo(post, scene) : received(post, scene), ...editOf(post, customer, scene)]
}

const namesOf = (post: Post): readonly string[] => [
  ...new Set([post.conversation, post.repliesTo, post.root, post.id].filter((it) => it !== undefined)),
]
function headOf(post: Post, customer: string, scene: Scene) {
  const names = namesOf(post)
  return {
    dedupe: `post ${post.root}`,
    lane: `${scene.us.userId}/${postKey(names[0] ?? post.id, customer)}`,
    threadKeys: names.map((name) => postKey(name, customer)),
    at: timeOf(post.item, scene.receivedAt),
  }
}
const dataOf = (post: Post) => ({
  kind: 'post',
  externalId: post.root,
  from: post.author,
  text: post.text,
  parts:
    post.quotes === undefined ? [] : [{ kind: 'referral', type: 'quote', id: post.quotes, url: linkTo(post.quotes) }],
  attachments: post.files,
  repliesTo: post.repliesTo === undefined ? [] : [post.repliesTo],
})
export const linkTo = (post: string): string => `https://x.com/i/status/${post}`

function received(post: Post, scene: Scene): InboundEvent {
  const vendor = { post: post.id, author: post.author.id, summoned: post.summoned ? 'yes' : 'no' }
  return { ...headOf(post, post.author.id, scene), type: 'message.received', data: { ...dataOf(post), vendor } }
}
/** An edit has an id of its own and names the first, ours as well as theirs. It is told as the message too: nobody may have seen the first. */
function editOf(post: Post, customer: string, scene: Scene): readonly InboundEvent[] {
  if (post.id === post.root) return []
  const { text, parts, attachments } = dataOf(post)
  const data = { target: post.root, revision: post.id, by: post.author, text, parts, attachments }
  const head = headOf(post, customer, scene)
  return [{ ...head, dedupe: `post ${post.root} edit ${post.id}`, type: 'message.edited', data }]
}
function echo(post: Post, scene: Scene): InboundEvent {
  const customer = scene.person(post.repliesToUser ?? '')
  const vendor = { post: post.repliesTo ?? post.id, author: customer.id, summoned: 'yes' }
  return {
    ...headOf(post, customer.id, scene),
    type: 'message.echoed',
    data: { ...dataOf(post), to: [customer], mayBeOurs: true, vendor },
  }
}

/** Posts, and they alone, come with the three signs of HTML written out (vendor's page on counting characters, of old; not re-read). */
const signs: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' }
const plain = (text: string): string => text.replaceAll(/&(?:lt|gt|amp);/g, (it) => signs[it] ?? it)

/** Account activity's shape: everything about us and by us in one list. A repost says nothing of its own. */
export function readTweet(item: Json, scene: Scene): Reading {
  const id = postId(item)
  const user = objectAt(item, 'user')
  const author = personIn(user)
  if (id === undefined) return unread('.id_str', 'it has no id')
  if (author === null) return unread('.user', 'nobody is named as its author')
  if (isObject(field(item, 'retweeted_status'))) return []
  // A cut post says all of it only in there.
  const whole = objectAt(item, 'extended_tweet')
  const text = plainText(whole ?? item, whole === undefined ? 'text' : 'full_text')
  const entities = field(whole, 'entities') ?? field(item, 'entities')
  const media = listAt(field(whole, 'extended_entities') ?? field(item, 'extended_entities') ?? entities, 'media')
  const shorts = media.flatMap((it) => textAt(it, 'url') ?? [])
  const quoted = postId(objectAt(item, 'quoted_status')) ?? textAt(item, 'quoted_status_id_str')
  const quotesUs = personIn(objectAt(objectAt(item, 'quoted_status'), 'user'))?.id === scene.us.userId
  const repliesTo = postId(item, 'in_reply_to_status_id')
  const repliesToUser = postId(item, 'in_reply_to_user_id')
  const post: Post = {
    id,
    root: rootOf(item, id),
    author,
    text: plain(withFullAddresses(text, entities, shorts)),
    files: entityFiles(media),
    summoned: quotesUs || mentionsUs(listAt(entities, 'user_mentions'), text, scene),
    item,
    ...(repliesTo === undefined ? { conversation: id } : { repliesTo }),
    ...(repliesToUser === undefined ? {} : { repliesToUser }),
    ...(quoted === undefined ? {} : { quotes: quoted }),
  }
  return eventsOf(post, scene)
}

/** The API's own shape: activity events, polled pages and the filtered stream. */
export function readPost(item: Json, scene: Scene, how: { readonly quotesUs?: boolean } = {}): Reading {
  const id = idAt(item, 'id')
  const author = idAt(item, 'author_id')
  if (id === undefined) return unread('.id', 'it has no id')
  if (author === undefined) return unread('.author_id', 'nobody is named as its author')
  const referenced = [...listAt(item, 'referenced_tweets'), ...listAt(item, 'referenced_posts')]
  const named = (type: string): string | undefined =>
    idAt(
      referenced.find((it) => textAt(it, 'type') === type),
      'id',
    )
  if (named('retweeted') !== undefined) return []
  const note = objectAt(item, 'note_tweet') ?? objectAt(item, 'note_post')
  const text = plainText(note ?? item, 'text')
  const entities = field(note, 'entities') ?? field(item, 'entities')
  const keys = listAt(objectAt(item, 'attachments'), 'media_keys')
  const repliesTo = named('replied_to') ?? idAt(item, 'in_reply_to_tweet_id')
  const repliesToUser = idAt(item, 'in_reply_to_user_id')
  const quotes = named('quoted')
  const conversation = idAt(item, 'conversation_id')
  const post: Post = {
    id,
    root: rootOf(item, id),
    author: scene.person(author),
    text: plain(withFullAddresses(text, entities, fileAddresses(entities))),
    files: keyFiles(keys, scene),
    summoned: how.quotesUs === true || mentionsUs(listAt(entities, 'mentions'), text, scene),
    item,
    ...(conversation === undefined ? {} : { conversation }),
    ...(repliesTo === undefined ? {} : { repliesTo }),
    ...(repliesToUser === undefined ? {} : { repliesToUser }),
    ...(quotes === undefined ? {} : { quotes }),
  }
  return eventsOf(post, scene)
}
/** The vendor's list of edits, the first of which is what the post is known by; account activity has it in an object (enterprise page on edits, read 2026-11). */
function rootOf(item: Json, id: string): string {
  const history = objectAt(item, 'edit_history')
  const ids = [
    ...listAt(item, 'edit_history_tweet_ids'),
    ...listAt(item, 'edit_history_post_ids'),
    ...listAt(history, 'edit_tweet_ids'),
    field(history, 'initial_tweet_id'),
  ]
  const known = ids.filter((it): it is string => typeof it === 'string' && it !== '')
  return known.toSorted(idOrder)[0] ?? id
}
/** The short address of a post's own picture stands among its links, with the key of the file. */
const fileAddresses = (entities: unknown): readonly string[] =>
  listAt(entities, 'urls').flatMap((it) => (textAt(it, 'media_key') === undefined ? [] : (textAt(it, 'url') ?? [])))

/** Only who called us may be answered by a self-serve app: by id, or by the handle in the text where no ids are given. */
function mentionsUs(mentions: readonly unknown[], text: string, { us }: Scene): boolean {
  if (mentions.some((it) => postId(it) === us.userId)) return true
  if (us.username === undefined) return false
  const handle = us.username.toLowerCase()
  return [...text.matchAll(/(?<![\w@])@(\w{1,15})(?!\w)/g)].some(([, it]) => it?.toLowerCase() === handle)
}

export function readDelete(about: Json, at: Json, scene: Scene): Reading {
  const id = idAt(about, 'id')
  const author = idAt(about, 'user_id') ?? idAt(about, 'author_id')
  if (id === undefined || author === undefined) return unread('', 'it does not say whose post was deleted')
  return [
    {
      type: 'message.deleted',
      dedupe: `post ${id} deleted`,
      lane: `${scene.us.userId}/${postKey(id, author)}`,
      threadKeys: [postKey(id, author)],
      at: timeOf({ timestamp_ms: field(at, 'timestamp_ms') }, scene.receivedAt),
      data: { target: id, revision: deletedRevision, by: scene.person(author) },
    },
  ]
}
