// A parked event that somebody brings back while others are at work: a conflict is decided again, and a lost database is no word about the event.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { GatewayError, type ErrorCode } from '../errors.ts'
import type { Store } from '../ports/store.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import type { AnyWorker } from '../ports/worker.ts'
import { agent, received } from '../../test/support/given.ts'
import { main, openStoreRig, type StoreRig } from '../../test/support/store-rig.ts'
import { systemClock } from '../../infra/drivers/clock.ts'
import feed from '../../workers/feed.ts'
import threading from '../../workers/threading/index.ts'
import { decideBatch } from './decide-batch.ts'
import { retryParked, type RetryDeps } from './retry-parked.ts'

let rig: StoreRig
beforeAll(async () => {
  rig = await openStoreRig()
})
afterAll(() => rig.close())
beforeEach(() => rig.sql('truncate inlet.parked, inlet.feed'))

const event = received('wamid.parked')
/** The first so many transactions are undone at their end, as the database does when another one was faster. */
function undone(times: number, code: ErrorCode): Store {
  let left = times + 1 // the first only looks
  return {
    transaction: (work) =>
      rig.store.transaction(async (enter) => {
        const result = await work(enter)
        left -= 1
        if (left >= 0 && left < times) throw new GatewayError(code, 'somebody was faster')
        return result
      }),
  }
}
async function parked(what: AnyEvent, worker: string): Promise<string> {
  await rig.store.transaction(async (enter) =>
    (await enter(main)).park({ worker, event: what, why: 'a fault of ours', attempts: 3 }),
  )
  return (await rig.sql<{ id: string }>('select id from inlet.parked'))[0]!.id
}
const workers = new Map<string, AnyWorker>([feed, threading].map((it) => [it.name, it as unknown as AnyWorker]))
const retry = async (store: Store, what: AnyEvent = event, worker = 'feed') => {
  const deps = { store, workers, clock: systemClock } as unknown as RetryDeps
  return retryParked({ workspace: main, id: await parked(what, worker), by: agent }, deps)
}
const left = async () =>
  (
    await rig.sql(
      `select (select count(*)::int from inlet.parked) as parked, (select count(*)::int from inlet.feed) as feed`,
    )
  )[0]

it('G13 a conflict is decided again, as for every other event', async () => {
  expect(await retry(undone(2, 'store.conflict'))).toEqual({ is: 'done' })
  expect(await left()).toEqual({ parked: 0, feed: 1 })
})

it('G13 a lost database is said to be lost: the event stays, and nobody is told that it failed', async () => {
  await expect(retry(undone(1, 'store.unavailable'))).rejects.toMatchObject({ code: 'store.unavailable' })
  expect(await left()).toEqual({ parked: 1, feed: 0 })
})

it.each([
  ['of a version', { ...event, version: 99 }, 'version 99 of message.received'],
  ['of a type', { ...event, type: 'message.celebrated' }, 'no events of type message.celebrated'],
])(
  'G18 an event %s that this build does not know stays parked, however often it is tried',
  async (_what, newer, why) => {
    const tried = await retry(rig.store, newer as unknown as AnyEvent)
    expect(tried).toEqual({ is: 'failed', why: expect.stringContaining(why) })
    expect(await left()).toEqual({ parked: 1, feed: 0 })
  },
)

it('G18 once its type is known it is taken off the list, handled by who listens to it, and by nobody else', async () => {
  const data = { ticket: 'tkt_x', tag: 'x' }
  const tagged = { ...event, type: 'ticket.tagged', data } as unknown as AnyEvent
  expect(await retry(rig.store, tagged, 'threading')).toEqual({ is: 'done' })
  expect(await left()).toEqual({ parked: 0, feed: 0 })
  expect(await retry(rig.store, tagged)).toEqual({ is: 'done' })
  expect(await left()).toEqual({ parked: 0, feed: 1 })
})

it('P10 G13 a machine’s mail that opened no ticket waits on the list, and opens one when a person asks, once', async () => {
  const robot = received('wamid.robot', { automatic: 'auto-submitted', begins: false, subject: 'Backup done' })
  const worker = threading as unknown as AnyWorker
  const meter = { count: () => undefined, gauge: () => undefined } as never
  await decideBatch(worker, [robot, robot], { store: rig.store, meter })
  await decideBatch(worker, [robot], { store: rig.store, meter })
  const rows = await rig.sql<{ id: string; worker: string; why: string }>(
    'select id, worker, why, attempts from inlet.parked',
  )
  expect(rows).toMatchObject([{ worker: 'threading', attempts: 0, why: expect.stringContaining('"Backup done"') }])
  const tickets = () => rig.sql('select subject, tags from inlet.ticket')
  expect(await tickets()).toEqual([])
  const deps = { store: rig.store, workers: new Map([['threading', worker]]), clock: systemClock }
  const ask = { workspace: main, id: rows[0]!.id, by: agent }
  expect(await retryParked(ask, deps as unknown as RetryDeps)).toEqual({ is: 'done' })
  expect(await retryParked(ask, deps as unknown as RetryDeps)).toEqual({ is: 'not-found' })
  expect(await tickets()).toEqual([{ subject: 'Backup done', tags: ['automatic'] }])
})
