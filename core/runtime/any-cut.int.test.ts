// Whatever order, repetition and cut into appends a log brings, the runner ends in one state: each effect once, what cannot be digested parked once.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lockOf, worker, type AnyWorker } from '../ports/worker.ts'
import { anEvent } from '../../test/support/make.ts'
import { runtimeBench, type RuntimeBench } from '../../test/support/runtime-bench.ts'
import { decideBatch } from './decide-batch.ts'
import { seed } from '../../test/support/seed.ts'

let bench: RuntimeBench
beforeAll(async () => {
  bench = await runtimeBench()
})
afterAll(() => bench.close())

/** One line in the audit for each event it has met, but for those it cannot digest. */
const noting = (name: string): AnyWorker =>
  worker({
    name,
    on: ['message.received'],
    guard: 'inbox',
    locks: (event) => [lockOf('thread', event.key)],
    facts: async (events) => ({ each: events.map(() => null), shared: undefined }),
    decide(event) {
      if (event.data.externalId?.startsWith('poison') === true) throw new Error('cannot digest this')
      const { id: subject, actor: by, at } = event
      return { changes: [{ do: 'audit', what: name, subject, by, from: null, about: {}, at }], events: [] }
    },
  }) as unknown as AnyWorker

interface Course {
  /** Which event comes when, repeats among them. */
  readonly order: readonly number[]
  /** How many come at once. */
  readonly cuts: readonly number[]
}
const count = 14
const courses: fc.Arbitrary<Course> = fc
  .tuple(
    fc.shuffledSubarray([...Array(count).keys()], { minLength: count }),
    fc.array(fc.nat(count - 1), { maxLength: 14 }),
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
    fc.nat(),
  )
  .map(([all, again, cuts, at]) => {
    const place = at % (all.length + 1)
    return { order: [...all.slice(0, place), ...again, ...all.slice(place)], cuts }
  })

function batches<T>(items: readonly T[], cuts: readonly number[]): readonly (readonly T[])[] {
  const made: (readonly T[])[] = []
  for (let at = 0, n = 0; at < items.length; at += cuts[n++ % cuts.length]!)
    made.push(items.slice(at, at + cuts[n % cuts.length]!))
  return made
}

let turn = 0
const eventsOf = (word: string, isPoison: (n: number) => boolean) =>
  Array.from({ length: count }, (_, n) =>
    anEvent({ dedupe: `${isPoison(n) ? 'poison' : 'fine'}-${word}-${n}`, key: `${word}-lane-${n % 3}` }),
  )
const noted = async (name: string) =>
  (await bench.rows<{ subject: string }>('select subject from audit where what = $1', name)).map((it) => it.subject)

it(`G4 G7 G13 any order, repetition and cut of a log ends with each effect once and each poison parked once (seed ${seed})`, async () => {
  const property = fc.asyncProperty(
    courses,
    fc.subarray([...Array(count).keys()], { maxLength: 2 }),
    async (course, bad) => {
      turn += 1
      const name = `toy.cut.${turn}`
      const events = eventsOf(`log${turn}`, (n) => bad.includes(n))
      for (const batch of batches(
        course.order.map((n) => events[n]!),
        course.cuts,
      ))
        await bench.log.append({ events: batch }, AbortSignal.timeout(5_000))
      await bench.drain(noting(name))
      const mine = new Set(events.map((it) => it.id as string))
      const effects = (await noted(name)).filter((id) => mine.has(id))
      const parked = await bench.rows<{ id: string }>(`select event ->> 'id' as id from parked where worker = $1`, name)
      const ids = (of: (n: number) => boolean) => events.filter((_, n) => of(n)).map((it) => it.id as string)
      expect(effects.toSorted()).toEqual(ids((n) => !bad.includes(n)).toSorted())
      expect(
        parked
          .map((it) => it.id)
          .filter((id) => mine.has(id))
          .toSorted(),
      ).toEqual(ids((n) => bad.includes(n)).toSorted())
    },
  )
  await fc.assert(property, { seed, numRuns: 6, endOnFailure: true })
}, 90_000)

it(`G4 G12 any cut into transactions, two of them at once, ends with each effect once (seed ${seed})`, async () => {
  const property = fc.asyncProperty(courses, async (course) => {
    turn += 1
    const name = `toy.tx.${turn}`
    const events = eventsOf(`tx${turn}`, () => false)
    const cut = batches(
      course.order.map((n) => events[n]!),
      course.cuts,
    )
    const side = (from: number) => async () => {
      for (let at = from; at < cut.length; at += 2) await decideBatch(noting(name), cut[at]!, bench)
    }
    await Promise.all([side(0)(), side(1)()])
    expect((await noted(name)).toSorted()).toEqual(events.map((it) => it.id as string).toSorted())
  })
  await fc.assert(property, { seed, numRuns: 25 })
}, 60_000)
