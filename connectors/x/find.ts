// Looks at the vendor whether a reply whose answer was lost is there: in its conversation, or among our own posts.
import type { Edges, OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { idAt, listAt, objectAt, textAt, type Json } from '../_shared/read-json.ts'
import { callX } from './api.ts'
import type { Ask } from './compose.ts'
import { messageFields } from './feeds.ts'
import type { Ours, Way } from './sign-in.ts'
import { sentAs } from './send.ts'
import { timeOf } from './wire.ts'

/** A moment before it was asked for: clocks differ a little, and the same words from yesterday are another message. */
const slackMs = 10_000

/**
 * There is no key to ask by. What was said by us, in this conversation, after the reply was asked for, in the same words, is it;
 * "never had" is said only when everything since then was seen.
 */
export async function find(
  message: OutboundMessage,
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
  askedAt: Instant,
): Promise<SendOutcome> {
  const way: Way = { account, edges, signal }
  const answer = await callX(message.kind === 'post' ? ownPosts(message, way) : saidTo(message), way)
  if (answer.is === 'failed')
    return answer.outcome.is === 'account-down' ? answer.outcome : { is: 'unknown', why: answer.outcome.why }
  const items = listAt(answer.body, 'data')
  const from = Date.parse(askedAt) - slackMs
  const since = items.filter((item) => Date.parse(timeOf(item as Json, askedAt)) >= from)
  const found = since.find((item) => isIt(item as Json, message, account))
  if (found !== undefined) return sentAs(idAt(found, 'id') ?? '', message)
  const hasMore = textAt(objectAt(answer.body, 'meta'), 'next_token') !== undefined
  if (hasMore && since.length === items.length)
    return { is: 'unknown', why: 'More was said since than X shows at once; look into the conversation.' }
  return { is: 'try-later', afterSeconds: 0, scope: 'message', why: 'X has no such message' }
}

function saidTo({ vendor, to }: OutboundMessage): Ask {
  const { conversation } = vendor
  const fields = { max_results: 100, event_types: ['MessageCreate'] as never, ...messageFields }
  return (v2) =>
    conversation === undefined
      ? v2.listDmEventsWithParticipant(vendor['to'] ?? to.id, fields)
      : v2.listDmEventsOfConversation(conversation, fields)
}
/** Not in the sheet's table of limits, and as old as the API: the account's own posts, newest first. */
const ownPosts =
  ({ vendor }: OutboundMessage, { account }: Way): Ask =>
  (v2) =>
    v2.userTimeline(account.settings.userId, {
      max_results: 100,
      since_id: vendor['post'] ?? '1',
      'tweet.fields': ['created_at', 'author_id', 'referenced_tweets'] as never,
    })

function isIt(item: Json, message: OutboundMessage, { settings }: Ours): boolean {
  if (words(textAt(item, 'text') ?? '') !== words(message.text)) return false
  if (message.kind !== 'post') return idAt(item, 'sender_id') === settings.userId
  const referenced = [...listAt(item, 'referenced_tweets'), ...listAt(item, 'referenced_posts')]
  return referenced.some((it) => textAt(it, 'type') === 'replied_to' && idAt(it, 'id') === message.vendor['post'])
}
/** As the vendor gives a text back: addresses shortened, the signs of HTML written out, names of those answered before it. */
const words = (text: string): string =>
  text
    .replaceAll(/https?:\/\/\S+/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/^(?:@\w{1,15}\s+)+/, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
