// Calls the Graph API and turns its answers into outcomes by the channel's own table of error codes.
import type { Http, VendorAnswer, VendorRequest } from '../../core/ports/edges.ts'
import type { SendOutcome } from '../../core/ports/channel.ts'

/** What one row of a channel's error table asks for. `health`: the account itself is not well, though only this message fails. */
export type Treatment =
  | { readonly is: 'refused'; readonly code: string; readonly health?: 'degraded' }
  | { readonly is: 'try-later'; readonly afterSeconds: number; readonly scope: 'message' | 'recipient' | 'account' }
  | { readonly is: 'account-down' }
export interface ErrorRow {
  /** Codes, or a first and a last one. Looked for in `error_subcode`, then in `code`. */
  readonly codes: readonly (number | readonly [first: number, last: number])[]
  readonly meaning: string
  readonly treat: Treatment
  /** What a person can do about it. */
  readonly advice?: string
}

/** Everything a call needs, once for an account. */
export interface Graph {
  readonly apiBase: string
  readonly apiVersion: string
  readonly token: string
  readonly table: readonly ErrorRow[]
  readonly http: Http
  readonly signal: AbortSignal
}
export interface GraphCall {
  readonly method: VendorRequest['method']
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: VendorRequest['body']
  readonly timeoutMs?: number
}
export interface GraphError {
  readonly code: number | null
  readonly subcode: number | null
  readonly text: string
}
export type GraphAnswer =
  | { readonly is: 'ok'; readonly body: Readonly<Record<string, unknown>> }
  | {
      readonly is: 'failed'
      readonly outcome: Exclude<SendOutcome, { is: 'sent' }>
      /** 0: there was no answer. */
      readonly status: number
      readonly error: GraphError | null
      readonly health: 'degraded' | null
    }
type Failed = Extract<GraphAnswer, { is: 'failed' }>

const answerMaxBytes = 1_000_000
const defaultTimeoutMs = 20_000
const patienceSeconds = { connection: 5, throttled: 60, most: 3_600 } as const

export function graphUrl(
  graph: Pick<Graph, 'apiBase' | 'apiVersion'>,
  call: Pick<GraphCall, 'path' | 'query'>,
): string {
  const base = `${graph.apiBase.replace(/\/+$/, '')}/${graph.apiVersion}/${call.path}`
  const query = new URLSearchParams(call.query).toString()
  return query === '' ? base : `${base}?${query}`
}

export async function callGraph(call: GraphCall, graph: Graph): Promise<GraphAnswer> {
  const answer = await graph.http.call(
    {
      method: call.method,
      url: graphUrl(graph, call),
      headers: { authorization: `Bearer ${graph.token.trim()}` },
      ...(call.body === undefined ? {} : { body: call.body }),
      timeoutMs: call.timeoutMs ?? defaultTimeoutMs,
      maxBytes: answerMaxBytes,
    },
    graph.signal,
  )
  return graphAnswer(answer, graph)
}

/** What was asked may have been done, or not, only where the answer does not say. */
export function graphAnswer(answer: VendorAnswer, graph: Pick<Graph, 'table' | 'token'>): GraphAnswer {
  if (answer.is === 'not-sent') {
    const wait = { afterSeconds: patienceSeconds.connection, scope: 'account' } as const
    return failed({ is: 'try-later', ...wait, why: answer.why }, { status: 0 })
  }
  if (answer.is === 'unknown') return failed({ is: 'unknown', why: answer.why }, { status: 0 })
  const body = jsonObject(answer.body)
  if (answer.status >= 200 && answer.status < 300) {
    if (body !== null) return { is: 'ok', body }
    return failed({ is: 'unknown', why: `HTTP ${answer.status} with a body that is not a JSON object` }, answer)
  }
  const error = errorOf(body, graph.token)
  return error?.code === null || error === null
    ? withoutCode(answer, error)
    : byTable({ ...error, code: error.code }, answer, graph.table)
}

function failed(
  outcome: Failed['outcome'],
  more: { readonly status: number; readonly error?: GraphError; readonly health?: 'degraded' },
): Failed {
  return { is: 'failed', outcome, status: more.status, error: more.error ?? null, health: more.health ?? null }
}

type Answered = Extract<VendorAnswer, { is: 'answer' }>

function byTable(error: GraphError & { readonly code: number }, answer: Answered, table: readonly ErrorRow[]): Failed {
  const row = rowOf(error, table)
  if (row === null) return unlisted(error, answer)
  const advice = row.advice === undefined ? '' : ` ${row.advice}`
  const why = `${row.meaning}: ${told(error, answer)}.${advice}`
  const more = { status: answer.status, error }
  if (row.treat.is === 'account-down') return failed({ is: 'account-down', why }, more)
  if (row.treat.is === 'refused') {
    const { health } = row.treat
    return failed({ is: 'refused', code: row.treat.code, why }, health === undefined ? more : { ...more, health })
  }
  const { afterSeconds, scope } = row.treat
  return failed({ is: 'try-later', scope, afterSeconds: patience(afterSeconds, answer), why }, more)
}

