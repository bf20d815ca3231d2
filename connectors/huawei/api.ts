// Calls AppGallery Connect under a token of the same host; an HTTP 200 that says failure is one.
import type { VendorAnswer, VendorRequest } from '../../core/ports/edges.ts'
import { heldTokens, type Fresh } from '../_shared/held-tokens.ts'
import { idAt, textAt, type Json } from '../_shared/read-json.ts'
import { StoreTrouble } from '../_shared/reviews/trouble.ts'
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
import { meansOf, outcomeOfCode } from './errors.ts'
import { baseOf, type SecretName, type Settings } from './settings.ts'
import { verdictOf } from './wire.ts'

export type Ours = Way['account']
export type Way = StoreWay<Settings, SecretName>
export interface Call {
  readonly method: VendorRequest['method']
  readonly url: string
  readonly body?: Readonly<Record<string, unknown>>
  /** Ours, the same for every try of one reply. */
  readonly requestId?: string
}
export type Got =
  | { readonly is: 'ok'; readonly body: Json; readonly bytes: Uint8Array }
  | {
      readonly is: 'failed'
      readonly status: number
      readonly code: string
      readonly outcome: Failed
      readonly bytes: Uint8Array
    }
const nobody = new Uint8Array()

/** Of two days; renewed an hour before. */
const usualSeconds = 172_800
const earlySeconds = 3_600
const tokens = heldTokens<Failed>()

export async function ask(call: Call, way: Way): Promise<Got> {
  const first = await once(call, way)
  const isTokenDead = first.is === 'failed' && (first.status === 401 || meansOf(first.code)?.is === 'token')
  return isTokenDead && first.status !== 403 ? once(call, way) : first
}

async function once({ method, url, body, requestId }: Call, way: Way): Promise<Got> {
  const { settings } = way.account
  const secret = await secretOr(way.account, 'clientSecret')
  const bearer = await tokens.get(
    [baseOf(settings), settings.clientId, secret ?? ''],
    Date.parse(way.edges.clock.now()),
    () => asked(secret, way),
  )
  if (typeof bearer !== 'string') return { is: 'failed', status: 0, code: '', outcome: bearer, bytes: nobody }
  const headers = {
    authorization: `Bearer ${bearer}`,
    client_id: settings.clientId,
    'content-type': 'application/json',
    ...(requestId === undefined ? {} : { requestId }),
  }
  const answer = await way.edges.http.call(
    { method, url, headers, ...callLimits, ...(body === undefined ? {} : { body }) },
    way.signal,
  )
  const got = gotOf(answer, [bearer, secret ?? ''])
  if (got.is === 'failed' && (got.status === 401 || meansOf(got.code)?.is === 'token')) tokens.drop(bearer)
  return got
}

async function asked(secret: string | null, { account, edges, signal }: Way): Promise<Fresh | Failed> {
  const { clientId } = account.settings
  if (secret === null)
    return {
      is: 'account-down',
      why: `${account.id}: the clientSecret is not set; give the account the key of its API client`,
    }
  const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: secret }
  const url = `${baseOf(account.settings)}/api/oauth2/v1/token`
  const answer = await edges.http.call({ method: 'POST', url, body, ...callLimits }, signal)
  // Whatever became of this call, no review was answered by it.
  if (answer.is !== 'answer') return later(`the token endpoint did not answer: ${answer.why}`)
  const granted = jsonIn(answer.body)
  const token = textAt(granted, 'access_token')
  if (token !== undefined) {
    const seconds = Number(idAt(granted, 'expires_in') ?? usualSeconds)
    return { token, goodForMs: Math.max(30, (Number.isFinite(seconds) ? seconds : usualSeconds) - earlySeconds) * 1000 }
  }
  const got = gotOf(answer, [secret])
  if (got.is === 'failed' && got.outcome.is === 'account-down') return got.outcome
  return later(`AppGallery gives no token: ${got.is === 'failed' ? got.outcome.why : 'it said yes without one'}`)
}
const later = (why: string): Failed => ({ is: 'try-later', afterSeconds: 60, scope: 'account', why })

export function gotOf(answer: VendorAnswer, secrets: readonly string[]): Got {
  if (answer.is !== 'answer') return { is: 'failed', status: 0, code: '', outcome: unanswered(answer), bytes: nobody }
  const body = jsonIn(answer.body)
  const { status } = answer
  const verdict = verdictOf(body)
  if (status >= 200 && status < 300 && body !== null && verdict.is === 'ok')
    return { is: 'ok', body, bytes: answer.body }
  const said = verdict.is === 'ok' ? { code: '', words: 'no failure in words' } : verdict
  const words = speakable(`${said.words}${said.code === '' ? '' : ` (${said.code})`}`, secrets)
  const outcome = outcomeOf(answer, { code: said.code, why: `AppGallery answered HTTP ${status}: ${words}` })
  return { is: 'failed', status, code: said.code, outcome, bytes: answer.body }
}

/** The code first, where there is one: HTTP says 200 to most failures. Gateways before the API speak plain text. */
function outcomeOf(answer: Answered, { code, why }: { readonly code: string; readonly why: string }): Failed {
  const { status } = answer
  if (meansOf(code) !== null) return outcomeOfCode(code, why)
  if (status === 401 || status === 403) return outcomeOfCode('205524993', why)
  if (status === 429) return { is: 'try-later', afterSeconds: pauseOf(answer, 60), scope: 'account', why }
  if (status >= 300 && status < 400) return { is: 'account-down', why: `${why}. apiBase leads elsewhere.` }
  if (status >= 500 || (status < 300 && code === '')) return { is: 'unknown', why }
  return outcomeOfCode(code, why)
}

/** What a read that failed means for the poll. */
export function troubleOf({ status, outcome }: Extract<Got, { is: 'failed' }>): StoreTrouble {
  if (outcome.is === 'account-down') return new StoreTrouble({ is: 'auth' }, outcome.why)
  if (outcome.is === 'refused') return new StoreTrouble({ is: 'setup' }, outcome.why)
  if (outcome.is === 'try-later' && status === 429)
    return new StoreTrouble({ is: 'later', afterSeconds: outcome.afterSeconds }, outcome.why)
  return new StoreTrouble({ is: 'later' }, outcome.why)
}
