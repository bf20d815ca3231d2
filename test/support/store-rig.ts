// A record of its own for a test file: a fresh database, the store and the loops' queues over it, and what a test looks at from outside.
import type { AnyEvent } from '../../schemas/events.ts'
import type { Store } from '../../core/ports/store.ts'
import type { Queues } from '../../infra/store/queues/index.ts'
import { freshDatabase, type FreshDatabase } from './database.ts'
import { storeOver, type RigOptions } from './store-over.ts'

export { main, other, partitions, plainSecrets, registry, storeOver, type RigOptions } from './store-over.ts'

export interface StoreRig {
  readonly database: FreshDatabase
  readonly store: Store
  readonly queues: Queues
  /** As the owner, past row security. */
  sql<Row = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>
  /** What the outbox holds, oldest first. */
  emitted(): Promise<readonly AnyEvent[]>
  close(): Promise<void>
}
export async function openStoreRig(options: RigOptions = {}): Promise<StoreRig> {
  const database = await freshDatabase()
  const sql = async <Row>(text: string, values: unknown[] = []) =>
    (await database.pool('owner').query(text, values)).rows as Row[]
  await sql(`insert into inlet.workspace (workspace, name) values ('other', 'Other')`)
  return {
    database,
    ...storeOver(database, options),
    sql,
    emitted: async () =>
      (await sql<{ event: AnyEvent }>('select event from inlet.outbox order by seq')).map(({ event }) => event),
    close: () => database.close(),
  }
}
