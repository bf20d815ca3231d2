// The vendor's call as a whole: no answer before durability, refusals only where they are final, nothing taken that cannot be held, all counted.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { postgresLog } from '../../infra/drivers/log-postgres.ts'
import { until } from '../../test/support/deliver-rig.ts'
import { faultsOf } from '../../test/support/walk-check.ts'
import { runLoops, template, walkHouse, type WalkHouse } from '../../test/support/walk-house.ts'

let on: WalkHouse
beforeAll(async () => {
  on = await walkHouse({ seed: 40 })
})
afterAll(() => on.close())
afterEach(() => on.door.answeredBy(on.house))

/** The log cannot write until this is called: somebody holds its counters. */
async function logHangs(): Promise<() => Promise<void>> {
  const client = await on.database.pool('owner').connect()
  await client.query('begin; lock table inlet.log_partition in access exclusive mode')
  return async () => {
    await client.query('rollback')
    client.release()
  }
}
const kept = async (id: string): Promise<number> =>
  (await on.sql(`select 1 from inlet.log_event where event -> 'data' ->> 'externalId' = $1`, id)).length
const rows = async (table: string): Promise<number> =>
  (await on.sql<{ n: number }>(`select count(*)::int as n from inlet.${table}`))[0]!.n
const drain = async (): Promise<void> => {
  const end = runLoops(on.house, {})
  await on.drained()
  await end()
}

