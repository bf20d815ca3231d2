// Sends one reply as one vendor message and says what became of it.
import type { Edges, OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import { failedWith, type Failed } from '../_shared/meta-account.ts'
import { callGraph, type Graph } from '../_shared/meta-graph.ts'
import { againSoon, bytesToSend, fileNameOf } from '../_shared/meta-upload.ts'
import { graphOf, type SendAccount } from './account-graph.ts'
import type { OutgoingFile } from './outgoing-content.ts'
import { plan, type Plan } from './outgoing.ts'

const uploadTimeoutMs = 120_000
const uploadFailed = 131_053

/** There is no read-back at WhatsApp: after `unknown` only a status webhook with our key tells (sheet section 6), so there is no `find`. */
export async function send(
  message: OutboundMessage,
  account: SendAccount,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const planned = plan(message)
  if (planned.is === 'refused') return planned
  const graph = await graphOf(account, edges, signal)
  if ('is' in graph) return graph.outcome
  const once = () => attempt(planned, { phone: account.settings.phoneNumberId, graph, edges })
  const first = await once()
  // A file the vendor lost between upload and message is worth one new upload, not more (sheet section 8).
  const done =
    planned.file !== null && first.is === 'failed' && first.error?.code === uploadFailed ? await once() : first
  if (done.is === 'sent') return done
  if (done.health !== null) account.health(done.health, done.outcome.why)
  return done.outcome
}

interface Way {
  readonly phone: string
  readonly graph: Graph
  readonly edges: Edges
}
type Sent = Extract<SendOutcome, { is: 'sent' }>

async function attempt(planned: Extract<Plan, { is: 'plan' }>, way: Way): Promise<Sent | Failed> {
  const mediaId = planned.file === null ? '' : await upload(planned.file, way)
  if (typeof mediaId !== 'string') return mediaId
  const answer = await callGraph(
    { method: 'POST', path: `${way.phone}/messages`, body: planned.body(mediaId) },
    way.graph,
  )
  if (answer.is === 'failed') return answer
  const id = idIn(Array.isArray(answer.body['messages']) ? answer.body['messages'][0] : null)
  if (id !== null) return { is: 'sent', externalId: id }
  return failedWith({ is: 'unknown', why: 'The vendor said yes but gave no message id' })
}

/** Nothing reaches the customer by an upload, so whatever is not certain here may simply be tried again. */
async function upload(file: OutgoingFile, way: Way): Promise<string | Failed> {
  const bytes = await bytesToSend(file.attachment, way.edges)
  if (!(bytes instanceof Uint8Array)) return bytes
  const form = new FormData()
  form.set('messaging_product', 'whatsapp')
  form.set('type', file.type)
  form.set('file', new Blob([new Uint8Array(bytes)], { type: file.type }), fileNameOf(file.attachment))
  const call = { method: 'POST', path: `${way.phone}/media`, body: form, timeoutMs: uploadTimeoutMs } as const
  const answer = await callGraph(call, way.graph)
  const why = (found: string): string => `The upload of ${file.attachment.name} did not end well: ${found}`
  if (answer.is === 'ok') return idIn(answer.body) ?? againSoon(why('the vendor gave no media id'))
  return answer.outcome.is === 'unknown' ? againSoon(why(answer.outcome.why)) : answer
}

const idIn = (holder: unknown): string | null => {
  const id = typeof holder === 'object' && holder !== null && 'id' in holder ? holder.id : null
  return typeof id === 'string' && id !== '' ? id : null
}

/** Marks this message and all before it as read; the vendor takes it for 30 days. */
export async function markSeen(
  externalId: string,
  account: SendAccount,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const graph = await graphOf(account, edges, signal)
  if ('is' in graph) return graph.outcome
  const body = { messaging_product: 'whatsapp', status: 'read', message_id: externalId }
  const answer = await callGraph({ method: 'POST', path: `${account.settings.phoneNumberId}/messages`, body }, graph)
  return answer.is === 'ok' ? { is: 'sent', externalId } : answer.outcome
}

/** Reads the number's own record: proves address, token and permission, and changes nothing. */
export async function test(
  account: SendAccount,
  edges: Edges,
  signal: AbortSignal,
): Promise<{ readonly ok: boolean; readonly why: string }> {
  const graph = await graphOf(account, edges, signal)
  if ('is' in graph) return { ok: false, why: graph.outcome.why }
  const fields = 'display_phone_number,verified_name,quality_rating'
  const answer = await callGraph({ method: 'GET', path: account.settings.phoneNumberId, query: { fields } }, graph)
  if (answer.is === 'failed') return { ok: false, why: answer.outcome.why }
  const { display_phone_number: number, verified_name: name, quality_rating: quality } = answer.body
  return { ok: true, why: `WhatsApp knows this number as ${said(number)} (${said(name)}), quality ${said(quality)}` }
}
const said = (value: unknown): string => (typeof value === 'string' && value !== '' ? value : 'unknown')
