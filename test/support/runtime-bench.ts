// Log, store and queues on a database of their own, for tests of the loops.
import { setTimeout as pause } from 'node:timers/promises'
import type { AnyWorker } from '../../core/ports/worker.ts'
import type { Attempts } from '../../core/ports/queues.ts'
import type { EventLog } from '../../core/ports/event-log.ts'
import type { Store } from '../../core/ports/store.ts'
import type { Clock, Meter } from '../../core/ports/edges.ts'
import { partitionOf } from '../../core/runtime/partition.ts'
import { runWorker } from '../../core/runtime/run-worker.ts'
import { systemClock } from '../../infra/drivers/clock.ts'
import { postgresLog } from '../../infra/drivers/log-postgres.ts'
import { makeAttempts } from '../../infra/store/queues/attempts.ts'
import { onLoops } from '../../infra/store/queues/on-loops.ts'
import { makeStore } from '../../infra/store/index.ts'
import { freshDatabase, type FreshDatabase } from './database.ts'
import { keptLog } from './quiet-log.ts'

export interface RuntimeBench {
  readonly database: FreshDatabase
  readonly log: EventLog
  readonly store: Store
  readonly attempts: Attempts
  readonly clock: Clock
  readonly logger: ReturnType<typeof keptLog>
  readonly meter: Meter
  /** As the owner, past row security: for looking, never for the code under test. */
  rows<T extends object>(text: string, ...values: readonly unknown[]): Promise<readonly T[]>
  /** Runs a worker until it has passed everything. */
  drain(worker: AnyWorker): Promise<void>
  close(): Promise<void>
}

export const noMeter: Meter = { count: () => undefined, gauge: () => undefined, observe: () => undefined }
const noRegistry = {
  capabilities: () => null,
  kinds: () => [],
  keysOfReply: () => [],
  address: () => ({ refuse: 'no channels here' }),
  whyNotAnAccount: () => null,
  routesOf: () => [],
}

export async function runtimeBench(): Promise<RuntimeBench> {
  const database = await freshDatabase()
  const logger = keptLog()
  const log = await postgresLog({ database, clock: systemClock, log: logger })
  const store = makeStore({
    database,
    registry: noRegistry,
    emitInto: 'log',
    partitionOf: (key) => partitionOf(key, 12),
  })
  const deps = { log, store, attempts: makeAttempts(onLoops(database)), clock: systemClock, logger, meter: noMeter }
  return {
    ...deps,
    database,
    async rows<T extends object>(text: string, ...values: readonly unknown[]) {
      return (await database.pool('owner').query<T>(text, [...values])).rows
    },
    async drain(worker) {
      const stop = new AbortController()
      const running = runWorker(worker, deps, stop.signal)
      await reachesZero(log, worker.name)
      stop.abort()
      await running
    },
    async close() {
      await log.close()
      await database.close()
    },
  }
}

/** The group must be known before its lag means anything: it is, once it has asked for its first lease. */
async function reachesZero(log: EventLog, group: string): Promise<void> {
  for (let quiet = 0; quiet < 3;) {
    await pause(100)
    quiet = (await log.lag(group)).events === 0 ? quiet + 1 : 0
  }
}
