// Sends one reply, and says which of five outcomes it had.
import { isGatewayError } from '../../core/errors.ts'
import type { Account, Edges, OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import type { VendorAnswer, VendorRequest } from '../../core/ports/edges.ts'
import { idAt, isObject, textAt } from '../_shared/read-json.ts'
import type { SecretName, Settings } from './settings.ts'

type Ours = Account<Settings, SecretName>
type Failed = Exclude<SendOutcome, { is: 'sent' }>
const limits = { timeoutMs: 20_000, maxBytes: 100_000 } as const

export async function send(
  message: OutboundMessage,
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const { text, ours, vendor, to } = message
  const body = { to: vendor['to'] ?? to.id, text, ours }
  return sentOr(await called({ method: 'POST', path: 'messages', body }, account, { edges, signal }))
}

/** The vendor keeps our key, so it can be asked whether a message whose answer was lost arrived. */
export async function find(
  message: OutboundMessage,
  account: Ours,
  edges: Edges,
  signal: AbortSignal,
): Promise<SendOutcome> {
  const path = `messages?ours=${encodeURIComponent(message.ours)}`
  const answer = await called({ method: 'GET', path }, account, { edges, signal })
  const isMissing = answer.is === 'refused' && answer.code === '404'
  return isMissing
    ? { is: 'try-later', afterSeconds: 0, scope: 'message', why: 'The vendor never had it' }
    : sentOr(answer)
}

export async function test(account: Ours, edges: Edges, signal: AbortSignal) {
  const answer = await called({ method: 'GET', path: 'me' }, account, { edges, signal })
  return answer.is === 'ok' ? { ok: true, why: 'The vendor knows this token' } : { ok: false, why: answer.why }
}

type Answered = { readonly is: 'ok'; readonly body: unknown } | Failed
const sentOr = (answer: Answered): SendOutcome => {
  if (answer.is !== 'ok') return answer
  const externalId = idAt(answer.body, 'id')
  return externalId === undefined
    ? { is: 'unknown', why: 'The vendor said yes but gave no id' }
    : { is: 'sent', externalId }
}

interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: NonNullable<VendorRequest['body']>
}
async function called(
  call: Call,
  account: Ours,
  by: { readonly edges: Edges; readonly signal: AbortSignal },
): Promise<Answered> {
  const token = await tokenOf(account)
  if (token === null)
    return { is: 'account-down', why: `${account.id}: the accessToken is not set; give the account one` }
  const { path, ...request } = call
  const url = `${account.settings.apiBase.replace(/\/+$/, '')}/${path}`
  const headers = { authorization: `Bearer ${token}` }
  return outcomeOf(await by.edges.http.call({ ...request, url, headers, ...limits }, by.signal), token)
}
async function tokenOf(account: Ours): Promise<string | null> {
  try {
    return await account.secret('accessToken')
  } catch (error) {
    if (isGatewayError(error, 'settings.invalid')) return null
    throw error
  }
}

/** The sheet's error table: write the vendor's own here. Only what it calls "not done" is try-later; a 5xx says nothing and is unknown. */
function outcomeOf(answer: VendorAnswer, token: string): Answered {
  if (answer.is === 'not-sent') return { is: 'try-later', afterSeconds: 5, scope: 'account', why: answer.why }
  if (answer.is === 'unknown') return { is: 'unknown', why: answer.why }
  const body = jsonOf(answer.body)
  const { status } = answer
  if (status === 200) return body === null ? { is: 'unknown', why: 'The answer was not JSON' } : { is: 'ok', body }
  const said = textAt(body, 'error')?.replaceAll(token, '[secret]').slice(0, 300) ?? 'no words'
  const why = `The vendor answered HTTP ${status}: ${said}`
  if (status === 401) return { is: 'account-down', why }
  if (status === 429)
    return { is: 'try-later', afterSeconds: Number(answer.headers['retry-after'] ?? 60), scope: 'account', why }
  return status >= 500 ? { is: 'unknown', why } : { is: 'refused', code: String(status), why }
}
function jsonOf(bytes: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return isObject(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
