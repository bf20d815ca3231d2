// The performance guard: 5,000 events through the hot statements on tables that were vacuumed while empty, the plans of that hour kept.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { escapeLiteral, type Pool, type PoolClient } from 'pg'
import type { AnyEvent } from '../../schemas/events.ts'
import type { Instant, TicketId } from '../../schemas/ids.ts'
import type { AnyWorker } from '../../core/ports/worker.ts'
import { decideBatch } from '../../core/runtime/decide-batch.ts'
import feed from '../../workers/feed.ts'
import threading from '../../workers/threading/index.ts'
import outbound from '../../workers/outbound/index.ts'
import triage from '../../workers/triage/index.ts'
import assignment from '../../workers/assignment/index.ts'
import { hires } from '../../test/support/assign-rig.ts'
import { agentRow, ruleRow } from '../../test/support/desk-given.ts'
import { accountRow, after, delivery, echoed, received } from '../../test/support/given.ts'
import { applyIn, openThread, queueReply } from '../../test/support/record.ts'
import { main, openStoreRig, storeOver, type StoreRig } from '../../test/support/store-rig.ts'

/** A row that is reached by its key touches a few pages an index; one that is found by a scan touches hundreds, then thousands. */
const mostBuffersARow = 50
/** And a few rows at every step of its plan; what compares every row with every other looks at thousands, in however few pages. */
const mostLookedAtARow = 200
const batches = 50
const noMeter = { count: () => undefined, gauge: () => undefined, observe: () => undefined }
const batchSize = 100

interface Measured {
  readonly name: string
  readonly rows: number
  readonly buffers: number
  readonly lookedAt: number
}

