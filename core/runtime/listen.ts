// Listeners of channels: others connect to us at a port of their own, and what they bring is taken only when it is safe.
import { messageOf } from '../errors.ts'
import type { Account, AnyChannel, Door, ListenAt, Listener, Raw } from '../ports/channel.ts'
import type { Clock } from '../ports/edges.ts'
import type { LiveAccount } from '../ports/queues.ts'
import type { Directory } from './directory.ts'
import { ingest, type IngestDeps } from './ingest.ts'
import { pauseMs } from './later.ts'

export interface ListenDeps extends IngestDeps {
  readonly directory: Directory
  readonly clock: Clock
  /** Something genuine came for this account: what was being connected is connected. */
  heard(account: LiveAccount): void
}

/** The sender of one mail waits no longer than this; it comes again. */
const appendMs = 30_000
const again = { baseMs: 1_000, maxMs: 60_000 }

/** Ends with the signal. A port that cannot be opened is tried again with growing pauses, and said each time. */
export async function listen(
  channel: AnyChannel,
  receiver: Listener<unknown, string>,
  at: ListenAt,
  deps: ListenDeps,
  signal: AbortSignal,
): Promise<void> {
  const about = { channel: channel.name, receiver: receiver.name, host: at.host, port: at.port }
  const edges = { clock: deps.clock, log: deps.logger.with(about) }
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const open = await receiver.listen(at, doorOf(channel, receiver, deps), edges, signal)
      deps.logger.info('listening', { ...about, port: open.port })
      return await open.ended
    } catch (error) {
      if (signal.aborted) return
      deps.logger.error('cannot listen; it is tried again', { ...about, why: messageOf(error), error })
      await deps.clock.sleep(pauseMs(receiver.name, failures + 1, again), signal).catch(() => undefined)
    }
  }
}

function doorOf(channel: AnyChannel, receiver: Listener<unknown, string>, deps: ListenDeps): Door<unknown, string> {
  const liveOf = new WeakMap<Account<unknown, string>, LiveAccount>()
  return {
    whose(route) {
      const live = deps.directory.ofRoute(channel.name, route)
      if (live === null) return null
      const account = deps.directory.open(live)
      liveOf.set(account, live)
      return account
    },
    async take(account, raw: Raw) {
      const live = liveOf.get(account)
      if (live === undefined) throw new Error(`${account.id} was not given by this door`)
      const correlation = `${channel.name}/${live.id}/${receiver.name}#${deps.clock.now()}`
      await ingest([{ channel, account: live, raw, correlation }], deps, AbortSignal.timeout(appendMs))
      deps.heard(live)
    },
  }
}
