// Outbox → log, in order, at least once: what a decision raised leaves only after its commit, and a repeat carries the same id.
import { messageOf } from '../errors.ts'
import { topicOf } from '../../schemas/events.ts'
import type { Clock, Logger, Meter } from '../ports/edges.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Leases, Outbox } from '../ports/queues.ts'
import { partitionOf } from './partition.ts'

export interface RelayDeps {
  readonly outbox: Outbox
  readonly leases: Leases
  readonly log: EventLog
  readonly clock: Clock
  readonly logger: Logger
  readonly meter: Meter
  /** This process, as leases know it. */
  readonly owner: string
  readonly partitions: number
}

const rowsAtOnce = 500
const leaseSeconds = 10
const appendMs = 10_000
const idleMs = 500

/** One holder at a time, by lease: two would keep order only by luck. Ends with the signal. */
export async function relay(deps: RelayDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const moved = (await deps.leases.take('relay', deps.owner, leaseSeconds)) === null ? 0 : await moveSome(deps)
      deps.meter.count('relayed', {}, moved)
      if (moved === 0) await deps.outbox.wait(idleMs, signal)
    } catch (error) {
      if (signal.aborted) break
      deps.logger.warn('could not move events from the outbox to the log; they wait', { why: messageOf(error) })
      await deps.clock.sleep(idleMs, signal).catch(() => undefined)
    }
  }
  await deps.leases
    .release('relay', deps.owner)
    .catch((error: unknown) => deps.logger.warn('could not release the relay', { error }))
}

/** In lanes by topic and partition: one that cannot be appended to stops only itself. How many left the outbox. */
export async function moveSome(deps: Pick<RelayDeps, 'outbox' | 'log' | 'logger' | 'partitions'>): Promise<number> {
  const rows = await deps.outbox.oldest(rowsAtOnce)
  const lanes = Map.groupBy(rows, ({ event }) => `${topicOf(event.type)}/${partitionOf(event.key, deps.partitions)}`)
  const moved = await Promise.allSettled(
    [...lanes.values()].map(async (lane) => {
      await deps.log.append({ events: lane.map(({ event }) => event) }, AbortSignal.timeout(appendMs))
      return lane.map(({ seq }) => seq)
    }),
  )
  // One commit for all lanes: a commit for each was most of what the database had to sync while messages came in steadily.
  const gone = moved.flatMap((it) => (it.status === 'fulfilled' ? it.value : []))
  if (gone.length > 0) await deps.outbox.remove(gone)
  const failed = moved.find((it) => it.status === 'rejected')
  if (failed !== undefined) {
    deps.logger.warn('a lane of the outbox could not be appended; it waits, the others went on', {
      why: messageOf(failed.reason),
    })
    if (moved.every((it) => it.status === 'rejected')) throw failed.reason
  }
  return gone.length
}
