// The sheet's table of errors as data: what each asks of us, by the vendor's code where it gives one, else by HTTP. Section 8, 2026-11.
import type { VendorAnswer } from '../../core/ports/edges.ts'
import type { SendOutcome } from '../../core/ports/channel.ts'
import { idAt, isObject, listAt, textAt, type Json } from '../_shared/read-json.ts'
import { waitSeconds } from './rate.ts'

type Treatment =
  | { readonly is: 'refused'; readonly code: string; readonly health?: 'degraded' }
  | { readonly is: 'wait' }
  | { readonly is: 'plan' }
  | { readonly is: 'account-down' }
  | { readonly is: 'unknown' }
interface ErrorRow {
  readonly codes?: readonly number[]
  readonly statuses?: readonly number[]
  /** Of a problem's `type`. */
  readonly type?: RegExp
  readonly meaning: string
  readonly treat: Treatment
  readonly advice?: string
}
const refused = (code: string): Treatment => ({ is: 'refused', code })

const table: readonly ErrorRow[] = [
  {
    codes: [32, 89, 215],
    meaning: 'X does not take the token',
    treat: { is: 'account-down' },
    advice: 'Connect the account again.',
  },
  {
    codes: [64, 326],
    meaning: 'The account is suspended or locked at X',
    treat: { is: 'account-down' },
    advice: 'Log in at x.com and follow what it says.',
  },
  { codes: [88], meaning: 'The rate limit is used up', treat: { is: 'wait' } },
  { codes: [186], meaning: 'The text is too long for X', treat: refused('too_long') },
  {
    codes: [187],
    meaning: 'X says that the same text was posted already, so it may be there',
    treat: { is: 'unknown' },
  },
  {
    codes: [226],
    meaning: 'X takes this for an automatic message',
    treat: refused('looks_automatic'),
    advice: 'Answer by hand in the X app, or write it differently.',
  },
  {
    codes: [150, 151, 349],
    meaning: 'The customer takes no direct messages from this account',
    treat: refused('recipient_refuses'),
    advice: 'Answer publicly, or ask them to allow messages.',
  },
  { codes: [385, 433], meaning: 'The post answered is gone or does not take answers', treat: refused('post_closed') },
  { type: /usage-?cap|credits|client-not-enrolled/i, meaning: 'The plan at X is used up', treat: { is: 'plan' } },
  { statuses: [400, 413, 422], meaning: 'X finds the message not valid', treat: refused('invalid') },
  {
    statuses: [401],
    meaning: 'X does not take the token',
    treat: { is: 'account-down' },
    advice: 'Connect the account again.',
  },
  { statuses: [402], meaning: 'The plan at X is used up', treat: { is: 'plan' } },
  {
    statuses: [403],
    meaning: 'X does not allow it',
    treat: { is: 'refused', code: 'not_allowed', health: 'degraded' },
    advice:
      'Posts may be answered only where the author mentioned or quoted the account; for the rest see that the app has tweet.write and dm.write.',
  },
  { statuses: [404, 410], meaning: 'The person, the conversation or the post is gone', treat: refused('gone') },
  { statuses: [409], meaning: 'X reports a conflict', treat: refused('conflict') },
  { statuses: [429], meaning: 'The rate limit is used up', treat: { is: 'wait' } },
  {
    statuses: [301, 302, 303, 307, 308],
    meaning: 'apiBase leads elsewhere',
    treat: { is: 'account-down' },
    advice: 'Set apiBase to where the API is.',
  },
]

export interface Failed {
  readonly is: 'failed'
  readonly outcome: Exclude<SendOutcome, { is: 'sent' }>
  /** 0: there was no answer. */
  readonly status: number
  readonly health: 'degraded' | null
}
export const failed = (outcome: Failed['outcome'], status: number = 0, health: Failed['health'] = null): Failed => ({
  is: 'failed',
  outcome,
  status,
  health,
})

export interface Hiding {
  /** What must not stand in what is said, whatever the vendor quotes (S18). */
  readonly secrets: readonly string[]
  readonly nowMs: number
  readonly jitterSeconds: number
}
const connectionSeconds = 5
const planSeconds = 1_800

/** Null: the vendor did what was asked. */
export function failureOf(answer: VendorAnswer, hiding: Hiding): Failed | null {
  if (answer.is === 'not-sent')
    return failed({ is: 'try-later', afterSeconds: connectionSeconds, scope: 'account', why: answer.why })
  if (answer.is === 'unknown') return failed({ is: 'unknown', why: answer.why })
  if (answer.status >= 200 && answer.status < 300) return null
  const problem = problemOf(jsonOf(answer.body))
  const row = rowOf(answer.status, problem)
  const told = `${speakable(problem.said, hiding.secrets)} (HTTP ${answer.status}${problem.codes.length === 0 ? '' : `, code ${problem.codes.join(', ')}`})`
  if (row === null) return unlisted(answer.status, told)
  const why = `${row.meaning}: ${told}.${row.advice === undefined ? '' : ` ${row.advice}`}`
  const { treat } = row
  if (treat.is === 'refused')
    return failed({ is: 'refused', code: treat.code, why }, answer.status, treat.health ?? null)
  if (treat.is === 'plan')
    return failed({ is: 'try-later', afterSeconds: planSeconds, scope: 'account', why }, answer.status, 'degraded')
  if (treat.is === 'wait') {
    const afterSeconds = waitSeconds(answer.headers, hiding.nowMs, hiding.jitterSeconds)
    return failed({ is: 'try-later', afterSeconds, scope: 'account', why }, answer.status)
  }
  return failed({ is: treat.is, why }, answer.status)
}

/** A 4xx says that nothing was done, a 5xx does not (architecture 6). */
const unlisted = (status: number, told: string): Failed =>
  status >= 400 && status < 500
    ? failed({ is: 'refused', code: `vendor_${status}`, why: `X answered ${told}` }, status)
    : failed({ is: 'unknown', why: `X answered in words that do not say whether it was done: ${told}` }, status)

interface Problem {
  readonly codes: readonly number[]
  readonly type: string
  readonly said: string
}
/** Two forms: a problem with `title` and `detail`, and the older list of errors with codes; HTML on 5xx is neither. */
function problemOf(body: Json | null): Problem {
  const errors = listAt(body, 'errors')
  const codes = errors.flatMap((it) => {
    const code = Number(idAt(it, 'code'))
    return Number.isSafeInteger(code) ? [code] : []
  })
  const said = [
    textAt(body, 'detail') ?? textAt(body, 'title'),
    ...errors.map((it) => textAt(it, 'message') ?? textAt(it, 'detail')),
  ]
  const words = [...new Set(said.filter((it) => it !== undefined))].join(' — ')
  return { codes, type: textAt(body, 'type') ?? '', said: words === '' ? 'no words' : words }
}
function rowOf(status: number, { codes, type }: Problem): ErrorRow | null {
  return (
    table.find((row) => row.codes?.some((code) => codes.includes(code))) ??
    table.find((row) => row.type?.test(type)) ??
    table.find((row) => row.statuses?.includes(status)) ??
    null
  )
}

export const speakable = (text: string, secrets: readonly string[]): string =>
  secrets
    .filter((it) => it !== '')
    .reduce((said, secret) => said.replaceAll(secret, '[secret]'), text)
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .slice(0, 400)

export function jsonOf(bytes: Uint8Array): Json | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return isObject(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