describe('a vendor that knocks', () => {
  it('G2 hears nothing while the log hangs, and a 503 in time; when it comes again it is taken', async () => {
    const release = await logHangs()
    const began = performance.now()
    const refused = await on.vendor.write({ customer: 1, id: 'hung' }, { retry: false })
    const ms = performance.now() - began
    expect(refused.status).toBe(503)
    expect(ms).toBeGreaterThan(4_000) // the deadline of the door is five seconds
    expect(ms).toBeLessThan(9_000)
    await release()
    expect((await on.vendor.write({ customer: 1, id: 'hung' })).status).toBe(200)
    expect(await kept('hung')).toBeGreaterThan(0)
    await drain()
    expect(await faultsOf(on)).toEqual([])
  })

  it('G2 is answered only when what it brought can be seen by others', async () => {
    const release = await logHangs()
    let answered = false
    const calls = Array.from({ length: 20 }, (_, n) =>
      on.vendor.write({ customer: n, id: `durable-${n}` }, { retry: false }).then(async (knock) => {
        answered = true
        return [knock.status, await kept(knock.id)]
      }),
    )
    await pause(500)
    expect(answered).toBe(false)
    await release()
    expect(await Promise.all(calls)).toEqual(calls.map(() => [200, 1]))
  })

  it('G3 is refused for good only where it can never be right, and then nothing is kept', async () => {
    const before = [await rows('log_raw'), await rows('log_event')]
    const how = { retry: false } as const
    for (const signature of ['wrong', 'missing', 'doubled'] as const)
      expect((await on.vendor.write({ customer: 1 }, { ...how, signature })).status).toBe(401)
    on.vendor.knocksAt(on.door.urlOf(template, 'nobody'))
    const unknown = await on.vendor.write({ customer: 1 }, how)
    on.vendor.knocksAt(on.door.urlOf(template, 'main'))
    await on.sql(`update inlet.account set state = 'disabled'`)
    while (on.house.directory.account(template, 'main')?.state !== 'disabled') await pause(20)
    const disabled = await on.vendor.write({ customer: 1 }, how)
    await on.sql(`update inlet.account set state = 'connected'`)
    while (on.house.directory.account(template, 'main')?.state !== 'connected') await pause(20)
    expect([unknown.status, unknown.body]).toEqual([404, disabled.body])
    expect(disabled.status).toBe(404)
    expect([await rows('log_raw'), await rows('log_event')]).toEqual(before)
  })

  it('G3 G6 signed bytes that cannot be read, and kinds nobody knows, are taken and set aside', async () => {
    const app = on.vendor.account().settings['app']
    const at = Math.floor(Date.now() / 1000)
    const good = { is: 'message', id: 'beside-nonsense', at, from: { id: 'u-1' }, text: 'hello' }
    const knocks = [
      await on.vendor.post('{"app": "', { retry: false }),
      await on.vendor.post(JSON.stringify({ app, nothing: 'of it' }), { retry: false }),
      await on.vendor.post(JSON.stringify({ app, items: [{ nothing: 'known' }, good] }), { retry: false }),
      await on.vendor.post(JSON.stringify({ app: 'app-of-nobody', items: [good] }), { retry: false }),
    ]
    expect(knocks.map((knock) => knock.status)).toEqual([200, 200, 200, 200])
    await drain()
    const parked = await on.sql<{ why: string }>(
      `select why from inlet.parked where worker = 'normalize' order by at, id`,
    )
    expect(parked.map(({ why }) => why).toSorted()).toEqual([
      expect.stringMatching(/^cannot be read: .*no list of items/),
      'it has no kind, id or time',
      'no account of this endpoint claims the route app-of-nobody',
      'no account of this endpoint claims this call',
    ])
    expect(await on.sql(`select 1 from inlet.message where external_id = 'beside-nonsense'`)).toHaveLength(1)
  })

  it('G14 is told to come again when too much waits to be durable; nothing that was taken is lost', async () => {
    const log = await postgresLog({
      database: on.database,
      clock: on.house.clock,
      log: on.logger,
      partitions: on.house.partitions,
      maxWaitingBytes: 64 * 1024,
    })
    on.door.answeredBy({ ...on.house, log })
    const release = await logHangs()
    const before = on.vendor.ledger.of('knocked').length
    const calls = Array.from({ length: 60 }, (_, n) =>
      on.vendor.write({ customer: n, id: `flood-${n}`, text: 'x'.repeat(4_000) }),
    )
    const refused = () => on.vendor.ledger.of('knocked').slice(before)
    await until(() => refused().length > 30)
    const answers = refused()
    expect(new Set(answers.map((it) => it.status))).toEqual(new Set([503]))
    await release()
    expect((await Promise.all(calls)).map((knock) => knock.status)).toEqual(calls.map(() => 200))
    await log.close()
    await drain()
    const there = await on.sql(`select 1 from inlet.message where external_id like 'flood-%'`)
    expect(there).toHaveLength(60)
  })

  it('M1 received = accepted + refused, and accepted = handled + duplicate + parked when all is drained', async () => {
    await on.vendor.write({ customer: 1, id: 'thrice' }, { times: 3, concurrently: true })
    await on.vendor.writeMany([{ customer: 2 }, { customer: 3 }, { customer: 2 }])
    await on.vendor.write({ customer: 4 }, { retry: false, signature: 'wrong' })
    await on.vendor.post('{"app": "', { retry: false })
    const { database, logger: log } = on
    const full = await postgresLog({
      database,
      clock: on.house.clock,
      log,
      partitions: on.house.partitions,
      maxWaitingBytes: 1,
    })
    on.door.answeredBy({ ...on.house, log: full })
    expect((await on.vendor.write({ customer: 5, id: 'not kept' }, { retry: false })).status).toBe(503)
    on.door.answeredBy(on.house)
    await full.close()
    await drain()
    const text = await on.meter.text()
    const sum = (name: string, ...labels: readonly string[]): number =>
      text
        .split('\n')
        .filter((line) => line.startsWith(`inlet_${name}_total{`) && labels.every((label) => line.includes(label)))
        .reduce((all, line) => all + Number(line.split(' ').at(-1)), 0)
    expect(sum('received')).toBe(sum('accepted') + sum('refused'))
    expect([sum('refused'), sum('accepted'), sum('duplicate')].every((count) => count > 0)).toBe(true)
    for (const worker of on.house.registry.workers.filter((it) => ['threading', 'quarantine'].includes(it.name))) {
      const accepted = worker.on.reduce((all, type) => all + sum('accepted', `type="${type}"`), 0)
      const [handled, duplicate, parked] = ['handled', 'duplicate', 'parked'].map((name) =>
        sum(name, `worker="${worker.name}"`),
      ) as [number, number, number]
      const distinct = await on.sql('select distinct event_id from inlet.feed where type = any ($1)', [[...worker.on]])
      expect([worker.name, handled + parked]).toEqual([worker.name, distinct.length])
      // What the log itself repeats (a lease that was lost on a slow machine) is a duplicate that nobody sent.
      expect(handled + duplicate + parked).toBeGreaterThanOrEqual(accepted)
      expect(accepted).toBeGreaterThan(0)
    }
  })
})
