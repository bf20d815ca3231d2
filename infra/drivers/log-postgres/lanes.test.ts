// What the next batch reads: fair among partitions, whole when there is little, never from a lane that may not be touched.
import { array, assert, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Heads } from './heads.ts'
import { allot, freestSlot } from '../log-share.ts'
import { asksFor, type Lane } from './lanes.ts'
import { seed } from '../../../test/support/seed.ts'

const laneAt = (partition: number, position: number, more: Partial<Lane> = {}): Lane => ({
  group: 'g',
  member: 'm',
  topic: 'message',
  partition,
  epoch: 1,
  slot: 0,
  position,
  day: '2026-11-20',
  flushed: position,
  busy: false,
  leaving: false,
  lost: false,
  ...more,
})
const headsOf = (...next: readonly number[]): Pick<Heads, 'of'> => ({
  of: (_topic, partition) => ({ next: next[partition] ?? 0, oldest: 5, day: '2026-11-21', dayFrom: 20 }),
})
const asked = (lanes: readonly Lane[], heads: Pick<Heads, 'of'>) =>
  asksFor(lanes, heads as Heads, 100).map(({ lane, from, to, quota }) => [lane.partition, from, to, quota])

describe('allot', () => {
  it('gives all that fits, never more than there is, and nobody gets nothing while others get much', () => {
    assert(
      property(array(integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 80 }), (available) => {
        const given = allot(available, 100)
        const sum = given.reduce((a, b) => a + b, 0)
        expect(sum).toBe(
          Math.min(
            100,
            available.reduce((a, b) => a + b, 0),
          ),
        )
        expect(given.filter((share, index) => share > (available[index] ?? 0))).toEqual([])
        const most = Math.max(...given)
        expect(given.filter((share, index) => share < (available[index] ?? 0) && share < most - 1)).toEqual([])
      }),
      { seed },
    )
  })
})

describe('asksFor', () => {
  it('asks only lanes that have something and may be touched', () => {
    const lanes = [
      laneAt(0, 10),
      laneAt(1, 12),
      laneAt(2, 10, { busy: true }),
      laneAt(3, 10, { leaving: true }),
      laneAt(4, 10, { lost: true }),
    ]
    expect(asked(lanes, headsOf(12, 12, 12, 12, 12))).toEqual([[0, 10, 12, 2]])
  })

  it('begins at the oldest that is kept, and walks over at most a thousand positions', () => {
    expect(asked([laneAt(0, 0)], headsOf(9_000))).toEqual([[0, 5, 1_005, 100]])
  })

  it('knows the day once it stands at or after what the day was told of', () => {
    const [before, at] = [laneAt(0, 19), laneAt(0, 20)]
    asked([before, at], headsOf(30))
    expect([before.day, at.day]).toEqual(['2026-11-20', '2026-11-21'])
  })
})

describe('freestSlot', () => {
  it('is the handler with the fewest lanes', () => {
    expect(freestSlot([], 3)).toBe(0)
    expect(freestSlot([laneAt(0, 0, { slot: 0 }), laneAt(1, 0, { slot: 2 })], 3)).toBe(1)
  })
})
