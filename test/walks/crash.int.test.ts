// The crash walk: a process ends at every moment it waits for a port, a new one goes on, and nothing is lost, doubled or set aside.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AnyChannel } from '../../core/ports/channel.ts'
import { reply } from '../../core/commands/reply.ts'
import type { House } from '../../infra/house.ts'
import { agent } from '../support/given.ts'
import { faultsOf } from '../support/walk-check.ts'
import { drained, main, runLoops, walkHouse, type Loops, type WalkHouse } from '../support/walk-house.ts'
import { lifeOf, type Life } from '../support/walk-life.ts'

/** Far above any walk: a walk that comes here never ends. */
const tooMany = 400
const said = (what: string, stops: readonly string[]): void =>
  void process.stdout.write(`crash walk of ${what}: ${stops.length} stops tried\n`)

/** Lives that end at the first, the second … moment, until one comes through. `round` gives where it ended. */
async function walk(round: (n: number) => Promise<string | null>): Promise<readonly string[]> {
  const stops: string[] = []
  for (let n = 1; n < tooMany; n += 1) {
    const endedAt = await round(n)
    if (endedAt === null) return stops
    stops.push(endedAt)
  }
  throw new Error(`no life came through after ${tooMany} stops; the last ended ${stops.at(-1)}`)
}

/** Runs loops of a life until it ends or has nothing left to do; then of the process that comes after it. */
async function liveOn(on: WalkHouse, life: Life, loops: Loops, done: () => Promise<void>): Promise<void> {
  const end = runLoops(life.house, loops)
  await Promise.race([life.crashed, done()])
  await end() // a zombie does nothing: every call of it throws. What it asked the vendor before is answered by now.
  await endLeases(on)
  if (!life.isDead()) return
  const endNext = runLoops(on.house, loops)
  await done()
  await endNext()
}

/** What a dead process held runs out by the database's clock. Waiting for it would only be slow: its time is moved back instead. */
async function endLeases({ sql }: WalkHouse): Promise<void> {
  await sql(`update inlet.reply set lease_until = '-infinity' where state = 'sending'`)
  await sql(`update inlet.reply set not_before = '-infinity' where state in ('queued', 'sending')`)
  await sql(`update inlet.lease set until = '-infinity'`)
}

const long = 'A long letter. '.repeat(5_000)
let serial = 0
/** One call of the vendor with three messages of two customers, one of them too long for the log. */
const write = (on: WalkHouse) => {
  const n = (serial += 1)
  return on.vendor.writeMany([
    { customer: n * 2, text: `first of ${n}` },
    { customer: n * 2 + 1, text: long },
    { customer: n * 2, text: `second of ${n}` },
  ])
}
const ticketOf = async ({ sql }: WalkHouse, externalId: string): Promise<string> =>
  (await sql<{ ticket: string }>('select ticket from inlet.message where external_id = $1', externalId))[0]?.ticket ??
  ''
const ask = (house: House, ticket: string, key: string) =>
  house.commands.run(reply, { ticket, text: `answer ${key}` }, { workspace: main, by: agent, idempotencyKey: key })
const allBut = (on: WalkHouse, name: string) =>
  on.house.registry.workers.map((worker) => worker.name).filter((it) => it !== name)
const cannotAsk = (it: AnyChannel): AnyChannel => {
  const { find: _, ...channel } = it
  return channel
}

