// Sends one reply: privately to a person, in public under a comment, or once privately to whoever wrote the comment.
import type { Edges, OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import { lengthOf } from '../../core/rules/text-length.ts'
import type { Attachment } from '../../schemas/message.ts'
import { failedWith, type Failed } from '../_shared/meta-account.ts'
import { planDm, refuse, shownAs, type Body } from '../_shared/meta-dm/outgoing.ts'
import { sendBy, sendCall, type Sent } from '../_shared/meta-dm/send.ts'
import { callGraph, type Graph } from '../_shared/meta-graph.ts'
import { againSoon, bytesToSend, fileNameOf } from '../_shared/meta-upload.ts'
import { graphOf, type PageAccount } from './graph.ts'
import { commentMax, dmRules } from './limits.ts'

const uploadTimeoutMs = 120_000

/** There is no read-back: after `unknown` only the echo with our key tells whether it went out (sheet section 6), so there is no `find`. */
export async function send(
  message: OutboundMessage,
  account: PageAccount,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const graph = await graphOf(account, edges, signal)
  if ('is' in graph) return graph.outcome
  return sendBy(message, { account, way: { graph, edges, page: account.settings.pageId }, inPublic, inPrivate })
}

interface Way {
  readonly graph: Graph
  readonly edges: Edges
  readonly page: string
}

async function inPrivate(message: OutboundMessage, way: Way): Promise<Sent | Failed> {
  const recipient = recipientOf(message)
  const planned = planDm(message, recipient, dmRules)
  if (planned.is === 'refused') return failedWith(planned)
  const payload = planned.file === null ? null : await upload(planned.file, way)
  if (payload !== null && 'is' in payload) return payload as Failed
  return sendCall(`${way.page}/messages`, planned.body(payload), way)
}

/** The answered comment where one was named; else the newest of the conversation. */
const targetOf = ({ repliesTo, vendor }: OutboundMessage): string => repliesTo[0] ?? vendor['target'] ?? ''
function recipientOf(message: OutboundMessage): Body {
  const { vendor, to, kind } = message
  if (kind === 'comment')
    return vendor['of'] === 'post' && message.repliesTo.length === 0
      ? { post_id: targetOf(message) }
      : { comment_id: targetOf(message) }
  return vendor['userRef'] === undefined ? { id: vendor['user'] ?? to.id } : { user_ref: vendor['userRef'] }
}

/** Whatever is answered under our comment finds the conversation by its id. */
async function inPublic(message: OutboundMessage, way: Way): Promise<Sent | Failed> {
  const { text } = message
  if (text.trim() === '') return failedWith(refuse('empty', 'There is nothing to send: no text'))
  if (lengthOf(text, 'utf16') > commentMax)
    return failedWith(refuse('too_long', `A comment takes up to ${commentMax} characters`))
  const done = await sendCall(`${encodeURIComponent(targetOf(message))}/comments`, { message: text }, way)
  return done.is === 'sent' ? { ...done, keys: [`messenger.comment:${done.externalId}`] } : done
}

async function upload(attachment: Attachment, { graph, edges, page }: Way): Promise<Body | Failed> {
  const bytes = await bytesToSend(attachment, edges)
  if (!(bytes instanceof Uint8Array)) return bytes
  const type = shownAs(attachment, dmRules)
  const form = new FormData()
  form.set('message', JSON.stringify({ attachment: { type, payload: { is_reusable: false } } }))
  form.set('filedata', new Blob([new Uint8Array(bytes)], { type: attachment.type }), fileNameOf(attachment))
  const call = { method: 'POST', path: `${page}/message_attachments`, body: form, timeoutMs: uploadTimeoutMs } as const
  const answer = await callGraph(call, graph)
  const why = (found: string): string => `The upload of ${attachment.name} did not end well: ${found}`
  if (answer.is === 'failed') return answer.outcome.is === 'unknown' ? againSoon(why(answer.outcome.why)) : answer
  const id = answer.body['attachment_id']
  return typeof id === 'string' ? { attachment_id: id } : againSoon(why('the vendor gave no id'))
}

/** Reads the page's own record: proves address, token and permission, and changes nothing. */
export async function test(account: PageAccount, edges: Edges, signal: AbortSignal) {
  const graph = await graphOf(account, edges, signal)
  if ('is' in graph) return { ok: false, why: graph.outcome.why }
  const answer = await callGraph({ method: 'GET', path: account.settings.pageId, query: { fields: 'name' } }, graph)
  if (answer.is === 'failed') return { ok: false, why: answer.outcome.why }
  const name = answer.body['name']
  return {
    ok: true,
    why: `Meta knows this page as ${typeof name === 'string' && name !== '' ? name : 'a page without a name'}`,
  }
}
