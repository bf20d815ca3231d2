// Payloads as the vendor writes them: activity events by default, the legacy account activity where a test wants it.
import { signatureOf } from '../../_shared/hmac-signature.ts'
import type { KnockOptions } from '../../../core/ports/stand-in.ts'
import type { Posted, Said, Us, Vendor } from './vendor.ts'

type Fields = Readonly<Record<string, unknown>>
export const bytesOf = (call: Fields): Uint8Array => new TextEncoder().encode(JSON.stringify(call))

/** `hex`: as a careless proof would compare. */
export function signedHeaders(
  bytes: Uint8Array,
  secret: string,
  how: NonNullable<KnockOptions['signature']> = 'right',
): readonly (readonly [string, string])[] {
  const signed = signatureOf(bytes, how === 'wrong' ? `not ${secret}` : secret, 'base64')
  const times = how === 'missing' ? 0 : how === 'doubled' ? 2 : 1
  const proofs = Array.from({ length: times }, () => ['x-twitter-webhooks-signature', signed] as const)
  return [['content-type', 'application/json'], ...proofs]
}

const noEntities = { hashtags: [], symbols: [], user_mentions: [], urls: [] }
function messageEvent(said: Said, us: Us, vendor: Vendor): Fields {
  const isOurs = said.sender === us.id
  const other = said.conversation.split('-').find((it) => it !== us.id) ?? ''
  const file = said.media === undefined ? undefined : vendor.files.get(said.media)
  const short = `https://t.co/${said.id.slice(-10)}`
  const media = {
    id_str: said.media,
    media_url_https: said.media,
    url: short,
    type: file?.type === 'video/mp4' ? 'video' : 'photo',
  }
  return {
    type: 'message_create',
    id: said.id,
    created_timestamp: String(said.at),
    message_create: {
      target: { recipient_id: isOurs ? other : us.id },
      sender_id: said.sender,
      message_data: {
        text: said.media === undefined ? said.text : `${said.text} ${short}`,
        entities: noEntities,
        ...(said.media === undefined ? {} : { attachment: { type: 'media', media } }),
      },
    },
  }
}
const personOf = (id: string, vendor: Vendor): Fields => ({ id, ...vendor.nameOf(id) })

/** Several in one call, with flat users: the legacy form. */
export function accountActivity(said: readonly Said[], us: Us, vendor: Vendor): Fields {
  const people = new Set([us.id, ...said.flatMap((it) => it.conversation.split('-'))])
  const users = [...people].map((id) => {
    const { username, name } = vendor.nameOf(id)
    return [id, { id, screen_name: username, name }]
  })
  return {
    for_user_id: us.id,
    direct_message_events: said.map((it) => messageEvent(it, us, vendor)),
    users: Object.fromEntries(users) as Fields,
  }
}
const activity = (type: string, us: Us, payload: Fields, vendor: Vendor, includes?: Fields): Fields => ({
  data: {
    event_uuid: `-${vendor.chance.digits(18, 'event', vendor.key('event'))}`,
    filter: { user_id: us.id },
    event_type: type,
    tag: type,
    payload,
    ...(includes === undefined ? {} : { includes }),
  },
})
export function messageActivity(said: Said, us: Us, vendor: Vendor): Fields {
  const people = [us.id, ...said.conversation.split('-').filter((it) => it !== us.id)]
  const users = Object.fromEntries(people.map((id) => [id, { data: personOf(id, vendor) }]))
  const type = said.sender === us.id ? 'dm.sent' : 'dm.received'
  return activity(type, us, { direct_message_events: [messageEvent(said, us, vendor)], users }, vendor)
}
export function chatActivity(id: string, sender: string, us: Us, vendor: Vendor): Fields {
  const payload = {
    id,
    created_at_msec: String(vendor.now()),
    sender_id: sender,
    conversation_id: vendor.conversationWith(sender).replace('-', ':'),
    encoded_event: 'CwABAAAAEzIwODA0MDA4MjUyMjcxMDAxNjALAAIA',
  }
  return activity('chat.received', us, payload, vendor)
}

/** A post as the API gives it, in webhooks and pages alike. */
export function postFields(post: Posted, us: Us): Fields {
  const at = post.text.indexOf(`@${us.username}`)
  const mention = { start: at, end: at + us.username.length + 1, username: us.username, id: us.id }
  const referenced = [
    ...(post.repliesTo === undefined ? [] : [{ type: 'replied_to', id: post.repliesTo }]),
    ...(post.quotes === undefined ? [] : [{ type: 'quoted', id: post.quotes }]),
  ]
  return {
    id: post.id,
    text: post.text,
    author_id: post.author,
    conversation_id: post.conversation,
    created_at: new Date(post.at).toISOString(),
    edit_history_tweet_ids: post.edits,
    ...(post.repliesToUser === undefined ? {} : { in_reply_to_user_id: post.repliesToUser }),
    ...(referenced.length === 0 ? {} : { referenced_tweets: referenced }),
    ...(at === -1 ? {} : { entities: { mentions: [mention] } }),
  }
}
export function postActivity(type: string, post: Posted, us: Us, vendor: Vendor): Fields {
  const users = [personOf(post.author, vendor), personOf(us.id, vendor)]
  return activity(type, us, postFields(post, us), vendor, { users })
}
export const deleteActivity = (post: Posted, us: Us, vendor: Vendor): Fields =>
  activity('post.delete', us, { id: post.id, author_id: post.author }, vendor, { users: [{}] })

/** Our own post, as the legacy activity shows it back. */
export function ownPost(post: Posted, us: Us, vendor: Vendor): Fields {
  const { username: screen_name, name } = vendor.nameOf(us.id)
  const tweet = {
    created_at: new Date(post.at).toUTCString(),
    id_str: post.id,
    text: post.text,
    truncated: false,
    in_reply_to_status_id_str: post.repliesTo ?? null,
    in_reply_to_user_id_str: post.repliesToUser ?? null,
    user: { id_str: us.id, screen_name, name },
    entities: noEntities,
    timestamp_ms: String(post.at),
  }
  return { for_user_id: us.id, user_has_blocked: 'false', tweet_create_events: [tweet] }
}
export const readMark = (reader: string, last: string, us: Us, vendor: Vendor): Fields => ({
  for_user_id: us.id,
  direct_message_mark_read_events: [
    {
      created_timestamp: String(vendor.now()),
      sender_id: reader,
      target: { recipient_id: us.id },
      last_read_event_id: last,
    },
  ],
})
