// Receivers shared by several processes: about evenly, each held by one at a time, followed when its process leaves or dies.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Leases } from '../ports/queues.ts'
import { until } from '../../test/support/deliver-rig.ts'
import { walkHouse, type WalkHouse } from '../../test/support/walk-house.ts'
import { holdLeases, type Hold, type LeaseHolder } from './hold-leases.ts'

let on: WalkHouse
beforeAll(async () => {
  on = await walkHouse({ seed: 61 })
})
afterAll(() => on.close())

const names = Array.from({ length: 60 }, (_, n) => `receive/toy/box${n}/mail`)
/** Who believes to hold what, in the order of events. */
const holding = new Map<string, Set<string>>()
const both: string[] = []

interface Process {
  readonly holder: LeaseHolder
  readonly held: Set<string>
  readonly calls: () => number
  die(): void
  leave(): Promise<void>
}
function started(owner: string): Process {
  let isDead = false
  let calls = 0
  const { leases } = on.house.queues
  const alive = new Proxy(leases, {
    get:
      (target, key: keyof Leases) =>
      async (...words: never[]) => {
        calls += 1
        if (isDead) throw new Error('this process is dead')
        return (target[key] as (...them: never[]) => Promise<unknown>)(...words)
      },
  })
  const holder = holdLeases('toys', { leases: alive, clock: on.house.clock, logger: on.logger, owner })
  const stop = new AbortController()
  const held = new Set<string>()
  const work = async (name: string): Promise<void> => {
    for (let hold: Hold | null = null; (hold = await holder.hold(name, stop.signal)) !== null;) {
      const now = holding.get(name) ?? new Set()
      holding.set(name, now.add(owner))
      if (now.size > 1) both.push(`${name}: ${[...now].join()}`)
      held.add(name)
      const over = AbortSignal.any([stop.signal, hold.lost])
      if (!over.aborted) await new Promise((done) => over.addEventListener('abort', done, { once: true }))
      held.delete(name)
      holding.get(name)?.delete(owner)
      await holder.release(name)
    }
  }
  const working = Promise.all(names.map(work))
  return {
    holder,
    held,
    calls: () => calls,
    die: () => (isDead = true),
    async leave() {
      await holder.leave()
      stop.abort()
      await working
      await holder.end()
    },
  }
}

it('F18 F9 G8 processes share receivers evenly, each is held by one at a time, and who comes, leaves or dies is followed in seconds', async () => {
  const one = started('one')
  await until(() => one.held.size === names.length)
  const before = one.calls()
  const began = performance.now()
  const two = started('two')
  await until(() => one.held.size + two.held.size === names.length && two.held.size > 0)
  // Two of three would be a poor share.
  for (const it of [one, two]) expect(it.held.size).toBeGreaterThan(names.length / 4)
  await until(() => performance.now() - began > 2_500)
  // A few calls a second, however many receivers there are; beside them one for each that was handed over.
  const seconds = (performance.now() - began) / 1000
  expect(one.calls() - before - two.held.size).toBeLessThan(5 * (seconds + 1))

  const diedAt = performance.now()
  two.die()
  await until(() => one.held.size === names.length, 12_000)
  expect(performance.now() - diedAt).toBeLessThan(10_000)
  expect(two.held.size).toBe(0) // it knew that its leases had run out

  const three = started('three')
  await until(() => three.held.size > names.length / 4)
  const leftAt = performance.now()
  await one.leave()
  await until(() => three.held.size === names.length)
  expect(performance.now() - leftAt).toBeLessThan(4_000)
  await three.leave()
  await two.leave()
  expect(both).toEqual([])
})
