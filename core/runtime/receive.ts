// A vendor knocks: find the endpoint, let the channel judge the call, keep what it brings, and only then answer.
import { createHash, timingSafeEqual } from 'node:crypto'
import { isOfTheWorld, messageOf } from '../errors.ts'
import type { Raw, Webhook } from '../ports/channel.ts'
import type { Clock, HttpRequest, HttpResponse } from '../ports/edges.ts'
import type { LiveAccount } from '../ports/queues.ts'
import type { Names } from './ask-names.ts'
import type { Directory } from './directory.ts'
import { ingest, type Arrival, type IngestDeps } from './ingest.ts'

export interface ReceiveDeps extends IngestDeps {
  readonly directory: Directory
  readonly clock: Clock
  /** An endpoint heard of a route nobody claims: said in its health. */
  unclaimed(channel: string, endpoint: string, route: string): void
  /** A genuine call for this account was kept: what was being connected is connected. */
  heard(account: LiveAccount): void
  /** Hears of everybody who wrote. */
  readonly names?: Pick<Names, 'met'>
}
export interface Knock {
  readonly request: HttpRequest
  readonly channel: string
  readonly endpoint: string
  /** The last part of a token address; null where the call is signed. */
  readonly token: string | null
  readonly correlation: string
}

const notHere: HttpResponse = { status: 404, body: 'Not found\n' }
const tryAgain = (seconds: number): HttpResponse => ({
  status: 503,
  body: 'Cannot store right now; send again\n',
  headers: { 'retry-after': String(seconds) },
})

/** Never throws: what cannot be kept is a 503, so that the vendor sends again. `signal` is the deadline of the answer. */
export async function receive(knock: Knock, deps: ReceiveDeps, signal: AbortSignal): Promise<HttpResponse> {
  const about = { channel: knock.channel }
  const found = deps.directory.endpoint(knock.channel, knock.endpoint)
  const webhook = found?.channel.receive.find((it): it is Webhook<unknown, string> => it.kind === 'webhook')
  if (found === null || webhook === undefined || !tokenFits(webhook, knock, found.account.tokenHash))
    return refused('unknown_endpoint', notHere, knock, deps)
  try {
    const opened = await webhook.open(knock.request, found.endpoint, deps.clock.now())
    if ('refuse' in opened) return refused(opened.why, opened.refuse, knock, deps)
    if (opened.raws.length > 0) {
      const arrivals = opened.raws.map((raw) => arrivalOf(raw, { knock, deps, found }))
      const events = await ingest(arrivals, deps, signal)
      deps.names?.met(events)
      for (const { account, unclaimed } of arrivals) if (unclaimed !== true) deps.heard(account)
    }
    return opened.reply
  } catch (error) {
    deps.meter.count('refused', { ...about, reason: 'unavailable' })
    deps.meter.count('received', about)
    const log = isOfTheWorld(error) ? deps.logger.warn : deps.logger.error
    log('could not keep a call; the vendor is asked to send it again', {
      ...about,
      endpoint: knock.endpoint,
      why: messageOf(error),
      error,
    })
    return tryAgain(5)
  }
}

/** The refusal of a call nobody could prove is counted, not kept: anybody can make one. */
function refused(reason: string, answer: HttpResponse, knock: Knock, deps: ReceiveDeps): HttpResponse {
  deps.meter.count('received', { channel: reason === 'unknown_endpoint' ? '' : knock.channel })
  deps.meter.count('refused', { channel: reason === 'unknown_endpoint' ? '' : knock.channel, reason })
  deps.logger.debug('refused a call', { channel: knock.channel, endpoint: knock.endpoint, reason })
  return answer
}

/** The hash is compared, not the token, so that the time it takes tells nothing of either. */
function tokenFits(webhook: Webhook<unknown, string>, knock: Knock, tokenHash: string | null): boolean {
  if (webhook.proof === 'signature') return knock.token === null
  if (knock.token === null || tokenHash === null) return false
  const given = createHash('sha256').update(knock.token).digest()
  const known = Buffer.from(tokenHash, 'hex')
  return known.length === given.length && timingSafeEqual(given, known)
}

interface Found {
  readonly knock: Knock
  readonly deps: ReceiveDeps
  readonly found: NonNullable<ReturnType<Directory['endpoint']>>
}

function arrivalOf(raw: Raw, { knock, deps, found }: Found): Arrival {
  const claimed = deps.directory.claimed(knock.channel, knock.endpoint, raw.route)
  const head = { channel: found.channel, raw, correlation: knock.correlation }
  if (claimed !== null) return { ...head, account: claimed }
  deps.unclaimed(knock.channel, knock.endpoint, raw.route)
  return { ...head, account: found.account, unclaimed: true }
}