/** A subcode counts only where it is wide enough not to be mistaken for a code: small ones (0, 33, 463) are numbered for themselves. */
export function rowOf(error: Pick<GraphError, 'code' | 'subcode'>, table: readonly ErrorRow[]): ErrorRow | null {
  const named = (wanted: number | null) => (row: ErrorRow) =>
    wanted !== null &&
    row.codes.some((it) => (typeof it === 'number' ? it === wanted : it[0] <= wanted && wanted <= it[1]))
  const subcode = (error.subcode ?? 0) >= 100_000 ? error.subcode : null
  return table.find(named(subcode)) ?? table.find(named(error.code)) ?? null
}

/** A code that the sheet does not know: a 4xx says that nothing was done, a 5xx does not (architecture 6). */
function unlisted(error: GraphError, answer: Answered): Failed {
  const more = { status: answer.status, error }
  if (isThrottle(answer.status)) return throttled(told(error, answer), answer, error)
  if (answer.status >= 400 && answer.status < 500) {
    return failed({ is: 'refused', code: `vendor_${error.code}`, why: told(error, answer) }, more)
  }
  return failed({ is: 'unknown', why: `an error that does not say whether it was done: ${told(error, answer)}` }, more)
}

/** Something that is not the Graph API answered, or it answered without its error object: a proxy, a load balancer, a wrong `apiBase`. */
function withoutCode(answer: Answered, error: GraphError | null): Failed {
  const { status } = answer
  const why = `HTTP ${status} without an error code${error === null ? '' : ` (${error.text})`}`
  if (isThrottle(status)) return throttled(why, answer, error)
  if (status === 401) return failed({ is: 'account-down', why: `${why}: is the access token right?` }, answer)
  if ([301, 302, 307, 308].includes(status)) {
    return failed(
      { is: 'account-down', why: `${why}: apiBase redirects elsewhere, set it to where the API is` },
      answer,
    )
  }
  if (status >= 400 && status < 500) return failed({ is: 'refused', code: `http_${status}`, why }, answer)
  return failed({ is: 'unknown', why }, answer)
}

const isThrottle = (status: number): boolean => status === 408 || status === 425 || status === 429
function throttled(why: string, answer: Answered, error: GraphError | null): Failed {
  const wait = { afterSeconds: patience(patienceSeconds.throttled, answer), scope: 'account' } as const
  return failed({ is: 'try-later', ...wait, why }, error === null ? answer : { status: answer.status, error })
}

const told = (error: GraphError, answer: Answered): string =>
  `${error.text} (code ${error.code}${error.subcode === null ? '' : `/${error.subcode}`}, HTTP ${answer.status})`

/** `Retry-After` in seconds or as a date; a date is read against the answer's own, so our clock does not matter. The vendor's own header tells it as well. */
function patience(atLeast: number, answer: Answered): number {
  const asked = answer.headers['retry-after'] ?? ''
  const seconds = /^\d+$/.test(asked)
    ? Number(asked)
    : Math.ceil((Date.parse(asked) - Date.parse(answer.headers['date'] ?? '')) / 1_000)
  const wanted = [atLeast, Number.isFinite(seconds) ? seconds : 0, regainSeconds(answer)]
  return Math.min(patienceSeconds.most, Math.max(...wanted))
}

/** `X-Business-Use-Case-Usage`: by id a list of uses, each with the minutes until calls are let through again (sheets, section 7). */
function regainSeconds({ headers }: Answered): number {
  const uses = jsonObject(new TextEncoder().encode(headers['x-business-use-case-usage'] ?? ''))
  const minutes = Object.values(uses ?? {})
    .flatMap((it) => (Array.isArray(it) ? it.map(objectOf) : []))
    .map((it) => numberOf(it?.['estimated_time_to_regain_access']) ?? 0)
  return Math.max(0, ...minutes) * 60
}

function errorOf(body: Readonly<Record<string, unknown>> | null, token: string): GraphError | null {
  const error = objectOf(body?.['error'])
  if (error === null) return null
  const details = objectOf(error['error_data'])?.['details']
  const said = [error['message'], details].filter((it): it is string => typeof it === 'string' && it !== '')
  const text = said.length === 0 ? 'the vendor gave no words' : [...new Set(said)].join(' — ')
  return { code: numberOf(error['code']), subcode: numberOf(error['error_subcode']), text: speakable(text, token) }
}

/** The vendor quotes a malformed token in its own error text; words that go to agents and logs never hold it (S18, S14). */
export function speakable(text: string, token: string): string {
  const bare = token.trim() === '' ? text : text.replaceAll(token.trim(), '[secret]')
  return bare
    .replaceAll(/EAA[A-Za-z0-9]{16,}/g, '[secret]')
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .slice(0, 400)
}

export function jsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    return objectOf(JSON.parse(new TextDecoder().decode(bytes)))
  } catch {
    return null
  }
}
export const objectOf = (value: unknown): Readonly<Record<string, unknown>> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}
