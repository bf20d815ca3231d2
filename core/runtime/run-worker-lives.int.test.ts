// What ends a process is found over several lives: only the event that does it is set aside, never those that were in its batch.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GatewayError } from '../errors.ts'
import type { Attempts } from '../ports/queues.ts'
import type { Store } from '../ports/store.ts'
import { lockOf, worker, type AnyWorker } from '../ports/worker.ts'
import { anEvent } from '../../test/support/make.ts'
import { runtimeBench, type RuntimeBench } from '../../test/support/runtime-bench.ts'
import { runWorker } from './run-worker.ts'

let bench: RuntimeBench
beforeAll(async () => {
  bench = await runtimeBench()
})
afterAll(() => bench.close())

const toy = (name: string, decide: (externalId: string) => void): AnyWorker =>
  worker({
    name,
    on: ['message.received'],
    guard: 'inbox',
    handlers: 3, // what is suspect goes one batch after the other all the same
    locks: (event) => [lockOf('thread', event.key)],
    facts: async (events) => ({ each: events.map(() => null), shared: undefined }),
    decide(event) {
      decide(event.data.externalId)
      const by = event.actor
      return {
        changes: [{ do: 'audit', what: name, subject: event.id, by, from: null, about: {}, at: event.at }],
        events: [],
      }
    },
  }) as unknown as AnyWorker

/** One life: ends for good when `ends` says so; from then on nothing of it has an effect. True when it ended so. */
async function live(name: string, ends: (externalId: string) => boolean): Promise<boolean> {
  const death = Promise.withResolvers<true>()
  let isDead = false
  const die = (): never => {
    isDead = true
    death.resolve(true)
    throw new Error('the process ended')
  }
  const alive = <T>(work: () => Promise<T>): Promise<T> => (isDead ? Promise.reject(new Error('dead')) : work())
  const store: Store = { transaction: (work) => alive(() => bench.store.transaction(work)) }
  const attempts: Attempts = {
    bump: (of, events) => alive(() => bench.attempts.bump(of, events)),
    forget: (of, events) => alive(() => bench.attempts.forget(of, events)),
  }
  const stop = new AbortController()
  const it = toy(name, (externalId) => (ends(externalId) ? die() : undefined))
  const running = runWorker(it, { ...bench, store, attempts }, stop.signal)
  const quiet = (async () => {
    for (let times = 0; times < 3; times = (await bench.log.lag(name)).events === 0 ? times + 1 : 0)
      await new Promise((resolve) => setTimeout(resolve, 100))
    return false
  })()
  const ended = await Promise.race([death.promise, quiet])
  stop.abort()
  await running
  return ended
}
const done = async (name: string) =>
  new Set(
    (await bench.rows<{ subject: string }>('select subject from audit where what = $1', name)).map(
      (row) => row.subject,
    ),
  )
const parkedBy = (name: string) =>
  bench.rows<{ id: string; why: string; attempts: number }>(
    `select event ->> 'id' as id, why, attempts from parked where worker = $1`,
    name,
  )

describe('the runner over several lives', () => {
  it('G13 an event that ends the process is parked after three lives of its own; its whole batch goes on', async () => {
    const events = Array.from({ length: 9 }, (_, n) =>
      anEvent({ dedupe: n === 4 ? 'killer' : `neighbour-${n}`, key: 'one-lane' }),
    )
    await bench.log.append({ events }, AbortSignal.timeout(5000))
    let deaths = 0
    while (await live('toy.lives', (externalId) => externalId === 'killer')) expect(++deaths).toBeLessThan(6)
    const [killer] = events.filter((event) => event.data.externalId === 'killer')
    expect(await parkedBy('toy.lives')).toMatchObject([{ id: killer?.id, attempts: 3 }])
    expect((await parkedBy('toy.lives'))[0]?.why).toMatch(/process ended/)
    const others = events.filter((event) => event !== killer).map((event) => event.id as string)
    expect([...(await done('toy.lives'))]).toEqual(expect.arrayContaining(others))
    expect(deaths).toBe(4) // once with its batch, three times alone
    expect(await bench.rows('select 1 from event_attempt')).toEqual([])
  })

  it('G13 a process that ends again and again for another reason parks nothing', async () => {
    const events = Array.from({ length: 5 }, (_, n) => anEvent({ dedupe: `storm-${n}`, key: 'storm' }))
    await bench.log.append({ events }, AbortSignal.timeout(5000))
    const left = ['storm-0', 'storm-1', 'storm-2', 'storm-3', 'storm-4', 'storm-0', 'storm-1']
    // Each life meets its end at another event: none of them is to blame more than twice.
    while (await live('toy.storm', (externalId) => left[0] === externalId && left.shift() !== undefined)) continue
    expect(await parkedBy('toy.storm')).toEqual([])
    const mine = events.map((event) => event.id as string)
    expect([...(await done('toy.storm'))]).toEqual(expect.arrayContaining(mine))
  })

  it('G16 G13 a stop in the middle of a conflict counts nothing against the event', async () => {
    const event = anEvent({ dedupe: 'stopped' })
    await bench.log.append({ events: [event] }, AbortSignal.timeout(5000))
    for (let stops = 0; stops < 4; stops += 1) {
      const stop = new AbortController()
      const it = toy('toy.stopped', (externalId) => {
        if (externalId !== 'stopped') return
        setTimeout(() => stop.abort(), 1)
        throw new GatewayError('store.conflict', 'somebody was faster')
      })
      await runWorker(it, bench, stop.signal)
    }
    await bench.drain(toy('toy.stopped', () => undefined))
    expect(await parkedBy('toy.stopped')).toEqual([])
    expect(await done('toy.stopped')).toContain(event.id)
    expect(await bench.rows(`select 1 from event_attempt where worker like 'toy.stopped%'`)).toEqual([])
  })
})
