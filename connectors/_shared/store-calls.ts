// What the answers of a store's API have in common: pauses it asks for, words that may be said, JSON or none.
import type { Account, Edges, SendOutcome } from '../../core/ports/channel.ts'
import type { VendorAnswer } from '../../core/ports/edges.ts'
import { readJsonOrNull, type Json } from './read-json.ts'

/** As whom and with what a store is called. */
export interface StoreWay<S, Name extends string> {
  readonly account: Account<S, Name>
  readonly edges: Edges
  readonly signal: AbortSignal
}
export type Failed = Exclude<SendOutcome, { is: 'sent' }>
export type Answered = Extract<VendorAnswer, { is: 'answer' }>

export const callLimits = { timeoutMs: 20_000, maxBytes: 8_000_000 } as const
const mostPauseSeconds = 3_600

/** `Retry-After` in seconds or as a date, which is read against the answer's own; longer than an hour nobody believes. */
export function pauseOf({ headers }: Answered, otherwise: number): number {
  const asked = headers['retry-after']
  if (asked === undefined) return otherwise
  const seconds = /^\d+$/.test(asked.trim())
    ? Number(asked)
    : (Date.parse(asked) - Date.parse(headers['date'] ?? '')) / 1000
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 1), mostPauseSeconds) : otherwise
}

/** Words of a vendor may quote what we called it with (S18). */
export function speakable(text: string, secrets: readonly string[]): string {
  const bare = secrets
    .map((it) => it.trim())
    .filter((it) => it !== '')
    .reduce((said, secret) => said.replaceAll(secret, '[secret]'), text)
  return bare.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 300)
}

export const jsonIn = (bytes: Uint8Array): Json | null => readJsonOrNull(bytes, 'an answer of a store')

/** What became of a call that got no answer. */
export const unanswered = (answer: Exclude<VendorAnswer, { is: 'answer' }>): Failed =>
  answer.is === 'not-sent'
    ? { is: 'try-later', afterSeconds: 5, scope: 'account', why: `The store could not be reached: ${answer.why}` }
    : { is: 'unknown', why: `The store did not answer: ${answer.why}` }
