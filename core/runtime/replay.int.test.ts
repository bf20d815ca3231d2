// Raws once more: a mended normalizer corrects what it had read wrongly, reads what it could not, and never makes a double (B23).
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AnyChannel, InboundEvent } from '../ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { accountRow, agent } from '../../test/support/given.ts'
import { applyIn } from '../../test/support/record.ts'
import { faultsOf } from '../../test/support/walk-check.ts'
import { main, runLoops, template, walkHouse, type WalkHouse } from '../../test/support/walk-house.ts'
import { replay, type ReplayAsk } from './replay.ts'
import { dropParked, retryParked } from './retry-parked.ts'

/** How the normalizer is broken just now. */
let broken: 'not' | 'shouts' | 'throws' = 'not'
const shouted = (event: InboundEvent): InboundEvent =>
  event.type === 'message.received' ? { ...event, data: { ...event.data, text: event.data.text.toUpperCase() } } : event
const mendable = (it: AnyChannel): AnyChannel => ({
  ...it,
  async normalize(raw, account) {
    if (broken === 'throws') throw new Error('this build cannot read it')
    const events = await it.normalize(raw, account)
    return broken === 'shouts' ? events.map(shouted) : events
  },
})

let on: WalkHouse
let end: () => Promise<void>
beforeAll(async () => {
  on = await walkHouse({ seed: 50, channel: mendable })
  end = runLoops(on.house, {})
})
afterAll(async () => {
  await end()
  await on.close()
})
beforeEach(() => void (broken = 'not'))

const deps = () => ({ ...on.house, published: on.house.queues.published })
const everything: ReplayAsk = {
  workspace: main,
  from: '2000-01-01T00:00:00.000Z' as Instant,
  to: '2999-01-01T00:00:00.000Z' as Instant,
  correlation: 'replay-1',
}
const replayAll = async (more: Partial<ReplayAsk> = {}) => {
  const result = await replay({ ...everything, ...more }, deps(), AbortSignal.timeout(10_000))
  await on.drained()
  return result
}
const textOf = (id: string) => on.sql<{ text: string }>('select text from inlet.message where external_id = $1', id)
const count = async (what: string): Promise<number> =>
  (await on.sql<{ n: number }>(`select count(*)::int as n from inlet.${what}`))[0]!.n

describe('replay', () => {
  it('B23 G13 a message that was read wrongly is corrected, once, and nothing is doubled', async () => {
    broken = 'shouts'
    const { id } = await on.vendor.write({ customer: 1, text: 'please be quiet' })
    await on.drained()
    expect(await textOf(id)).toEqual([{ text: 'PLEASE BE QUIET' }])
    broken = 'not'
    const before = [await count('message'), await count('ticket'), await count('log_raw')]
    expect(await replayAll()).toMatchObject({ corrected: 1, fresh: 0 })
    expect(await textOf(id)).toEqual([{ text: 'please be quiet' }])
    await replayAll()
    await replayAll()
    expect([await count('message'), await count('ticket'), await count('log_raw')]).toEqual(before)
    expect(await on.sql(`select 1 from inlet.feed where type = 'message.corrected'`)).toHaveLength(1)
    expect(await faultsOf(on)).toEqual([])
  })

  it('B23 what was read well stays as it was, though it is read a hundred times', async () => {
    await on.vendor.writeMany([{ customer: 2 }, { customer: 3 }])
    await on.drained()
    const before = await count(`log_event where type <> 'message.corrected'`)
    const result = await replayAll()
    expect(result.unchanged).toBeGreaterThanOrEqual(2)
    expect(result.fresh).toBe(0)
    expect(await count(`log_event where type <> 'message.corrected'`)).toBe(before)
  })

  it('B23 only of the account and the time that was asked for', async () => {
    expect(await replayAll({ account: 'nobody' })).toMatchObject({ raws: 0 })
    expect(await replayAll({ to: everything.from })).toMatchObject({ raws: 0 })
  })
})

describe('bytes that were set aside', () => {
  const parked = () =>
    on.sql<{ id: string; why: string }>(`select id, why from inlet.parked where worker = 'normalize'`)
  const asked = (id: string) => ({ workspace: main, id, by: agent })
  const again = async (id: string) => {
    const workers = new Map(on.house.registry.workers.map((it) => [it.name, it]))
    const result = await retryParked(asked(id), { ...deps(), workers })
    await on.drained()
    return result
  }

  it('B23 G13 a retry before the mend keeps the row, a retry after it brings the message, once', async () => {
    broken = 'throws'
    const { id } = await on.vendor.write({ customer: 5, text: 'hard to read' })
    await on.drained()
    const [row] = await parked()
    expect(row?.why).toMatch(/this build cannot read it/)
    expect(await again(row!.id)).toMatchObject({ is: 'failed', why: expect.stringContaining('cannot read it') })
    expect(await parked()).toEqual([row])
    broken = 'not'
    expect(await again(row!.id)).toEqual({ is: 'done' })
    expect(await parked()).toEqual([])
    expect(await textOf(id)).toEqual([{ text: 'hard to read' }])
    expect(await again(row!.id)).toEqual({ is: 'not-found' })
    await replayAll()
    expect(await textOf(id)).toHaveLength(1)
    expect(await on.sql(`select 1 from inlet.audit where what = 'parked.retried'`)).toHaveLength(1)
  })

  it('G13 two people who retry one row at once have its effect once', async () => {
    broken = 'throws'
    const { id } = await on.vendor.write({ customer: 6 })
    await on.drained()
    const [row] = await parked()
    broken = 'not'
    const results = await Promise.all([again(row!.id), again(row!.id), again(row!.id)])
    expect(results.filter((it) => it.is === 'done')).toHaveLength(1)
    expect(await textOf(id)).toHaveLength(1)
  })

  it('G13 a person may drop it, and that is kept', async () => {
    broken = 'throws'
    await on.vendor.write({ customer: 7 })
    await on.drained()
    const [row] = await parked()
    expect(await dropParked(asked(row!.id), on.house)).toEqual({ is: 'done' })
    expect(await parked()).toEqual([])
    expect(
      await on.sql(`select 1 from inlet.audit where what = 'parked.dropped' and subject = $1`, row!.id),
    ).toHaveLength(1)
  })

  it('B23 S6 what no account claimed is nobody’s when it is read again, until an account claims it', async () => {
    const body = (id: string) => ({
      app: 'app-of-later',
      items: [{ is: 'message', id, at: Math.floor(Date.now() / 1000), from: { id: 'u-77' }, text: 'whose am I?' }],
    })
    await on.vendor.post(JSON.stringify(body('unclaimed')))
    await on.drained()
    const [row] = await parked()
    await replayAll()
    expect(await again(row!.id)).toMatchObject({ is: 'failed', why: expect.stringContaining('app-of-later') })
    expect(await textOf('unclaimed')).toEqual([])
    const settings = { ...on.vendor.account().settings, app: 'app-of-later' }
    const account = accountRow({ channel: template, id: 'later', endpoint: 'main', brand: null, settings })
    await applyIn(on.house.store, main, [{ do: 'put-account', account, routes: ['app-of-later'], create: true }])
    while (on.house.directory.account(template, 'later') === null) await pause(10)
    expect(await again(row!.id)).toEqual({ is: 'done' })
    const found = await on.sql(`select account, text from inlet.message where external_id = 'unclaimed'`)
    expect(found).toEqual([{ account: 'later', text: 'whose am I?' }])
    expect(await parked()).toEqual([])
  })
})