describe('crash walk, where log and record are one database', () => {
  let on: WalkHouse
  beforeAll(async () => {
    on = await walkHouse({ channel: cannotAsk })
    on.vendor.receipts('off')
  })
  afterAll(() => on.close())
  afterEach(() => on.door.answeredBy(on.house))

  it('F2 G1 G4 ingest: every message once, wherever the process ends', { timeout: 60_000 }, async () => {
    const end = runLoops(on.house, {})
    const stops = await walk(async (n) => {
      const life = lifeOf(on.house, n)
      on.door.answeredBy(life.house, life.isDead)
      void life.crashed.then(() => on.door.answeredBy(on.house)) // the vendor comes again, to the next process
      expect((await write(on)).status).toBe(200)
      return life.endedAt
    })
    await on.drained()
    await end()
    expect(await faultsOf(on)).toEqual([])
    expect(stops).toContain('after log.append')
    expect(stops).toContain('before blobs.put')
    said('ingest', stops)
  })

  it.each([
    ['threading', 'after tx.claim'],
    ['feed', 'after a commit'],
  ])(
    'F2 G12 G13 run-worker, %s: every effect once, wherever the process ends',
    { timeout: 60_000 },
    async (name, wanted) => {
      const end = runLoops(on.house, { workers: allBut(on, name) })
      const stops = await walk(async (n) => {
        await write(on)
        const life = lifeOf(on.house, n)
        await liveOn(on, life, { workers: [name] }, () => drained(on, [name]))
        return life.endedAt
      })
      await end()
      const endAll = runLoops(on.house, {})
      await on.drained()
      await endAll()
      expect(await faultsOf(on)).toEqual([])
      expect(stops).toContain(wanted)
      expect(stops).toContain('after a batch was handled, before its position moved')
      said(`run-worker, ${name}`, stops)
    },
  )

  it('F2 G12 run-command: a call asked again with its key is one reply, wherever the process ends', async () => {
    const end = runLoops(on.house, {})
    const { id } = await write(on)
    await on.drained()
    const ticket = await ticketOf(on, id)
    const before = await on.sql('select id from inlet.reply')
    const stops = await walk(async (n) => {
      const life = lifeOf(on.house, n)
      const first = await ask(life.house, ticket, `command-${n}`).catch(() => null) // the caller heard nothing
      const answer = first ?? (await ask(on.house, ticket, `command-${n}`))
      expect(answer).toMatchObject({ status: 202 })
      const rows = await on.sql<{ id: string }>(
        `select id from inlet.reply where outbound ->> 'text' = $1`,
        `answer command-${n}`,
      )
      expect([answer]).toMatchObject(rows.map((row) => ({ body: { id: row.id } })))
      return life.endedAt
    })
    expect((await on.sql('select id from inlet.reply')).length - before.length).toBe(stops.length + 1)
    await liveOn(on, lifeOf(on.house, tooMany), { workers: [], deliver: true }, on.drained)
    await end()
    expect(await faultsOf(on)).toEqual([])
    expect(stops).toContain('after tx.keepAnswer')
    said('run-command', stops)
  })

  it('F2 G19 deliver: each reply is at the vendor once, or unsure and at most once', { timeout: 60_000 }, async () => {
    const stops = await walkDeliver(on, 'blind')
    const rows = await on.sql<{ state: string; n: number }>(
      'select state, count(*)::int as n from inlet.reply group by 1',
    )
    const count = (state: string) => rows.find((row) => row.state === state)?.n ?? 0
    expect(count('unsure')).toBeGreaterThan(0)
    expect(count('sent')).toBeGreaterThan(count('unsure'))
    said('deliver, a vendor that cannot be asked', stops)
  })
})

/** Three replies a life, to three customers, so that several are under way when it ends. */
async function walkDeliver(on: WalkHouse, name: string): Promise<readonly string[]> {
  const end = runLoops(on.house, {})
  const stops = await walk(async (n) => {
    const { ids } = await on.vendor.writeMany([0, 1, 2].map((at) => ({ customer: 10_000 + n * 3 + at })))
    await on.drained()
    for (const id of ids)
      expect(await ask(on.house, await ticketOf(on, id), `${name}-${id}`)).toMatchObject({ status: 202 })
    const life = lifeOf(on.house, n)
    await liveOn(on, life, { workers: [], deliver: true }, on.drained)
    return life.endedAt
  })
  await on.drained()
  await end()
  expect(await faultsOf(on)).toEqual([])
  expect(stops).toContain('after http.call')
  expect(stops).toContain('after deliveries.claim')
  return stops
}

describe('crash walk, where the vendor can be asked', () => {
  it('F2 G19 deliver: each reply is at the vendor exactly once', { timeout: 60_000 }, async () => {
    const on = await walkHouse({ seed: 2 })
    try {
      const stops = await walkDeliver(on, 'asked')
      await on.vendor.settled()
      const rows = await on.sql<{ state: string }>('select distinct state from inlet.reply')
      expect(rows.map((row) => row.state).filter((it) => !['sent', 'delivered', 'read'].includes(it))).toEqual([])
      said('deliver, a vendor that can be asked', stops)
    } finally {
      await on.close()
    }
  })
})

describe('crash walk, where an outbox carries events over', () => {
  it('F2 F18 relay: every event in the log, whatever is repeated', { timeout: 60_000 }, async () => {
    const on = await walkHouse({ seed: 3, emitInto: 'outbox' })
    try {
      const end = runLoops(on.house, {})
      const empty = async () => {
        while ((await on.sql('select 1 from inlet.outbox limit 1')).length > 0) await pause(10)
      }
      const stops = await walk(async (n) => {
        await write(on)
        await drained(on, ['threading'], ['outbox'])
        const life = lifeOf(on.house, n)
        await liveOn(on, life, { workers: [], relay: true, owner: `life ${n}` }, empty)
        return life.endedAt
      })
      await on.drained()
      await end()
      expect(await faultsOf(on)).toEqual([])
      expect(stops).toContain('before outbox.remove')
      said('relay', stops)
    } finally {
      await on.close()
    }
  })
})