describe('hot statements', () => {
  let rig: StoreRig
  beforeAll(async () => {
    rig = await openStoreRig()
    const tables = await rig.sql<{ name: string }>(
      `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'inlet' and c.relkind = 'r'`,
    )
    // Nothing comes to the rescue of a plan that was made for an empty table. The catalogue is left alone too: while it is analyzed, a snapshot
    // is held, and what a queue has let go is read again with every look.
    await rig.sql(
      `do $$ declare every regclass[]; one regclass; begin
         set local allow_system_table_mods = on;
         every := array(select oid from pg_class where relkind = 'r' and relnamespace in ('inlet'::regnamespace, 'pg_catalog'::regnamespace));
         foreach one in array every loop execute format('alter table %s set (autovacuum_enabled = off)', one); end loop;
       end $$`,
    )
    for (const { name } of tables) await rig.sql(`vacuum (analyze) inlet.${name}`)
  })
  afterAll(() => rig.close())

  it('5,000 messages of 1,000 customers: no statement over 50 buffers or 200 rows looked at for one of its own, whenever its plan was made', async () => {
    const { store, measured, life, close } = await watchedStore(rig)
    for (let batch = 0; batch < batches; batch += 1) {
      life.measuring = batch % 10 === 9
      const events = Array.from({ length: batchSize }, (_, n) => messageOf(batch * batchSize + n))
      // One at a time at first: named statements settle on a plan at their sixth run, while the tables are nearly empty.
      for (const part of batch === 0 ? events.map((event) => [event]) : [events])
        for (const worker of [threading, feed])
          await decideBatch(worker as unknown as AnyWorker, part, { store, meter: noMeter })
      const newest = await rig.sql<{ ticket: string }>(
        `select id as ticket from inlet.ticket order by number desc limit 100`,
      )
      // As rules are asked: the first of them one by one.
      const asked = newest.map(({ ticket }) => ({ ticket: ticket as TicketId, message: null }))
      for (const part of batch === 0 ? asked.map((one) => [one]) : [asked])
        await store.transaction(async (enter) => (await enter(main)).read.triage.of(part))
    }
    await close()
    expectFast(measured, [
      'triage_of',
      'threads_of',
      'inbox_claim',
      'lock_take',
      'add_messages',
      'change_conversations',
      'outbox_put',
      'publish',
    ])
  }, 120_000)

  it('the 1,000 tickets that they opened, triaged and given to ten agents, within the same bounds', async () => {
    await applyIn(
      rig.store,
      main,
      hires(Array.from({ length: 10 }, (_, n) => agentRow(`agent${n}`, { capacity: { '*': 1_000, pigeon: 1_000 } }))),
    )
    await applyIn(rig.store, main, [
      { do: 'put-account', account: accountRow({ assignment: 'auto', brand: null }), routes: [], create: true },
      { do: 'put-rule', rule: ruleRow('urgent', { on: 'created', then: { priority: 'urgent' } }), create: true },
    ])
    const events = await rig.emitted()
    const { store, measured, life, close } = await watchedStore(rig)
    for (const worker of [triage, assignment]) {
      const { on } = worker as unknown as AnyWorker
      const mine = (worker === triage ? events : await rig.emitted()).filter(({ type }) => on.includes(type))
      for (let at = 0; at < mine.length; at += batchSize) {
        life.measuring = at > 0
        const part = mine.slice(at, at + batchSize)
        for (const some of at === 0 ? [...part.slice(0, 10).map((event) => [event]), part.slice(10)] : [part])
          await decideBatch(worker as unknown as AnyWorker, some, { store, meter: noMeter })
        // As every two seconds of a gateway's life.
        await rig.database.pool('loops').query('select sum_up_held(false)')
      }
    }
    await close()
    expect(
      await rig.sql(`select priority, assignee is null as waits, count(*)::int as n from inlet.ticket group by 1, 2`),
    ).toEqual([{ priority: 'urgent', waits: false, n: 1_000 }])
    expectFast(measured, [
      'triage_of',
      'change_tickets',
      'tickets_with_kind',
      'waiting_by_id',
      'queue_ticket',
      'board_seats',
    ])
  }, 120_000)

  it('2,000 replies: queued, claimed, sent and receipted within the same bounds', async () => {
    const { store, queues, measured, life, close } = await watchedStore(rig)
    for (let batch = 0; batch < 20; batch += 1) {
      life.measuring = batch > 3
      const names = Array.from({ length: batchSize }, (_, n) => `reply-${batch}-${n}`)
      for (const part of batch === 0 ? names.map((name) => [name]) : [names]) {
        await applyIn(
          store,
          main,
          part.flatMap((name) => [...openThread(name, 100_000), ...queueReply(name, 'one')]),
        )
        const claimed = await queues.deliveries.claim(part.length, 60)
        expect(claimed.length).toBe(part.length)
        const finish = (one: (typeof claimed)[number]) =>
          queues.deliveries.finish(one, { is: 'sent', externalId: `w.${one.id}` })
        // As they come: one by one, or many at once and so in one transaction.
        if (batch % 2 === 0) for (const one of claimed) await finish(one)
        else await Promise.all(claimed.map(finish))
        const receipts = claimed.map((one) => delivery({ externalId: `w.${one.id}` }))
        await decideBatch(outbound as unknown as AnyWorker, receipts, { store, meter: noMeter })
      }
    }
    await close()
    expect(await rig.sql(`select state, count(*)::int as n from inlet.reply group by 1`)).toEqual([
      { state: 'delivered', n: 2000 },
    ])
    expectFast(measured, ['queue_reply', 'delivery_claim', 'finish_hold', 'change_replies', 'reply_by_external_id'])
  }, 120_000)

  it('an echo that may be ours is compared with what is under way, not with the 3,000 replies that wait', async () => {
    const { store, queues, measured, life, close } = await watchedStore(rig)
    const names = Array.from({ length: 3_000 }, (_, n) => `waiting-${n}`)
    for (let at = 0; at < names.length; at += batchSize)
      await applyIn(
        store,
        main,
        names.slice(at, at + batchSize).flatMap((name) => [...openThread(name, 200_000), ...queueReply(name, 'one')]),
      )
    expect(await queues.deliveries.claim(3, 60)).toHaveLength(3)
    for (let n = 0; n < 30; n += 1) {
      life.measuring = n > 9
      const echo = echoed(`perhaps-${n}`, { text: 'somebody else’s words', mayBeOurs: true })
      await decideBatch(threading as unknown as AnyWorker, [echo], { store, meter: noMeter })
    }
    await close()
    expectFast(measured, ['reply_may_prove'])
  }, 120_000)
})

