// Sends one reply: privately to a person, in public under a comment or mention, or once privately to whoever wrote the comment.
import type { Edges, OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import { plusHours } from '../../core/rules/durations.ts'
import { lengthOf } from '../../core/rules/text-length.ts'
import type { Attachment } from '../../schemas/message.ts'
import { failedWith, type Failed } from '../_shared/meta-account.ts'
import { planDm, refuse, type Body } from '../_shared/meta-dm/outgoing.ts'
import { sendBy, sendCall, type Sent } from '../_shared/meta-dm/send.ts'
import { callGraph, type Graph } from '../_shared/meta-graph.ts'
import { graphOf, type OurAccount } from './graph.ts'
import { commentMax, dmRules, linkHours } from './limits.ts'
import { senderOf, type Settings } from './settings.ts'

/** No key of ours comes back and nothing can be asked: after `unknown` the echo tells, by its id or its words, so there is no `find`. */
export async function send(
  message: OutboundMessage,
  account: OurAccount,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const graph = await graphOf(account, edges, signal)
  if ('is' in graph) return graph.outcome
  return sendBy(message, { account, way: { graph, edges, settings: account.settings }, inPublic, inPrivate })
}

interface Way {
  readonly graph: Graph
  readonly edges: Edges
  readonly settings: Settings
}
const refused = (code: string, why: string): Failed => failedWith(refuse(code, why))

async function inPrivate(message: OutboundMessage, way: Way): Promise<Sent | Failed> {
  const { vendor, to, repliesTo, kind } = message
  const recipient: Body =
    kind === 'comment' ? { comment_id: repliesTo[0] ?? vendor['target'] ?? '' } : { id: vendor['user'] ?? to.id }
  const planned = planDm(message, recipient, dmRules)
  if (planned.is === 'refused') return failedWith(planned)
  const payload = planned.file === null ? null : await addressOf(planned.file, way)
  if (payload !== null && 'is' in payload) return payload as Failed
  const path = `${senderOf(way.settings)}/messages`
  return sendCall(path, planned.body(payload), { graph: way.graph, instead: `reaction:${message.ours}` })
}

/** The vendor fetches a file from an address of ours, which ends by itself. */
async function addressOf(file: Attachment, { edges }: Way): Promise<Body | Failed> {
  const until = plusHours(edges.clock.now(), linkHours)
  const url = until === null ? null : await edges.linkTo(file.id, until)
  if (url !== null && url.startsWith('https://')) return { url }
  return refused(
    'no_public_address',
    'Instagram fetches files from this gateway, and the world does not reach it: set INLET_PUBLIC_URL to its https address, or send a link as text.',
  )
}

/** An answer lands under the top-level comment whichever of its answers it is for; live ones take none (sheet section 6). */
async function inPublic(message: OutboundMessage, way: Way): Promise<Sent | Failed> {
  const { text, vendor } = message
  if (text.trim() === '') return refused('empty', 'There is nothing to send: no text')
  if (lengthOf(text, 'utf16') > commentMax) return refused('too_long', `A comment takes up to ${commentMax} characters`)
  if (vendor['live'] !== undefined)
    return refused(
      'live_comment',
      'A comment of a live broadcast takes no public answer: answer privately, with the part private_reply.',
    )
  const done = await sendCall(pathOf(message, way.settings), { message: text, ...mentionOf(message) }, way)
  return done.is === 'sent' ? { ...done, keys: [`instagram.comment:${done.externalId}`] } : done
}
const isMention = ({ vendor }: OutboundMessage): boolean =>
  vendor['mentionMedia'] !== undefined || vendor['mentionComment'] !== undefined
const pathOf = (message: OutboundMessage, settings: Settings): string =>
  isMention(message) ? `${settings.accountId}/mentions` : `${encodeURIComponent(message.vendor['root'] ?? '')}/replies`
function mentionOf({ vendor }: OutboundMessage): Body {
  const { mentionMedia: media, mentionComment: comment } = vendor
  return {
    ...(media === undefined ? {} : { media_id: media }),
    ...(comment === undefined ? {} : { comment_id: comment }),
  }
}

/** Reads the account's own record: proves address, token and permission, and changes nothing. */
export async function test(account: OurAccount, edges: Edges, signal: AbortSignal) {
  const graph = await graphOf(account, edges, signal)
  if ('is' in graph) return { ok: false, why: graph.outcome.why }
  const answer = await callGraph(
    { method: 'GET', path: account.settings.accountId, query: { fields: 'username,name' } },
    graph,
  )
  if (answer.is === 'failed') return { ok: false, why: answer.outcome.why }
  const name = answer.body['username'] ?? answer.body['name']
  return {
    ok: true,
    why: `Instagram knows this account as ${typeof name === 'string' && name !== '' ? name : 'one without a name'}`,
  }
}
