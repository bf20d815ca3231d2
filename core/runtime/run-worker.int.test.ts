// The runner on the real log and the real store: exactly once, in order, poison parked, its neighbours unharmed.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GatewayError } from '../errors.ts'
import { lockOf, worker, type AnyWorker } from '../ports/worker.ts'
import type { AnyEvent, EventOf } from '../../schemas/events.ts'
import { anEvent } from '../../test/support/make.ts'
import { runtimeBench, type RuntimeBench } from '../../test/support/runtime-bench.ts'
import { decideBatch } from './decide-batch.ts'
import { runWorker } from './run-worker.ts'

let bench: RuntimeBench
beforeAll(async () => {
  bench = await runtimeBench()
})
afterAll(() => bench.close())

type Received = EventOf<'message.received'>

/** Publishes what it meets, and lets a test say what happens on the way. */
function toy(name: string, on: { decide?: (event: Received) => void } = {}): AnyWorker {
  return worker({
    name,
    on: ['message.received'],
    guard: 'inbox',
    locks: (event) => [lockOf('thread', event.key)],
    facts: async (events) => ({ each: events.map(() => null), shared: undefined }),
    decide(event) {
      on.decide?.(event)
      return {
        changes: [{ do: 'audit', what: name, subject: event.id, by: event.actor, from: null, about: {}, at: event.at }],
        events: [
          {
            type: 'ticket.tagged',
            key: event.key,
            subject: event.key,
            slot: 'toy',
            data: { ticket: event.key, tag: name },
          },
        ],
      }
    },
  }) as unknown as AnyWorker
}

const subjects = async (what: string): Promise<readonly string[]> =>
  (await bench.rows<{ subject: string }>('select subject from audit where what = $1 order by seq', what)).map(
    (row) => row.subject,
  )

