// Fuzzes every operation the API describes of itself with hostile values: it does it or says 4xx in words, never 5xx, and shows nothing of its inside.
import fc, { type Arbitrary } from 'fast-check'
import type { FuzzedGateway } from './gateway.ts'
import { hostileText, hostileValue } from './hostile.ts'
import { fitting, type Schema } from './fitting.ts'
import { whatLeaks, type Target } from './target.ts'

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly schema?: Schema
}
interface Operation {
  readonly method: string
  readonly path: string
  readonly parameters: readonly Parameter[]
  readonly body: Schema | null
}
export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** As it is sent. */
  readonly body: string | null
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, {
    readonly parameters?: readonly Parameter[]
    readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  }>>>>
} // prettier-ignore

export async function apiTarget(on: FuzzedGateway): Promise<Target<Asked>> {
  const { body } = await on.gateway.call<Description>('GET', '/v1/openapi.json')
  const operations = operationsOf(body)
  const ids = await knownIds(on)
  return {
    name: 'api',
    inputs: fc.constantFrom(...operations).chain((operation) => asking(operation, ids)),
    check: async (asked) => (await judge(asked, on)) ?? on.newFaults()[0] ?? null,
    close: async () => undefined,
  }
}

const operationsOf = ({ paths }: Description): readonly Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      parameters,
      body: requestBody?.content['application/json']?.schema ?? null,
    })),
  )

/** What is really there, by the kind its address names: `tkt_…` opens more doors than any made-up word. */
async function knownIds(on: FuzzedGateway): Promise<readonly string[]> {
  const lists = [
    '/v1/tickets',
    '/v1/contacts',
    '/v1/brands',
    '/v1/accounts',
    '/v1/parked',
    '/v1/workspaces',
    '/v1/keys',
  ]
  const answers = await Promise.all(lists.map((path) => on.gateway.call<{ items: { id: string }[] }>('GET', path)))
  const ids = answers.flatMap(({ body }) => body.items.map((it) => it.id))
  const ticket = ids.find((it) => it.startsWith('tkt_'))
  const { body } = await on.gateway.call<{ items: { id: string; raw?: string }[] }>(
    'GET',
    `/v1/tickets/${ticket}/messages`,
  )
  const channels = on.doors.map((it) => it.split('/')[2] ?? '')
  return [...ids, ...channels, ...body.items.flatMap((it) => [it.id, it.raw ?? it.id])]
}

function asking({ method, path, parameters, body }: Operation, ids: readonly string[]): Arbitrary<Asked> {
  // Mostly of the right kind; removing what the others need is left to made-up names.
  const id = method === 'DELETE' ? hostileText : fc.oneof(fc.constantFrom(...ids), hostileText)
  const queries = parameters.filter((it) => it.in === 'query').map((it) => it.name)
  const query = fc.array(fc.tuple(fc.constantFrom(...queries, 'unknown', '__proto__'), fc.oneof(hostileText, id)), {
    maxLength: 3,
  })
  const parts = path.split('/').map((part) => (part.startsWith('{') ? id.map((it) => encoded(it)) : fc.constant(part)))
  const sent =
    body === null
      ? fc.constantFrom(null, null, null, '{}', 'x')
      : fc.oneof(
          { weight: 8, arbitrary: fitting(body, fc.constantFrom(...ids)).map((it) => JSON.stringify(it)) },
          { weight: 1, arbitrary: hostileValue.map((it) => JSON.stringify(it)) },
          { weight: 1, arbitrary: hostileText },
        )
  return fc.record({
    method: fc.constant(method),
    url: fc.tuple(fc.tuple(...parts), query).map(([at, asked]) => at.join('/') + queryOf(asked)),
    headers: headers(),
    body: sent,
  })
}

/** Escapes that are none stay as they are: `%ff` and a lone `%` are addresses too. */
const encoded = (text: string): string => (/^[\w%-]+$/.test(text) ? text : encodeURIComponent(text.toWellFormed()))
const queryOf = (asked: readonly (readonly [string, string])[]): string =>
  asked.length === 0 ? '' : `?${asked.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&')}`

/** What a header line can carry at all. */
const headerText = hostileText.map((it) => it.replace(/[^\x20-\x7e\xa0-\xff]/g, '').slice(0, 3_000))
function headers(): Arbitrary<Readonly<Record<string, string>>> {
  const names = ['idempotency-key', 'if-match', 'inlet-workspace', 'content-type', 'accept', 'last-event-id', 'inlet-correlation-id'] // prettier-ignore
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...names), headerText).map(([name, value]) => ({ [name]: value })),
    },
  )
}

const tooLongMs = 8_000
async function judge({ method, url, headers: more, body }: Asked, on: FuzzedGateway): Promise<string | null> {
  const began = performance.now()
  const stop = AbortSignal.timeout(tooLongMs)
  try {
    const answer = await fetch(`${on.gateway.address}${url}`, {
      method,
      signal: stop,
      headers: {
        authorization: `Bearer ${on.gateway.adminKey}`,
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...more,
      },
      ...(body === null || method === 'GET' ? {} : { body }),
    })
    const type = answer.headers.get('content-type') ?? ''
    if (type.startsWith('text/event-stream')) return (void (await answer.body?.cancel()), null)
    return whatIsWrong({ status: answer.status, type, text: await answer.text(), ms: performance.now() - began }, on)
  } catch (error) {
    return stop.aborted
      ? `no answer in ${tooLongMs} ms`
      : `the call broke: ${String(error)} ${String((error as Error).cause ?? '')}`
  }
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly ms: number
}
function whatIsWrong({ status, type, text, ms }: Answer, on: FuzzedGateway): string | null {
  if (status >= 500) return `${status}: ${text.slice(0, 400)}`
  if (ms > 5_000) return `it took ${Math.round(ms)} ms`
  if (status < 400) return on.secrets.some((it) => text.includes(it)) ? 'the answer shows a secret' : null
  if (!type.startsWith('application/problem+json'))
    return `${status} as ${type}, not as a problem: ${text.slice(0, 200)}`
  const problem = JSON.parse(text) as Readonly<Record<string, unknown>>
  const missing = ['type', 'title', 'status', 'detail', 'instance', 'code'].filter(
    (name) => problem[name] === undefined,
  )
  if (missing.length > 0 || problem['status'] !== status)
    return `${status} without ${missing.join(', ') || 'its own status'}: ${text.slice(0, 200)}`
  return whatLeaks(text, on.secrets)
}
