// Calls the Google Play Developer API and says what its answer means: for an answer that is sent, and for the poll.
import type { VendorAnswer, VendorRequest } from '../../core/ports/edges.ts'
import { isObject, listAt, objectAt, textAt, type Json } from '../_shared/read-json.ts'
import { StoreTrouble } from '../_shared/reviews/trouble.ts'
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
import type { SecretName, Settings } from './settings.ts'
import { bearerOf, dropToken } from './token.ts'

export type Ours = Way['account']
export type Way = StoreWay<Settings, SecretName>
export interface Call {
  readonly method: VendorRequest['method']
  readonly url: string
  readonly body?: Readonly<Record<string, unknown>>
}
export type Got =
  | { readonly is: 'ok'; readonly body: Json; readonly bytes: Uint8Array }
  | { readonly is: 'failed'; readonly status: number; readonly outcome: Failed; readonly bytes: Uint8Array }
const nobody = new Uint8Array()

export async function ask(call: Call, way: Way): Promise<Got> {
  const first = await once(call, way)
  // Revoked before its time: one new token tells.
  return first.is === 'failed' && first.status === 401 ? once(call, way) : first
}

async function once({ method, url, body }: Call, way: Way): Promise<Got> {
  const bearer = await bearerOf(way)
  if (typeof bearer !== 'string') return { is: 'failed', status: 0, outcome: bearer, bytes: nobody }
  const headers = { authorization: `Bearer ${bearer}`, accept: 'application/json' }
  const answer = await way.edges.http.call(
    { method, url, headers, ...callLimits, ...(body === undefined ? {} : { body }) },
    way.signal,
  )
  const got = gotOf(answer, { secrets: await secretsOf(bearer, way.account), nowMs: Date.parse(way.edges.clock.now()) })
  if (got.is === 'failed' && got.status === 401) dropToken(bearer)
  return got
}
async function secretsOf(bearer: string, account: Ours): Promise<readonly string[]> {
  const file = await account.secret('serviceAccount')
  return [bearer, file, textAt(jsonIn(new TextEncoder().encode(file)), 'private_key') ?? '']
}

export function gotOf(answer: VendorAnswer, at: { readonly secrets: readonly string[]; readonly nowMs: number }): Got {
  if (answer.is !== 'answer') return { is: 'failed', status: 0, outcome: unanswered(answer), bytes: nobody }
  const body = jsonIn(answer.body)
  const { status } = answer
  if (status >= 200 && status < 300 && body !== null) return { is: 'ok', body, bytes: answer.body }
  return { is: 'failed', status, outcome: outcomeOf(answer, saidIn(body, at.secrets), at.nowMs), bytes: answer.body }
}

interface SaidWords {
  readonly status: string
  readonly reasons: readonly string[]
  readonly words: string
}
const quotas = ['rateLimitExceeded', 'quotaExceeded', 'userRateLimitExceeded', 'dailyLimitExceeded']

/** A 403 is judged by its reason: most are quota, which passes, and not a right that is missing (sheet, section 7). */
function outcomeOf(answer: Answered, said: SaidWords, nowMs: number): Failed {
  const { status } = answer
  const why = `Google Play answered HTTP ${status}: ${said.words}`
  if (status === 401) return { is: 'account-down', why }
  const isQuota = status === 429 || said.reasons.some((it) => quotas.includes(it))
  if (isQuota) {
    const patience = /per day/i.test(said.words) ? toMidnightPacific(nowMs) : 60
    return { is: 'try-later', afterSeconds: pauseOf(answer, patience), scope: 'account', why }
  }
  if (status === 403)
    return {
      is: 'refused',
      code: 'forbidden',
      why: `${why}. The service account needs "Reply to reviews" for this app, and some reviews take no answer.`,
    }
  if (status >= 300 && status < 400) return { is: 'account-down', why: `${why}. apiBase leads elsewhere.` }
  if (status >= 400 && status < 500) return { is: 'refused', code: said.status, why }
  return { is: 'unknown', why: status < 300 ? 'Google Play said yes in words that are not JSON' : why }
}

/** When a day's quota begins anew; an hour late in summer, which harms nobody. */
function toMidnightPacific(nowMs: number): number {
  const day = 86_400_000
  const since = (nowMs - 8 * 3_600_000) % day
  return Math.ceil((day - since) / 1000)
}

/** The message may be null, and an answer may hold no error at all. */
function saidIn(body: Json | null, secrets: readonly string[]): SaidWords {
  const error = objectAt(body, 'error')
  const reasons = listAt(error, 'errors')
    .filter(isObject)
    .map((it) => textAt(it, 'reason'))
    .filter((it) => it !== undefined)
  const status = speakable(textAt(error, 'status') ?? 'vendor', secrets)
  const words = speakable(`${textAt(error, 'message') ?? 'no words'} (${[status, ...reasons].join(', ')})`, secrets)
  return { status, reasons, words }
}

/** What a read that failed means for the poll. */
export function troubleOf({ status, outcome }: Extract<Got, { is: 'failed' }>, { account }: Way): StoreTrouble {
  if (outcome.is === 'account-down' || status === 403)
    if (outcome.is !== 'try-later') return new StoreTrouble({ is: 'auth' }, outcome.why)
  if (outcome.is === 'try-later' && status !== 0)
    return new StoreTrouble({ is: 'later', afterSeconds: outcome.afterSeconds }, outcome.why)
  if (status === 404)
    return new StoreTrouble({ is: 'setup' }, `There is no app ${account.settings.packageName} that this key may see.`)
  return new StoreTrouble({ is: outcome.is === 'refused' ? 'setup' : 'later' }, outcome.why)
}
