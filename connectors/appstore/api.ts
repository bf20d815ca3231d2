// Calls App Store Connect under a token of ours, and says what its answer means: for an answer that is sent, and for the poll.
import type { VendorAnswer, VendorRequest } from '../../core/ports/edges.ts'
import { heldTokens } from '../_shared/held-tokens.ts'
import { privateKeyIn, signedJwt } from '../_shared/jwt.ts'
import { isObject, listAt, textAt, type Json } from '../_shared/read-json.ts'
import { secretOr } from '../_shared/secret-or.ts'
import {
  callLimits,
  jsonIn,
  pauseOf,
  speakable,
  unanswered,
  type Answered,
  type Failed,
  type StoreWay,
} from '../_shared/store-calls.ts'
import { baseOf, type SecretName, type Settings } from './settings.ts'

export type Ours = Way['account']
export type Way = StoreWay<Settings, SecretName>
export interface Call {
  readonly method: VendorRequest['method']
  /** Below the base, or a whole address of the same host. */
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
}
export type Got =
  | { readonly is: 'ok'; readonly body: Json; readonly bytes: Uint8Array; readonly rate: Rate | null }
  | { readonly is: 'failed'; readonly status: number; readonly outcome: Failed; readonly bytes: Uint8Array }
/** Of the hour, for everybody who uses this key. */
export interface Rate {
  readonly limit: number
  readonly left: number
}

/** Apple refuses more than twenty minutes. Renewed at four fifths of it; clocks may differ by half a minute. */
const lifeSeconds = 15 * 60
const skewSeconds = 30
const tokens = heldTokens<{ readonly outcome: Failed }>()
const nobody = new Uint8Array()

export async function ask(call: Call, way: Way): Promise<Got> {
  const first = await once(call, way)
  // Revoked, or made by a clock that was wrong: one new token tells.
  if (first.is === 'failed' && first.status === 401) return once(call, way)
  return first
}

async function once(call: Call, way: Way): Promise<Got> {
  const key = await secretOr(way.account, 'privateKey')
  const bearer = await bearerOf(key, way)
  if (typeof bearer !== 'string') return { is: 'failed', status: 0, outcome: bearer.outcome, bytes: nobody }
  const url = /^https?:/.test(call.path) ? call.path : `${baseOf(way.account.settings)}/${call.path}`
  const { method, body } = call
  const headers = { authorization: `Bearer ${bearer}`, accept: 'application/json' }
  const answer = await way.edges.http.call(
    { method, url, headers, ...callLimits, ...(body === undefined ? {} : { body }) },
    way.signal,
  )
  const got = gotOf(answer, [bearer, key ?? ''])
  if (got.is === 'failed' && got.status === 401) tokens.drop(bearer)
  return got
}

function bearerOf(key: string | null, { account, edges }: Way): Promise<string | { readonly outcome: Failed }> {
  const { keyId, issuerId } = account.settings
  const now = Date.parse(edges.clock.now())
  return tokens.get([keyId, issuerId ?? '', key ?? ''], now, () => {
    const pem = key === null ? null : privateKeyIn(key, 'ec')
    if (pem === null) return Promise.resolve({ outcome: noKey(account.id, key) })
    const iat = Math.floor(now / 1000) - skewSeconds
    const who = issuerId === undefined ? { sub: 'user' } : { iss: issuerId }
    const claims = { ...who, iat, exp: iat + lifeSeconds, aud: 'appstoreconnect-v1' }
    const token = signedJwt({ alg: 'ES256', kid: keyId, key: pem, claims })
    return Promise.resolve({ token, goodForMs: lifeSeconds * 800 })
  })
}
const noKey = (account: string, key: string | null): Failed => ({
  is: 'account-down',
  why: `${account}: the privateKey is ${key === null ? 'not set' : 'no EC key on P-256'}; give the account the text of the .p8 file`,
})

/** By the class of HTTP; Apple's own code is kept for whoever reads the log (sheet, section 7). */
export function gotOf(answer: VendorAnswer, secrets: readonly string[]): Got {
  if (answer.is !== 'answer') return { is: 'failed', status: 0, outcome: unanswered(answer), bytes: nobody }
  const body = jsonIn(answer.body)
  const { status } = answer
  if (status >= 200 && status < 300 && body !== null)
    return { is: 'ok', body, bytes: answer.body, rate: rateOf(answer) }
  return { is: 'failed', status, outcome: outcomeOf(answer, saidIn(body, secrets)), bytes: answer.body }
}

function outcomeOf(answer: Answered, said: { readonly code: string; readonly words: string }): Failed {
  const { status } = answer
  const why = `App Store Connect answered HTTP ${status}: ${said.words}`
  if (status === 401)
    return { is: 'account-down', why: `${why}. Is the key still there, and this machine's clock right?` }
  if (status === 403)
    return {
      is: 'account-down',
      why: `${why}. Give the key a role that may answer reviews, and look for agreements to sign.`,
    }
  if (status >= 300 && status < 400) return { is: 'account-down', why: `${why}. apiBase leads elsewhere.` }
  if (status === 429) {
    const patience = rateOf(answer)?.left === 0 ? 300 : 30
    return { is: 'try-later', afterSeconds: pauseOf(answer, patience), scope: 'account', why }
  }
  if (status >= 400 && status < 500) return { is: 'refused', code: said.code, why: `${why}${hintOf(status)}` }
  return { is: 'unknown', why: status < 300 ? 'App Store Connect said yes in words that are not JSON' : why }
}
const hintOf = (status: number): string => (status === 404 ? ' The review is gone; it can no longer be answered.' : '')

function saidIn(body: Json | null, secrets: readonly string[]): { readonly code: string; readonly words: string } {
  const errors = listAt(body, 'errors').filter(isObject)
  const words = errors.map((it) => textAt(it, 'detail') ?? textAt(it, 'title')).filter((it) => it !== undefined)
  const code = textAt(errors[0], 'code') ?? 'vendor'
  return { code: speakable(code, secrets), words: speakable(`${words.join('; ') || 'no words'} (${code})`, secrets) }
}

/** `user-hour-lim:3500;user-hour-rem:500;` */
export function rateOf({ headers }: Pick<Answered, 'headers'>): Rate | null {
  const said = headers['x-rate-limit'] ?? ''
  const [limit, left] = [/user-hour-lim:(\d+)/.exec(said)?.[1], /user-hour-rem:(\d+)/.exec(said)?.[1]]
  return limit === undefined || left === undefined ? null : { limit: Number(limit), left: Number(left) }
}
