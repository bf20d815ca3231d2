// Sends one reply, as a direct message or as a public answer, and says which of five outcomes it had; looks it up where that is not known.
import type { Edges, OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import { lengthOf } from '../../core/rules/text-length.ts'
import { idAt, objectAt, textAt, type Json } from '../_shared/read-json.ts'
import { callX } from './api.ts'
import { can } from './capabilities.ts'
import type { Ask } from './compose.ts'
import { linkTo, postKey } from './normalize/posts.ts'
import type { Ours, Way } from './sign-in.ts'
import { forgetUploads, uploaded } from './upload.ts'

export async function send(
  message: OutboundMessage,
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const way = { account, edges, signal }
  const problem = whyNot(message, account)
  if (problem !== null) return problem
  const files = await uploaded(message, way)
  if ('outcome' in files) return files.outcome
  const ask = message.kind === 'post' ? postOf(message, files.ids) : messageOf(message, files.ids)
  const answer = await callX(ask, way, { ours: message.ours })
  if (answer.is === 'ok' || answer.outcome.is === 'refused') forgetUploads(message)
  if (answer.is === 'failed') {
    if (answer.health !== null && answer.outcome.is === 'try-later') account.health(answer.health, answer.outcome.why)
    return answer.outcome
  }
  return sentIn(answer.body, message)
}

/** Said before the vendor is asked: a call that cannot work costs money and, for what looks automatic, the account's standing. */
function whyNot(message: OutboundMessage, { settings }: Ours): SendOutcome | null {
  const { max, unit } = (message.kind === 'post' ? can.post : can.dm).text
  const length = lengthOf(message.text, unit)
  if (length > max) {
    const why = `The text counts ${length}, and ${message.kind === 'post' ? 'a post' : 'a message'} may count ${max}; shorten it.`
    return { is: 'refused', code: 'too_long', why }
  }
  const { post, summoned } = message.vendor
  if (message.kind !== 'post' || summoned !== 'no' || settings.replies === 'any') return null
  return {
    is: 'refused',
    code: 'not_summoned',
    why: `X lets apps answer only posts that mention or quote the account. Answer this one by hand: ${linkTo(post ?? '')}`,
  }
}

type Media = [string] | [string, string] | [string, string, string] | [string, string, string, string]
function postOf({ text, vendor }: OutboundMessage, files: readonly string[]): Ask {
  const media = files.length === 0 ? {} : { media: { media_ids: [...files] as Media } }
  return (v2) => v2.tweet({ text, ...media, reply: { in_reply_to_tweet_id: vendor['post'] ?? '' } })
}
function messageOf({ text, vendor, to }: OutboundMessage, files: readonly string[]): Ask {
  const [file] = files
  const attachments = file === undefined ? {} : { attachments: [{ media_id: file }] as [{ media_id: string }] }
  const body = text === '' ? attachments : { text, ...attachments }
  const { conversation } = vendor
  return (v2) =>
    conversation === undefined
      ? v2.sendDmToParticipant(vendor['to'] ?? to.id, body as { text: string })
      : v2.sendDmInConversation(conversation, body as { text: string })
}

function sentIn(body: Json, message: OutboundMessage): SendOutcome {
  const data = objectAt(body, 'data')
  const externalId = idAt(data, 'dm_event_id') ?? textAt(data, 'id')
  return externalId === undefined ? { is: 'unknown', why: 'X said yes but gave no id' } : sentAs(externalId, message)
}
/** An answer to a post of ours may name only that post: it leads to the same conversation. */
export const sentAs = (externalId: string, { kind, vendor, to }: OutboundMessage): SendOutcome =>
  kind === 'post'
    ? { is: 'sent', externalId, keys: [postKey(externalId, vendor['author'] ?? to.id)] }
    : { is: 'sent', externalId }

/** Asks who the token belongs to: proves address, token and permission, and changes nothing. */
export async function test(account: Ours, edges: Edges, signal: AbortSignal) {
  const way: Way = { account, edges, signal }
  const answer = await callX((v2) => v2.get('users/me'), way)
  if (answer.is === 'failed') return { ok: false, why: answer.outcome.why }
  const me = objectAt(answer.body, 'data')
  const [id, name] = [idAt(me, 'id') ?? 'nobody', textAt(me, 'username') ?? 'unknown']
  if (id === account.settings.userId) return { ok: true, why: `X knows this account as @${name}` }
  return { ok: false, why: `The token is of @${name} (${id}), but the account’s userId is ${account.settings.userId}` }
}
