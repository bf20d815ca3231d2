// Which records of a fetch are new to a member, told from those it met before and from a log that began anew.
import { describe, expect, it } from 'vitest'
import type { EachBatchPayload } from 'kafkajs'
import { makeLanes, moveTo, writtenDown } from './lanes.ts'

/** A fetch of the records from this offset up to that one, of a log whose records have these times. */
function fetched(from: number, to: number, log: string): EachBatchPayload {
  const messages = Array.from({ length: to - from }, (_, n) => ({
    offset: String(from + n),
    timestamp: `${log}${from + n}`,
  }))
  return {
    batch: { topic: 'message', partition: 0, messages, lastOffset: () => String(to - 1) },
    resolveOffset: () => undefined,
  } as unknown as EachBatchPayload
}
const held = () => {
  const lanes = makeLanes(1, () => undefined)
  lanes.assign({ message: [0] })
  return lanes
}
const waiting = (lanes: ReturnType<typeof held>) =>
  [...lanes.held.values()].flatMap((lane) => lane.waiting.map(({ offset }) => Number(offset)))

describe('what a fetch brings', () => {
  it('G12 what was taken before is not taken again after a change in the group, written down or not', () => {
    const lanes = held()
    const lane = lanes.take(fetched(0, 5, 'a'))
    expect(lanes.take(fetched(0, 8, 'a'))).toBe(lane)
    expect(waiting(lanes)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    moveTo(lane!, 6)
    writtenDown(lane!, 6)
    expect(lanes.take(fetched(6, 9, 'a'))).toBe(lane)
    expect(waiting(lanes)).toEqual([6, 7, 8])
    expect([...lane!.times.keys()]).toEqual([6, 7, 8])
  })

  it('F6 G1 a log that began anew is read from its beginning, also where nothing was written down', () => {
    const lanes = held()
    const lane = lanes.take(fetched(1_000, 1_050, 'a'))
    moveTo(lane!, 1_050)
    const other = lanes.take(fetched(0, 1_060, 'b'))
    expect(other).not.toBe(lane)
    expect(waiting(lanes)).toHaveLength(1_060)
  })

  it('F6 G1 also where both begin at the same offset', () => {
    const lanes = held()
    const lane = lanes.take(fetched(0, 50, 'a'))
    moveTo(lane!, 50)
    lanes.take(fetched(0, 60, 'b'))
    expect(waiting(lanes)).toHaveLength(60)
  })

  it('G15 G1 a partition that comes begins where the group stands: that is how far it is, until something of it is handled', () => {
    const lanes = held()
    const lane = lanes.take(fetched(700, 750, 'a'))
    expect([lane?.next, lane?.committed]).toEqual([700, 700])
    moveTo(lane!, 720)
    lanes.take(fetched(750, 760, 'a'))
    expect([lane?.next, lane?.committed]).toEqual([720, 700])
  })

  it('a group that somebody set back reads again from there', () => {
    const lanes = held()
    const lane = lanes.take(fetched(0, 50, 'a'))
    moveTo(lane!, 50)
    writtenDown(lane!, 50)
    lanes.take(fetched(20, 50, 'a'))
    expect(waiting(lanes)).toHaveLength(30)
  })
})
