// One call to the API as this account: signed in, sent, renewed once where the token was refused, and its answer judged by the table.
import { hash } from 'node:crypto'
import type { SendOutcome } from '../../core/ports/channel.ts'
import type { VendorAnswer, VendorRequest } from '../../core/ports/edges.ts'
import type { Json } from '../_shared/read-json.ts'
import { composed, type Ask, type Credentials } from './compose.ts'
import { failed, failureOf, jsonOf, type Failed } from './errors.ts'
import { defaultApi } from './settings.ts'
import { signIn, type SignedIn, type Way } from './sign-in.ts'

export type Answered =
  | {
      readonly is: 'ok'
      readonly body: Json
      readonly bytes: Uint8Array
      readonly headers: Readonly<Record<string, string>>
    }
  | Failed
export interface How {
  /** Of the reply: X ignores it, a proxy or a log in between need not. */
  readonly ours?: string
  readonly maxBytes?: number
  readonly timeoutMs?: number
}
/** What `twitter-api-v2` composes, or a request it cannot (files in pieces), which gets the authorization beside it. */
export type Call = Ask | Pick<VendorRequest, 'method' | 'url' | 'body'>

const usual = { timeoutMs: 20_000, maxBytes: 2_000_000 } as const

export async function callX(call: Call, way: Way, how: How = {}): Promise<Answered> {
  const first = await signIn(way)
  if (first.is === 'none') return notSignedIn(first)
  const answer = await sent(call, first, { way, how })
  if (answer.is !== 'answer' || answer.status !== 401 || first.is !== 'bearer') return judged(answer, first, way)
  const again = await signIn(way, first.token)
  if (again.is === 'none') return notSignedIn(again)
  return judged(await sent(call, again, { way, how }), again, way)
}

function notSignedIn({ cause, why }: Extract<SignedIn, { is: 'none' }>): Failed {
  const outcome: Exclude<SendOutcome, { is: 'sent' }> =
    cause === 'auth' ? { is: 'account-down', why } : { is: 'try-later', afterSeconds: 30, scope: 'account', why }
  return failed(outcome)
}

async function sent(
  call: Call,
  as: Credentials,
  { way, how }: { readonly way: Way; readonly how: How },
): Promise<VendorAnswer> {
  const { apiBase = defaultApi } = way.account.settings
  const made = typeof call === 'function' ? await composed(call, as, apiBase) : await withProof(call, as, apiBase)
  const key: Readonly<Record<string, string>> = how.ours === undefined ? {} : { 'idempotency-key': how.ours }
  const { ours: _ours, ...bounds } = how
  return way.edges.http.call({ ...made, headers: { ...made.headers, ...key }, ...usual, ...bounds }, way.signal)
}
/** Multipart bodies are not part of what OAuth signs, so a call without one has the same proof. */
async function withProof(call: Exclude<Call, Ask>, as: Credentials, apiBase: string) {
  const path = call.url
  const { headers = {}, url } = await composed((v2) => v2.post(path), as, apiBase)
  return { ...call, url, headers }
}

function judged(answer: VendorAnswer, as: Credentials, way: Way): Answered {
  const secrets = as.is === 'bearer' ? [as.token] : [as.accessToken, as.accessSecret, as.appSecret]
  const nowMs = Date.parse(way.edges.clock.now())
  const failure = failureOf(answer, { secrets, nowMs, jitterSeconds: jitterOf(way.account.id) })
  if (failure !== null) return failure
  if (answer.is !== 'answer') return failed({ is: 'unknown', why: 'there was no answer' })
  const body = jsonOf(answer.body)
  if (body !== null) return { is: 'ok', body, bytes: answer.body, headers: answer.headers }
  // An accepted piece of a file has no body.
  if (answer.body.byteLength === 0) return { is: 'ok', body: {}, bytes: answer.body, headers: answer.headers }
  return failed({ is: 'unknown', why: `HTTP ${answer.status} with a body that is not a JSON object` }, answer.status)
}

/** Accounts of one app share its limits: they come back one after the other. */
const jitterOf = (account: string): number => Number.parseInt(hash('sha256', account, 'hex').slice(0, 2), 16) % 5
