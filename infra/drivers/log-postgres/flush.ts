// Writes down how far the lanes of this process are: all groups together, every 100 ms, refused where a lease was lost.
import type { Pool } from 'pg'
import type { Clock, Logger } from '../../../core/ports/edges.ts'
import { ask } from './ask.ts'
import { makeBell, nap } from '../bell.ts'
import { logFault } from './fault.ts'
import type { Lane } from './lanes.ts'

export interface Flusher {
  /** To be written down with the next flush. */
  note(lane: Lane): void
  /** Now. Rejects with `log.unavailable`; what was not written is written with the next flush. */
  flush(): Promise<void>
  /** Flushes every so often while there is something, until the signal aborts. */
  run(everyMs: number, signal: AbortSignal): Promise<void>
}
interface Dependencies {
  readonly pool: Pool
  readonly clock: Clock
  readonly log: Logger
}
interface Taken {
  readonly group_name: string
  readonly member: string
  readonly topic: string
  readonly partition: number
}

const silentAfterMs = 3_000

export function makeFlusher(deps: Dependencies): Flusher {
  const dirty = new Set<Lane>()
  const bell = makeBell()
  let last: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    const lanes = [...dirty].filter((lane) => !lane.lost && lane.position > lane.flushed)
    dirty.clear()
    if (lanes.length === 0) return
    const positions = lanes.map((lane) => lane.position)
    try {
      const taken = await send(lanes, deps.pool)
      for (const [index, lane] of lanes.entries()) {
        if (taken.has(nameOf(lane))) lane.flushed = positions[index] ?? lane.flushed
        else lose(lane, deps.log)
      }
    } catch (error) {
      for (const lane of lanes) dirty.add(lane)
      throw logFault(error, 'Writing down how far the groups are')
    }
  }
  /** One at a time: an older position must not come after a newer one. */
  function flush(): Promise<void> {
    last = last.then(write, write)
    return last
  }
  return {
    note(lane) {
      dirty.add(lane)
      bell.ring()
    },
    flush,
    async run(everyMs, signal) {
      signal.addEventListener('abort', bell.ring, { once: true })
      while (!signal.aborted) {
        if (dirty.size === 0) await bell.heard()
        await nap(deps.clock, everyMs, { signal })
        await flush().catch((error: unknown) =>
          deps.log.warn('Positions are written down later.', { why: String(error) }),
        )
      }
    },
  }
}

const nameOf = (lane: Lane): string => JSON.stringify([lane.group, lane.member, lane.topic, lane.partition])

async function send(lanes: readonly Lane[], pool: Pool): Promise<ReadonlySet<string>> {
  const rows = lanes.map(({ group: g, member: m, topic: t, partition: p, position, day, epoch }) => ({
    g,
    m,
    t,
    p,
    position,
    day,
    epoch,
  }))
  const taken = await ask<Taken>(pool, {
    name: 'log_flush',
    text: 'select * from log_flush($1)',
    values: [JSON.stringify(rows)],
    silentAfterMs,
  })
  return new Set(taken.map((row) => JSON.stringify([row.group_name, row.member, row.topic, row.partition])))
}

function lose(lane: Lane, log: Logger): void {
  lane.lost = true
  const { group, topic, partition, position } = lane
  log.warn('A partition went to another process while it was read here; its events come there again.', {
    group,
    topic,
    partition,
    position,
  })
}
