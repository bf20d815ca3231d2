// The crash walk of what goes out: replies to a vendor, events to the log; each once, or unsure, wherever the process ends.
import { describe, expect, it } from 'vitest'
import { faultsOf } from '../support/walk-check.ts'
import { drained, runLoops, walkHouse, type WalkHouse } from '../support/walk-house.ts'
import { lifeOf } from '../support/walk-life.ts'
import { ask, cannotAsk, liveOn, said, ticketOf, walk, write } from '../support/walk-stops.ts'

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

describe('crash walk, where the vendor cannot be asked', () => {
  it('F2 G19 deliver: each reply is at the vendor once, or unsure and at most once', { timeout: 60_000 }, async () => {
    const on = await walkHouse({ channel: cannotAsk })
    on.vendor.receipts('off')
    try {
      const stops = await walkDeliver(on, 'blind')
      const rows = await on.sql<{ state: string; n: number }>(
        'select state, count(*)::int as n from inlet.reply group by 1',
      )
      const count = (state: string) => rows.find((row) => row.state === state)?.n ?? 0
      expect(count('unsure')).toBeGreaterThan(0)
      expect(count('sent')).toBeGreaterThan(0)
      said('deliver, a vendor that cannot be asked', stops)
    } finally {
      await on.close()
    }
  })
})

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
      const stops = await walk(async (n) => {
        await write(on)
        await drained(on, ['threading'], ['outbox'])
        const life = lifeOf(on.house, n)
        await liveOn(on, life, { workers: [], relay: true, owner: `life ${n}` }, () => drained(on))
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
