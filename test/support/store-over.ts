// The store and the loops' queues over a database, whoever runs it: a test of the suite, or a long form outside of it.
import type { WorkspaceId } from '../../schemas/ids.ts'
import { partitionOf } from '../../core/runtime/partition.ts'
import type { Store } from '../../core/ports/store.ts'
import type { Clock, Secrets } from '../../core/ports/edges.ts'
import type { Database } from '../../infra/drivers/database.ts'
import { systemClock } from '../../infra/drivers/clock.ts'
import { makeStore, type RegistryFacts } from '../../infra/store/index.ts'
import { makeQueues, type Queues, type QueuesDeps } from '../../infra/store/queues/index.ts'
import { dm } from './given.ts'

export const main = 'main' as WorkspaceId
export const other = 'other' as WorkspaceId
export const partitions = 12

export const registry: RegistryFacts = {
  capabilities: (_channel, kind) => (kind === 'dm' ? dm : null),
  kinds: () => ['dm'],
  address: () => ({ refuse: 'this channel waits to be written to' }),
  keysOfReply: () => [],
  whyNotAnAccount: () => null,
  routesOf: () => [],
}
/** Sealing that a test can read: what matters here is where sealed texts go, not how they are made. */
export const plainSecrets: Secrets = {
  seal: async (_workspace, place, plain) => `sealed:${place}:${plain}`,
  open: async (_workspace, place, stored) => stored.replace(`sealed:${place}:`, ''),
}

export type RigOptions = Partial<Pick<QueuesDeps, 'limits' | 'atOncePerAccount' | 'emitInto' | 'nudge'>> & {
  readonly clock?: Clock
}

/** A second process on the same record is a second one of these. */
export function storeOver(
  database: Pick<Database, 'pool'>,
  options: RigOptions = {},
): { readonly store: Store; readonly queues: Queues } {
  const emit = {
    database,
    emitInto: options.emitInto ?? 'outbox',
    partitionOf: (key: string) => partitionOf(key, partitions),
  } as const
  const queues = makeQueues({
    ...emit,
    clock: options.clock ?? systemClock,
    secrets: plainSecrets,
    limits: options.limits ?? new Map(),
    atOncePerAccount: options.atOncePerAccount ?? 100,
    readers: [],
    ...(options.nudge === undefined ? {} : { nudge: options.nudge }),
  })
  return { queues, store: makeStore({ ...emit, registry, nudge: queues.nudge }) }
}
