// The performance guard: 5,000 events through the hot statements on tables that were vacuumed while empty, the plans of that hour kept.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { escapeLiteral, type Pool, type PoolClient } from 'pg'
import type { AnyEvent } from '../../schemas/events.ts'
import type { Instant } from '../../schemas/ids.ts'
import type { AnyWorker } from '../../core/ports/worker.ts'
import { decideBatch } from '../../core/runtime/decide-batch.ts'
import feed from '../../workers/feed.ts'
import threading from '../../workers/threading/index.ts'
import { after, received } from '../../test/support/given.ts'
import { openStoreRig, storeOver, type StoreRig } from '../../test/support/store-rig.ts'

/** A row that is reached by its key touches a few pages an index; one that is found by a scan touches hundreds, then thousands. */
const mostBuffersARow = 50
/** A whole statement, for the hundred rows of a batch, divided among them. */
const mostMsARow = 2
const batches = 50
const batchSize = 100

interface Measured {
  readonly name: string
  readonly rows: number
  readonly buffers: number
  readonly ms: number
}

describe('hot statements', () => {
  let rig: StoreRig
  beforeAll(async () => {
    rig = await openStoreRig()
    const tables = await rig.sql<{ name: string }>(
      `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'inlet' and c.relkind = 'r'`,
    )
    // Nothing comes to the rescue of a plan that was made for an empty table.
    for (const { name } of tables) await rig.sql(`alter table inlet.${name} set (autovacuum_enabled = off)`)
    for (const { name } of tables) await rig.sql(`vacuum (analyze) inlet.${name}`)
  })
  afterAll(() => rig.close())

  it('5,000 messages of 1,000 customers: no statement over 50 buffers or 2 ms a row, whenever its plan was made', async () => {
    const measured: Measured[] = []
    const life = { measuring: false }
    const client = await rig.database.pool('desk').connect()
    const pool = oneClient(watched(client, life, measured))
    const { store } = storeOver({ pool: () => pool })
    const meter = { count: () => undefined, gauge: () => undefined, observe: () => undefined }
    try {
      for (let batch = 0; batch < batches; batch += 1) {
        life.measuring = batch % 10 === 9
        const events = Array.from({ length: batchSize }, (_, n) => messageOf(batch * batchSize + n))
        // One at a time at first: named statements settle on a plan at their sixth run, while the tables are nearly empty.
        const parts = batch === 0 ? events.map((event) => [event]) : [events]
        for (const part of parts) {
          await decideBatch(threading as unknown as AnyWorker, part, { store, meter })
          await decideBatch(feed as unknown as AnyWorker, part, { store, meter })
        }
      }
    } finally {
      client.release(true)
    }
    const worst = worstOfEach(measured)
    expect(worst.map((one) => one.name)).toEqual(
      expect.arrayContaining(['threads_of', 'inbox_claim', 'add_messages', 'outbox_put', 'publish']),
    )
    expect(worst.filter((one) => one.buffersARow > mostBuffersARow || one.msARow > mostMsARow)).toEqual([])
  }, 120_000)
})

/** Every customer writes five times; what they write comes in the order it was written. */
const messageOf = (n: number): AnyEvent => {
  const customer = n % 1000
  const phone = `90530${String(customer).padStart(7, '0')}`
  const from = {
    id: phone,
    name: `Customer ${customer}`,
    address: `+${phone}`,
    keys: [`phone:${phone}`, `user:${customer}`],
  }
  return received(
    `speed-${n}`,
    { from, threadKeys: [`phone:${phone}`, `user:${customer}`] },
    { at: after({ ms: n }) as Instant, key: `pigeon:${phone}` },
  )
}

const oneClient = (client: PoolClient): Pool => ({ connect: async () => client }) as unknown as Pool

/** Runs what is asked; before it, inside a savepoint, the same prepared statement under EXPLAIN. */
function watched(client: PoolClient, life: { readonly measuring: boolean }, measured: Measured[]): PoolClient {
  const known = new Set<string>()
  const query = async (asked: { readonly name?: string; readonly text: string; readonly values?: string[] }) => {
    if (life.measuring && asked.name !== undefined && known.has(asked.name))
      measured.push(await explain(client, asked.name, asked.values ?? []))
    if (asked.name !== undefined) known.add(asked.name)
    return client.query(asked)
  }
  return { query, release: () => undefined } as unknown as PoolClient
}

interface Plan {
  readonly 'Execution Time': number
  readonly Plan: { readonly 'Shared Hit Blocks': number; readonly 'Shared Read Blocks': number }
}
async function explain(client: PoolClient, name: string, values: readonly string[]): Promise<Measured> {
  await client.query('savepoint looking')
  const { rows } = await client.query<{ 'QUERY PLAN': readonly [Plan] }>(
    `explain (analyze, buffers, timing off, format json) execute "${name}" (${values.map((it) => escapeLiteral(it)).join()})`,
  )
  await client.query('rollback to savepoint looking')
  const [plan] = rows[0]!['QUERY PLAN']
  const json: unknown = JSON.parse(values[1] ?? '[]')
  const inside = Array.isArray(json) ? json : ((json as { events?: unknown[] } | null)?.events ?? [])
  return {
    name,
    rows: Math.max(1, inside.length),
    buffers: plan.Plan['Shared Hit Blocks'] + plan.Plan['Shared Read Blocks'],
    ms: plan['Execution Time'],
  }
}

const worstOfEach = (measured: readonly Measured[]) =>
  [...Map.groupBy(measured, (one) => one.name)].map(([name, all]) => ({
    name,
    times: all.length,
    rows: Math.max(...all.map((one) => one.rows)),
    buffersARow: Math.max(...all.map((one) => Math.round(one.buffers / one.rows))),
    msARow: Math.max(...all.map((one) => one.ms / one.rows)),
    ms: Math.max(...all.map((one) => one.ms)),
  }))
