// Rounds keep the order of whatever shares a lock, and put everything else together.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lockOf } from '../ports/worker.ts'
import { nextRound } from './rounds.ts'
import { seed } from '../../test/support/seed.ts'

interface Toy {
  readonly id: number
  readonly keys: readonly string[]
}
const locks = (toy: Toy) => toy.keys.map((key) => lockOf('thread', key))

function allRounds(toys: readonly Toy[]): readonly (readonly Toy[])[] {
  const rounds = []
  for (let waiting = toys; waiting.length > 0;) {
    const { now, later } = nextRound(waiting, locks)
    rounds.push(now)
    waiting = later
  }
  return rounds
}

describe('rounds', () => {
  it('puts what shares nothing into one round', () => {
    const toys = ['a', 'b', 'c'].map((key, id) => ({ id, keys: [key] }))
    expect(allRounds(toys)).toEqual([toys])
  })

  it('lets nobody overtake somebody it shares a lock with, also through a third', () => {
    const toys = [
      { id: 0, keys: ['a'] },
      { id: 1, keys: ['a', 'b'] },
      { id: 2, keys: ['b'] },
    ]
    expect(allRounds(toys).map((round) => round.map((toy) => toy.id))).toEqual([[0], [1], [2]])
  })

  it('G9 keeps every event, and the order within every lock, for any batch', () => {
    const toy = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(toy, { maxLength: 30 }), (batch) => {
        const toys = batch.map((keys, id) => ({ id, keys }))
        const rounds = allRounds(toys)
        expect(
          rounds
            .flat()
            .map((it) => it.id)
            .sort((a, b) => a - b),
        ).toEqual(toys.map((it) => it.id))
        for (const key of ['a', 'b', 'c', 'd']) {
          const order = rounds
            .flat()
            .filter((it) => it.keys.includes(key))
            .map((it) => it.id)
          expect(order).toEqual([...order].sort((a, b) => a - b))
        }
        for (const round of rounds) {
          const held = round.flatMap((it) => [...new Set(it.keys)])
          expect(new Set(held).size).toBe(held.length)
        }
      }),
      { seed },
    )
  })
})
