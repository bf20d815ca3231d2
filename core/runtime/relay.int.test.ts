// Outbox → log: in order within a key, with one effect each, whoever else carries, whatever cannot be written for a while.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { topicOf, type AnyEvent } from '../../schemas/events.ts'
import { GatewayError } from '../errors.ts'
import type { EventLog } from '../ports/event-log.ts'
import { until } from '../../test/support/deliver-rig.ts'
import { faultsOf } from '../../test/support/walk-check.ts'
import { houseOn, runLoops, walkHouse, type WalkHouse } from '../../test/support/walk-house.ts'
import { lifeOf } from '../../test/support/walk-life.ts'
import { partitionOf } from './partition.ts'
import { moveSome } from './relay.ts'

let on: WalkHouse
let end: () => Promise<void>
beforeAll(async () => {
  on = await walkHouse({ seed: 90, emitInto: 'outbox' })
  end = runLoops(on.house, {})
})
afterAll(async () => {
  await end()
  await on.close()
})

const waiting = async () => (await on.sql('select 1 from inlet.outbox')).length
const write = (count: number, from: number) =>
  on.vendor.writeMany(Array.from({ length: count }, (_, n) => ({ customer: from + (n % 7) })))
/** Keys whose events lie in the log in another order than they were raised in; the first of each counts. */
async function outOfOrder(raised: ReadonlyMap<string, readonly string[]>): Promise<readonly string[]> {
  const rows = await on.sql<{ id: string; key: string }>(
    `select event ->> 'id' as id, event ->> 'key' as key from inlet.log_event order by topic, partition, position`,
  )
  const byKey = Map.groupBy(rows, (row) => row.key)
  return [...raised].flatMap(([key, ids]) => {
    const mine = new Set(ids)
    const logged = [...new Set((byKey.get(key) ?? []).map((row) => row.id).filter((id) => mine.has(id)))]
    return JSON.stringify(logged) === JSON.stringify(ids) ? [] : [key]
  })
}
/** What lies in the outbox now, by topic and key, in the order of the commits. */
async function raisedNow(): Promise<Map<string, string[]>> {
  const rows = await on.sql<{ id: string; key: string }>(
    `select event ->> 'id' as id, event ->> 'key' as key from inlet.outbox order by topic, seq`,
  )
  return new Map([...Map.groupBy(rows, (row) => row.key)].map(([key, all]) => [key, all.map((row) => row.id)]))
}

describe('the relay', () => {
  it('F18 G9 two at once, and one that dies: every event has one effect, in the order it was raised', async () => {
    await write(40, 0)
    await until(async () => (await waiting()) > 40)
    const raised = await raisedNow()
    const twin = await houseOn(on.database, '', { emitInto: 'outbox' })
    const life = lifeOf(twin.house, 'after log.append') // it appended, and did not live to take the rows away
    const dead = runLoops(life.house, { workers: [], relay: true, owner: 'dead' })
    await life.crashed
    const both = [
      runLoops(on.house, { workers: [], relay: true, owner: 'one' }),
      runLoops(on.house, { workers: [], relay: true, owner: 'two' }),
    ]
    await pause(300)
    expect(await waiting()).toBeGreaterThan(0) // the dead one's lease still holds
    await on.sql(`update inlet.lease set until = '-infinity' where owner = 'dead'`)
    await on.drained()
    await Promise.all([dead, ...both].map((stop) => stop()))
    await twin.house.close()
    twin.meter.close()
    expect(await outOfOrder(raised)).toEqual([])
    expect(await faultsOf(on)).toEqual([])
  })

  it('F18 even two that both think it is their turn give each event one effect, in order', async () => {
    await write(40, 50)
    await until(async () => (await waiting()) > 40)
    await drainedButOutbox()
    const raised = await raisedNow()
    while ((await waiting()) > 0) await Promise.all([1, 2, 3].map(() => moveSome(deps())))
    const stop = runLoops(on.house, { workers: [], relay: true })
    await on.drained()
    await stop()
    expect(await outOfOrder(raised)).toEqual([])
    expect(await faultsOf(on)).toEqual([])
  })

  it('F4 one lane that cannot be written waits alone; nothing is dropped', async () => {
    await write(20, 100)
    await until(async () => (await waiting()) > 20)
    await drainedButOutbox()
    const before = await waiting()
    const [{ topic, partition } = { topic: '', partition: 0 }] = await on.sql<{ topic: string; partition: number }>(
      'select topic, partition from inlet.outbox order by seq limit 1',
    )
    // As a broker that has no leader for one partition: the others are written.
    const isHers = (event: AnyEvent) =>
      topicOf(event.type) === topic && partitionOf(event.key, on.house.partitions) === partition
    const log: EventLog = {
      ...on.house.log,
      append: (batch, signal) =>
        batch.events.some(isHers)
          ? Promise.reject(new GatewayError('log.unavailable', 'no leader'))
          : on.house.log.append(batch, signal),
    }
    const moved = await moveSome({ ...deps(), log })
    const left = await on.sql<{ topic: string; partition: number }>(
      'select distinct topic, partition from inlet.outbox',
    )
    expect(left).toEqual([{ topic, partition }])
    expect([moved > 0, await waiting()]).toEqual([true, before - moved])
    const stop = runLoops(on.house, { workers: [], relay: true })
    await on.drained()
    await stop()
    expect(await faultsOf(on)).toEqual([])
  })
})

const deps = () => ({ ...on.house, outbox: on.house.queues.outbox })
/** Everything is decided that can be without the outbox. */
async function drainedButOutbox(): Promise<void> {
  for (let same = 0, last = -1; same < 10; await pause(20)) {
    const now = await waiting()
    same = now === last ? same + 1 : 0
    last = now
  }
}
