// Wake-ups: each fires once, whoever looks and whoever dies; by the database's clock, whatever the machine's says.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { houseOn, runLoops, walkHouse, type WalkHouse } from '../../test/support/walk-house.ts'
import { lifeOf } from '../../test/support/walk-life.ts'
import { until } from '../../test/support/deliver-rig.ts'
import { handClock } from '../../test/support/hand-clock.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { makeWakeups } from '../../infra/store/queues/wakeups.ts'
import { makeWaits } from '../../infra/store/queues/waits.ts'
import { partitionOf } from './partition.ts'
import { wake } from './wake.ts'

let on: WalkHouse
beforeAll(async () => {
  on = await walkHouse({ seed: 80 })
})
afterAll(() => on.close())
afterEach(() => on.sql('delete from inlet.wakeup'))

const ask = (name: string, count: number, inSeconds = 0) =>
  on.sql(
    `insert into inlet.wakeup (workspace, kind, subject, id, due_at)
     select 'main', 'close_ticket', $1 || n, $1 || n, now() + make_interval(secs => $3) from generate_series(1, $2) n`,
    name,
    count,
    inSeconds,
  )
const fired = async (name: string): Promise<readonly string[]> =>
  (
    await on.sql<{ subject: string }>(
      `select event -> 'data' ->> 'subject' as subject from inlet.log_event where type = 'wake.due' and event -> 'data' ->> 'subject' like $1`,
      `${name}%`,
    )
  ).map((row) => row.subject)
const hour = 3_600_000
const dueIn = (name: string) => until(async () => (await fired(name)).length > 0, 3_000)

describe('wake-ups', () => {
  it('F18 two schedulers, one of them of another process, fire 1,200 once each', async () => {
    const twin = await houseOn(on.database, '')
    await ask('both-', 1_200)
    const ends = [runLoops(on.house, { workers: [], wake: true }), runLoops(twin.house, { workers: [], wake: true })]
    await until(async () => (await fired('both-')).length >= 1_200)
    await pause(200)
    await Promise.all(ends.map((end) => end()))
    const subjects = await fired('both-')
    expect([subjects.length, new Set(subjects).size]).toEqual([1_200, 1_200])
    const counted = await Promise.all(
      [on.meter, twin.meter].map(async (meter) => /^inlet_woken_total (\d+)/m.exec(await meter.text())?.[1]),
    )
    expect(Number(counted[0] ?? 0) + Number(counted[1] ?? 0)).toBe(1_200)
    await twin.house.close()
    twin.meter.close()
  })

  it('F2 a scheduler that dies at any moment fires none twice and none never', async () => {
    for (let n = 1; n < 20; n += 1) {
      await ask(`life-${n}-`, 3)
      const life = lifeOf(on.house, n)
      const end = runLoops(life.house, { workers: [], wake: true })
      const done = until(async () => (await fired(`life-${n}-`)).length === 3)
      await Promise.race([life.crashed, done])
      await end()
      const next = runLoops(on.house, { workers: [], wake: true })
      await done
      await next()
      expect(await fired(`life-${n}-`)).toHaveLength(3)
    }
  })

  it('what another process asked for is late by a second at most, and nothing fires before its time', async () => {
    const end = runLoops(on.house, { workers: [], wake: true })
    await ask('far-', 1, 3_600)
    await pause(300)
    await ask('soon-', 1, 0.3)
    const began = performance.now()
    await dueIn('soon-')
    expect(performance.now() - began).toBeGreaterThan(250)
    expect(performance.now() - began).toBeLessThan(4_000)
    await end()
    expect(await fired('far-')).toEqual([])
  })

  it('G17 a machine whose clock jumps an hour forward or back fires each once, at the same time as ever', async () => {
    const clock = handClock()
    const wakeups = makeWakeups({
      database: on.database,
      emitInto: 'log',
      waits: makeWaits(clock),
      partitionOf: (key) => partitionOf(key, on.house.partitions),
    })
    const stop = new AbortController()
    const running = wake({ wakeups, clock, logger: keptLog(), meter: on.meter }, stop.signal)
    /** A second by this machine's clock, with time for the database to answer. */
    const second = async () => {
      await until(() => clock.sleeping === 1)
      await clock.advance(1_000)
      await until(() => clock.sleeping === 1)
    }
    await second()
    await ask('later-', 1, 1_800)
    for (const [n, jump] of [hour, -2 * hour, hour].entries()) {
      clock.jump(jump)
      await ask(`now-${n}-`, 1)
      await second()
      expect(await fired(`now-${n}-`)).toHaveLength(1)
    }
    stop.abort()
    await running
    expect(await fired('later-')).toEqual([])
    expect(await fired('now-')).toHaveLength(3)
  })
})