/** A store and its queues on one desk and one loops connection, which keep their plans; both are looked at while `life.measuring`. */
async function watchedStore({ database }: StoreRig) {
  const measured: Measured[] = []
  const life = { measuring: false }
  const clients = { desk: await database.pool('desk').connect(), loops: await database.pool('loops').connect() }
  const pools = {
    desk: oneClient(watched(clients.desk, life, measured)),
    loops: oneClient(watched(clients.loops, life, measured)),
  }
  const { store, queues } = storeOver({ pool: (role) => pools[role === 'loops' ? 'loops' : 'desk'] })
  const close = async () => {
    clients.desk.release(true)
    clients.loops.release(true)
  }
  return { store, queues, measured, life, close }
}

function expectFast(measured: readonly Measured[], mustBeThere: readonly string[]): void {
  const worst = worstOfEach(measured)
  expect(worst.map((one) => one.name)).toEqual(expect.arrayContaining([...mustBeThere]))
  expect(worst.filter((one) => one.buffersARow > mostBuffersARow || one.lookedAtARow > mostLookedAtARow)).toEqual([])
}

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

const oneClient = (client: PoolClient): Pool =>
  ({ connect: async () => client, query: client.query }) as unknown as Pool

interface Asked {
  readonly name?: string
  readonly text: string
  readonly values?: string[]
}
/** Runs what is asked, one after the other; before it, inside a savepoint, the same prepared statement under EXPLAIN. */
function watched(client: PoolClient, life: { readonly measuring: boolean }, measured: Measured[]): PoolClient {
  const known = new Set<string>()
  let before: Promise<unknown> = Promise.resolve()
  const query = (asked: Asked) => {
    const mine = before.then(() => look(asked))
    before = mine.catch(() => undefined)
    return mine
  }
  const look = async (asked: Asked) => {
    if (life.measuring && asked.name !== undefined && asked.name !== 'enter' && known.has(asked.name))
      measured.push(await explain(client, asked.name, asked.values ?? []))
    if (asked.name !== undefined) known.add(asked.name)
    return client.query(asked)
  }
  const listeners = { on: () => undefined, removeListener: () => undefined }
  return { query, release: () => undefined, ...listeners } as unknown as PoolClient
}

interface PlanNode {
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Join Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
  readonly Plans?: readonly PlanNode[]
}
async function explain(client: PoolClient, name: string, values: readonly string[]): Promise<Measured> {
  // A statement of its own is its own transaction; inside one, only a savepoint is rolled back.
  const inside = !name.startsWith('delivery_')
  await client.query(inside ? 'savepoint looking' : 'begin')
  const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ readonly Plan: PlanNode }] }>(
    `explain (analyze, buffers, timing off, format json) execute "${name}" (${values.map((it) => escapeLiteral(it)).join()})`,
  )
  await client.query(inside ? 'rollback to savepoint looking' : 'rollback')
  const plan = rows[0]!['QUERY PLAN'][0].Plan
  return {
    name,
    rows: Math.max(1, rowsIn(JSON.parse(values.at(-1) ?? '[]')), plan['Actual Rows']),
    buffers: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    lookedAt: lookedAt(plan),
  }
}

/** Rows that came out of every step of a plan and that its conditions threw away: what it worked through, on a slow machine as on a fast one. */
const lookedAt = (node: PlanNode): number =>
  node['Actual Loops'] *
    (node['Actual Rows'] +
      (node['Rows Removed by Filter'] ?? 0) +
      (node['Rows Removed by Join Filter'] ?? 0) +
      (node['Rows Removed by Index Recheck'] ?? 0)) +
  (node.Plans ?? []).reduce((sum, step) => sum + lookedAt(step), 0)

function rowsIn(json: unknown): number {
  if (Array.isArray(json)) return json.length
  const { events, room } = (json ?? {}) as { readonly events?: readonly unknown[]; readonly room?: number }
  return events?.length ?? room ?? 1
}

/** Nine of ten runs: a table that grows by a page may cost one of them more. */
const worstOfEach = (measured: readonly Measured[]) =>
  [...Map.groupBy(measured, (one) => one.name)].map(([name, all]) => ({
    name,
    runs: all.length,
    buffersARow: Math.round(nearWorst(all.map((one) => one.buffers / one.rows))),
    lookedAtARow: Math.round(nearWorst(all.map((one) => one.lookedAt / one.rows))),
  }))
const nearWorst = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.9)] ?? 0