describe('the runner', () => {
  it('G4 G12 has each effect once, whatever a batch repeats and however often it comes', async () => {
    const it = toy('toy.once')
    const event = anEvent({ dedupe: 'once' })
    await decideBatch(it, [event, event], bench)
    await Promise.all([decideBatch(it, [event], bench), decideBatch(it, [event, anEvent({ dedupe: 'other' })], bench)])
    expect(await subjects('toy.once')).toHaveLength(2)
  })

  it('G4 an event that is none of its business is passed by, and leaves no row; its neighbours are taken', async () => {
    const events = ['none of it', 'mine'].map((text, n) => anEvent({ dedupe: `concerns-${n}`, data: { text } }))
    const it = { ...toy('toy.some'), concerns: (event: Received) => event.data.text === 'mine' } as unknown as AnyWorker
    await decideBatch(it, events, bench)
    await decideBatch(it, events.slice(0, 1), bench)
    expect(await subjects('toy.some')).toEqual([events[1]?.id])
    const rows = await bench.rows(
      `select 1 from (select worker from inbox_0 union all select worker from inbox_1) i join worker_name n on n.id = i.worker
       where n.name = 'toy.some'`,
    )
    expect(rows).toHaveLength(1)
  })

  it('G4 an event that has no effect as settings stand is passed by like one that is none of its business, and counts as handled', async () => {
    const events = ['nothing now', 'mine', 'nothing now'].map((text, n) =>
      anEvent({ dedupe: `sift-${n}`, data: { text } }),
    )
    const sift = (all: readonly Received[]) => Promise.resolve(all.filter(({ data }) => data.text === 'mine'))
    const counted: Record<string, number> = {}
    const count = (name: string, _labels: unknown, by = 1) => void (counted[name] = (counted[name] ?? 0) + by)
    const meter = { ...bench.meter, count }
    const it = { ...toy('toy.sift'), sift } as unknown as AnyWorker
    await decideBatch(it, events, { ...bench, meter })
    await decideBatch(it, events, { ...bench, meter })
    expect(await subjects('toy.sift')).toEqual([events[1]?.id])
    expect(counted).toEqual({ handled: 5, duplicate: 1 })
  })

  it('G9 handles one conversation in log order, and everything that was appended', async () => {
    const it = toy('toy.order')
    const events = Array.from({ length: 300 }, (_, n) => anEvent({ dedupe: `order-${n}`, key: `lane-${n % 7}` }))
    await bench.log.append({ events }, AbortSignal.timeout(5000))
    await bench.drain(it)
    const done = await subjects('toy.order')
    const mine = new Set(events.map((event) => event.id as string))
    const order = done.filter((id) => mine.has(id))
    expect(order).toHaveLength(events.length)
    for (let lane = 0; lane < 7; lane += 1) {
      const wanted = events.filter((event) => event.key === `lane-${lane}`).map((event) => event.id as string)
      const inLane = new Set(wanted)
      expect(order.filter((id) => inLane.has(id))).toEqual(wanted)
    }
  })

  it('G13 parks what always fails after three tries, with why; its neighbours of the same key go on', async () => {
    let tries = 0
    const it = toy('toy.poison', {
      decide: (event) => {
        if (event.data.externalId !== 'poison') return
        tries += 1
        throw new Error('cannot digest this')
      },
    })
    const events = ['before', 'poison', 'after'].map((dedupe) => anEvent({ dedupe, key: 'poison-lane' }))
    await bench.log.append({ events }, AbortSignal.timeout(5000))
    await bench.drain(it)
    const [parked] = await bench.rows<{ why: string; attempts: number; event: Received }>(
      'select why, attempts, event from parked where worker = $1',
      'toy.poison',
    )
    expect(parked).toMatchObject({ why: 'cannot digest this', attempts: 3 })
    expect(parked?.event.id).toBe(events[1]?.id)
    expect(tries).toBeGreaterThanOrEqual(3) // in the batch, which only a suspicious start counts, and then alone
    expect(tries).toBeLessThanOrEqual(4)
    const done = await subjects('toy.poison')
    expect(done).toContain(events[0]?.id)
    expect(done).toContain(events[2]?.id)
    expect(done).not.toContain(events[1]?.id)
  })

  it('G13 F4 does not count a lost database against the event', async () => {
    let failures = 3
    const it = toy('toy.outage', {
      decide: () => {
        if (failures-- > 0) throw new GatewayError('store.unavailable', 'the database went away')
      },
    })
    const event = anEvent({ dedupe: 'outage' })
    await bench.log.append({ events: [event] }, AbortSignal.timeout(5000))
    await bench.drain(it)
    expect(await subjects('toy.outage')).toContain(event.id)
    expect(await bench.rows('select 1 from parked where worker = $1', 'toy.outage')).toEqual([])
    expect(await bench.rows('select 1 from event_attempt where worker = $1', 'toy.outage')).toEqual([])
  })

  it('G13 F4 nor against one that is tried alone, as often as the database goes away meanwhile', async () => {
    const event = anEvent({ dedupe: 'outage alone' })
    let calls = 0
    const it = toy('toy.outage.alone', {
      decide: ({ id }) => {
        if (id !== event.id) return
        calls += 1
        // Each time the batch is taken apart for a fault, and then the world fails.
        if (calls > 10) return
        if (calls % 2 === 1) throw new Error('cannot digest this in a batch')
        throw new GatewayError('store.unavailable', 'the database went away')
      },
    })
    await bench.log.append({ events: [event] }, AbortSignal.timeout(5000))
    await bench.drain(it)
    expect(calls).toBe(11)
    expect(await subjects('toy.outage.alone')).toContain(event.id)
    expect(await bench.rows('select 1 from parked where worker = $1', 'toy.outage.alone')).toEqual([])
  })

  it('G18 parks a version this build does not know, and does not guess', async () => {
    const it = toy('toy.version')
    const event = anEvent({ dedupe: 'from-the-future', version: 99 })
    await bench.log.append({ events: [event] }, AbortSignal.timeout(5000))
    await bench.drain(it)
    const [parked] = await bench.rows<{ why: string }>('select why from parked where worker = $1', 'toy.version')
    expect(parked?.why).toMatch(/version 99 of message.received/)
  })

  it('G18 parks a type of its topics that this build does not know, with all that was in it', async () => {
    const it = toy('toy.newer')
    const newer = { ...anEvent({ dedupe: 'newer-type' }), type: 'message.celebrated', data: { how: 'loudly' } }
    const behind = anEvent({ dedupe: 'behind-newer', key: newer.key })
    await bench.log.append({ events: [newer as unknown as AnyEvent, behind] }, AbortSignal.timeout(5000))
    await bench.drain(it)
    const why = 'cannot be read: this build knows no events of type message.celebrated'
    expect(await bench.rows('select event from parked where worker = $1 and why = $2', 'toy.newer', why)).toEqual([
      { event: newer },
    ])
    expect(await subjects('toy.newer')).toContain(behind.id)
  })

  it('G16 ends with its signal after the batch in hand', async () => {
    const stop = new AbortController()
    const running = runWorker(toy('toy.stop'), bench, stop.signal)
    stop.abort()
    await running
  })
})
