// The crash walk can fail: houses that break one promise each, on purpose, are walked the same way, and the check must find what they lose or double.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { AnyChannel } from '../../core/ports/channel.ts'
import type { EventLog } from '../../core/ports/event-log.ts'
import type { Store } from '../../core/ports/store.ts'
import { reply } from '../../core/commands/reply.ts'
import type { House } from '../../infra/house.ts'
import { agent } from '../support/given.ts'
import { faultsOf } from '../support/walk-check.ts'
import { drained, main, runLoops, walkHouse, type WalkHouse } from '../support/walk-house.ts'
import { lifeOf } from '../support/walk-life.ts'

const lives = 14
const nothing = (): undefined => undefined

/** The vendor is answered while the append is still on its way. */
const answersFirst = (log: EventLog): EventLog => ({
  ...log,
  append: async (batch, signal) => void log.append(batch, signal).catch(nothing),
})
/** The position moves while the batch is still being handled. */
const movesFirst = (log: EventLog): EventLog => ({
  ...log,
  consume: (group, types, handle, signal, options) =>
    log.consume(group, types, async (batch) => void handle(batch).catch(nothing), signal, options),
})
/** "I have seen this" is committed by itself, before the effect. */
const claimsApart = (store: Store): Store => ({
  transaction: (work) =>
    store.transaction((enter) =>
      work(async (workspace) => ({
        ...(await enter(workspace)),
        claim: (worker, events) => store.transaction(async (apart) => (await apart(workspace)).claim(worker, events)),
      })),
    ),
})
/** Says of itself that a customer never sees a message twice; the vendor does not know of that. */
const saysSafe = (channel: AnyChannel): AnyChannel => {
  const { find: _, ...it } = channel
  const can = Object.entries(it.can).map(([kind, of]) => [kind, { ...of, resend: 'safe' as const }])
  return { ...it, can: Object.fromEntries(can) }
}

describe('crash walk of broken houses', () => {
  let on: WalkHouse
  beforeAll(async () => {
    on = await walkHouse({ seed: 9, channel: saysSafe })
    on.vendor.receipts('off')
  })
  afterAll(() => on.close())
  afterEach(() => on.door.answeredBy(on.house))

  /** What the check finds that it had not found before this walk. */
  async function foundBy(work: () => Promise<void>): Promise<readonly string[]> {
    const before = new Set(await faultsOf(on))
    await work()
    const end = runLoops(on.house, { deliver: true })
    await on.drained()
    await end()
    return (await faultsOf(on)).filter((it) => !before.has(it))
  }
  async function walkThreading(broken: (house: House) => House): Promise<void> {
    const end = runLoops(on.house, { workers: ['feed', 'outbound', 'quarantine', 'channels', 'closing'] })
    for (let n = 1; n <= lives; n += 1) {
      await on.vendor.write({ customer: 100 + n })
      const life = lifeOf(on.house, n)
      const stop = runLoops(broken(life.house), { workers: ['threading'] })
      await Promise.race([life.crashed, drained(on, ['threading'])])
      await stop()
      const next = runLoops(on.house, { workers: ['threading'] })
      await drained(on, ['threading'])
      await next()
    }
    await end()
  }

  it('F2 finds what is lost when the vendor is answered before the append', async () => {
    const found = await foundBy(async () => {
      for (let n = 1; n <= 3; n += 1) {
        const life = lifeOf(on.house, n)
        on.door.answeredBy({ ...life.house, log: answersFirst(life.house.log) })
        expect((await on.vendor.write({ customer: n })).status).toBe(200)
        on.door.answeredBy(on.house)
        await pause(20)
      }
    })
    expect(found).toEqual([expect.stringContaining('was accepted and is lost')])
  })

  it('F2 finds what is lost when the position moves before the handler', async () => {
    const found = await foundBy(() => walkThreading((house) => ({ ...house, log: movesFirst(house.log) })))
    expect(found.filter((it) => it.includes('is lost')).length).toBeGreaterThan(3)
  })

  it('F2 finds what is lost when the guard commits without its effect', async () => {
    const found = await foundBy(() => walkThreading((house) => ({ ...house, store: claimsApart(house.store) })))
    expect(found.filter((it) => it.includes('is lost')).length).toBeGreaterThan(1)
  })

  it('F2 finds what is doubled when a reply that may have been sent is sent again', async () => {
    const found = await foundBy(async () => {
      const end = runLoops(on.house, {})
      const { id } = await on.vendor.write({ customer: 500 })
      await on.drained()
      const [row] = await on.sql<{ ticket: string }>('select ticket from inlet.message where external_id = $1', id)
      for (let n = 1; n <= 6; n += 1) {
        const input = { ticket: row?.ticket ?? '', text: `answer ${n}` }
        await on.house.commands.run(reply, input, { workspace: main, by: agent, idempotencyKey: null })
        const life = lifeOf(on.house, n)
        const stop = runLoops(life.house, { workers: [], deliver: true })
        await Promise.race([life.crashed, on.drained()])
        await stop()
        await on.sql(
          `update inlet.reply set lease_until = '-infinity', not_before = '-infinity' where state = 'sending'`,
        )
        const next = runLoops(on.house, { workers: [], deliver: true })
        await on.drained()
        await next()
      }
      await end()
    })
    expect(found.filter((it) => it.includes('2 times')).length).toBeGreaterThan(0)
  })
})
