// Fetches from an address that came with data, through the guard: checked name, checked address, limits, redirects by hand (S8–S10).
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Http } from '../../core/ports/edges.ts'
import { bodyOf } from './fetch-body.ts'
import { requestFrom } from './fetch-connect.ts'
import { checkAddresses, checkUrl, FetchRefused } from './fetch-rules.ts'
import type { Target } from './fetch-rules.ts'

export { FetchRefused } from './fetch-rules.ts'

export interface GuardOptions {
  /** Origins (`http://127.0.0.1:4010`) that an administrator typed, asked at each fetch: trusted as written. */
  readonly trusts?: (origin: string) => boolean
  /** Private authorities, PEM. They are taken besides the well-known ones, not instead. */
  readonly ca?: readonly string[]
  readonly resolve?: (host: string) => Promise<readonly string[]>
}
type FetchOptions = Parameters<Http['fetch']>[1]
type Answer = Awaited<ReturnType<Http['fetch']>>

const mostRedirects = 3
const redirects = new Set([301, 302, 303, 307, 308])
/** What may go along to another host. Everything else could be a credential, whatever its name. */
const harmless = new Set(['accept', 'accept-language', 'user-agent'])

/**
 * Throws `FetchRefused` when a rule says no, the signal's reason when it aborts, and an error with the code ETIMEDOUT when `timeoutMs`,
 * which counts to the last byte, is over; what the network says (ECONNREFUSED …) comes as it is. `bytes` is read to its end or left by `break`.
 */
export function makeGuardedFetch(guard: GuardOptions = {}): Http['fetch'] {
  return async (url, options, signal) => {
    const whole = AbortSignal.any([signal, deadline(options.timeoutMs)])
    let headers = withoutReserved(options.headers ?? {})
    let target = checkUrl(url, options.hosts, guard.trusts ?? nobody)
    for (let hop = 0; ; hop++) {
      const answer = await ask(target, headers, whole, guard)
      const next = answer.headers.location
      if (!redirects.has(answer.statusCode ?? 0) || next === undefined) return taken(answer, target, options, whole)
      answer.destroy()
      if (hop === mostRedirects)
        throw new FetchRefused('redirects', target.host, `more than ${mostRedirects} redirects`)
      if (!URL.canParse(next, target.url.href))
        throw new FetchRefused('url', target.host, 'it redirects to what is no URL')
      const from = target.url.origin
      target = checkUrl(new URL(next, target.url).href, options.hosts, guard.trusts ?? nobody)
      if (target.url.origin !== from) headers = pick(headers, (name) => harmless.has(name))
    }
  }
}

const nobody = (): boolean => false

async function ask(
  target: Target,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  guard: GuardOptions,
) {
  const addresses = checkAddresses(target, await addressesOf(target.host, guard.resolve ?? resolveBySystem, signal))
  return requestFrom(target, { addresses, headers, ca: guard.ca ?? null, signal })
}

function taken(
  answer: Awaited<ReturnType<typeof ask>>,
  target: Target,
  options: FetchOptions,
  signal: AbortSignal,
): Answer {
  try {
    const bytes = bodyOf(answer, { host: target.host, maxBytes: options.maxBytes, signal })
    return {
      status: answer.statusCode ?? 0,
      type: (answer.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
      bytes,
    }
  } catch (error) {
    answer.destroy()
    throw error
  }
}

/** A resolver cannot be stopped, so it is left behind when time is over. */
async function addressesOf(
  host: string,
  resolve: (host: string) => Promise<readonly string[]>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  signal.throwIfAborted()
  if (isIP(host)) return [host]
  const stopped = Promise.withResolvers<never>()
  const stop = () => stopped.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    const addresses = await Promise.race([resolve(host), stopped.promise])
    if (addresses.length > 0) return addresses
  } finally {
    signal.removeEventListener('abort', stop)
  }
  throw Object.assign(new Error(`Looking up ${host}: it has no address.`), { code: 'ENOTFOUND' })
}

const resolveBySystem = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true, verbatim: true })).map((one) => one.address)

function deadline(ms: number): AbortSignal {
  const over = new AbortController()
  const error = Object.assign(new Error(`Fetching took longer than the ${ms} ms it may take.`), { code: 'ETIMEDOUT' })
  setTimeout(() => over.abort(error), ms).unref()
  return over.signal
}

/** The connection's own headers are ours to set; a body is never sent. */
const withoutReserved = (headers: Readonly<Record<string, string>>) =>
  pick(
    headers,
    (name) =>
      !['host', 'connection', 'content-length', 'transfer-encoding', 'expect', 'upgrade', 'accept-encoding'].includes(
        name,
      ),
  )

const pick = (
  headers: Readonly<Record<string, string>>,
  wanted: (name: string) => boolean,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => wanted(name.toLowerCase())))
