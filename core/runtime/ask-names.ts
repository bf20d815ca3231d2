// What people who wrote are called, where their messages do not say: asked of the vendor after its call was answered, at leisure.
import { isGatewayError, messageOf } from '../errors.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import type { ChannelName, WorkspaceId } from '../../schemas/ids.ts'
import type { Party } from '../../schemas/message.ts'
import type { AnyChannel } from '../ports/channel.ts'
import type { Clock, FileLinks, Http } from '../ports/edges.ts'
import type { Directory } from './directory.ts'
import { edgesOf } from './edges-of.ts'
import { ingest, type IngestDeps } from './ingest.ts'

export interface AskNamesDeps extends IngestDeps {
  readonly directory: Directory
  readonly channels: ReadonlyMap<string, AnyChannel>
  readonly clock: Clock
  readonly http: Http
  readonly links: FileLinks
}
export interface Names {
  /** Remembers who has no name; waits for nothing. */
  met(events: readonly AnyEvent[]): void
  /** Asks, one person after another, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}
interface Nameless {
  readonly key: string
  /** The account it would be asked through. */
  readonly place: string
  readonly tries: number
  readonly channel: ChannelName
  readonly account: string
  readonly workspace: WorkspaceId
  readonly who: Party
}

/** So many a second at the most: far under every vendor's limit, which replies need more. */
const spacingMs = 250
const idleMs = 500
const askMs = 5_000
/** A vendor that is out of breath, or away, is left alone for so long, each time longer; who writes meanwhile is asked for with a later message. */
const restsMs = [5_000, 60_000, 600_000]
/** Whoever is beyond these is asked for with a later message of theirs. */
const mostWaiting = 1_000
const mostKnown = 50_000

/**
 * A name is no promise: what is waiting here is lost with the process, and comes again with the person's next message. Whom the record
 * knows by a name keeps it, so an answer too many does no harm.
 */
export function makeNames(deps: AskNamesDeps): Names {
  const asked = new Set<string>()
  const waiting: Nameless[] = []
  const resting = new Map<string, number>()
  const rests = ({ place }: Nameless): boolean => (resting.get(place) ?? -Infinity) > deps.clock.ticks()
  const met: Names['met'] = (events) => {
    for (const event of events) {
      if (waiting.length >= mostWaiting) return
      const one = namelessIn(event, deps.channels)
      if (one === null || asked.has(one.key)) continue
      if (rests(one)) continue
      if (asked.size >= mostKnown) asked.clear()
      asked.add(one.key)
      waiting.push(one)
    }
  }
  async function next(signal: AbortSignal): Promise<void> {
    const at = waiting.findIndex((it) => !rests(it))
    const [one] = at < 0 ? [] : waiting.splice(at, 1)
    if (one === undefined) return deps.clock.sleep(idleMs, signal)
    if ((await ask(one, deps, signal)) === 'later') putOff(one)
    await deps.clock.sleep(spacingMs, signal)
  }
  /** Whom it was asked for tries the vendor again; the others of the account do not wait, so that one that is away fills no memory. */
  function putOff(one: Nameless): void {
    const rest = restsMs[one.tries]
    const others = waiting.filter(({ place }) => place === one.place)
    for (const it of rest === undefined ? [one, ...others] : others) asked.delete(it.key)
    const left = waiting.filter(({ place }) => place !== one.place)
    waiting.splice(0, waiting.length, ...left, ...(rest === undefined ? [] : [{ ...one, tries: one.tries + 1 }]))
    resting.set(one.place, deps.clock.ticks() + (rest ?? restsMs.at(-1)!))
  }
  return {
    met,
    async run(signal) {
      while (!signal.aborted) await next(signal).catch(() => undefined)
    },
  }
}

function namelessIn(event: AnyEvent, channels: ReadonlyMap<string, AnyChannel>): Nameless | null {
  if (event.type !== 'message.received' || event.channel === null || event.account === null) return null
  const { from: who } = event.data
  if (who.name !== null || channels.get(event.channel)?.profile === undefined) return null
  const { channel, account, workspace } = event
  const place = JSON.stringify([workspace, channel, account])
  return { key: `${place} ${who.id}`, place, tries: 0, channel, account, workspace, who }
}

/** What the vendor says is kept as any of its bytes is, and read by the channel's own normalize. */
async function ask(one: Nameless, deps: AskNamesDeps, signal: AbortSignal): Promise<'done' | 'later'> {
  const channel = deps.channels.get(one.channel)
  const account = deps.directory.account(one.channel, one.account, one.workspace)
  if (channel?.profile === undefined || account === null) return 'done'
  const logger = deps.logger.with({ channel: one.channel, account: one.account })
  try {
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(askMs)])
    const edges = edgesOf(deps, one.workspace, logger)
    const found = await channel.profile(one.who, deps.directory.open(account), edges, inTime)
    if (found.is !== 'raw') return found.is === 'none' ? 'done' : 'later'
    await ingest([{ channel, account, raw: found.raw, correlation: `profile/${found.raw.route}` }], deps, inTime)
    return 'done'
  } catch (error) {
    if (signal.aborted) return 'later'
    const log = isGatewayError(error) ? logger.info : logger.warn
    log('could not learn the name of somebody who wrote; asked again with a later message', { why: messageOf(error) })
    return 'later'
  }
}
