// The hand clock keeps the Clock's contract, and moves only by hand.
import { describe, expect, it } from 'vitest'
import { handClock } from './hand-clock.ts'

const never = new AbortController().signal

describe('handClock', () => {
  it('wakes who is due, in order, each at its own moment, also who falls asleep again meanwhile', async () => {
    const clock = handClock('2026-11-21T09:00:00.000Z')
    const woken: string[] = []
    const sleeper = async (name: string, ...naps: readonly number[]) => {
      for (const ms of naps) {
        await clock.sleep(ms, never)
        woken.push(`${name} ${clock.now()} ${clock.ticks()}`)
      }
    }
    void sleeper('late', 30)
    void sleeper('early', 10, 15, 100)
    await clock.advance(40)
    expect(woken).toEqual([
      'early 2026-11-21T09:00:00.010Z 10',
      'early 2026-11-21T09:00:00.025Z 25',
      'late 2026-11-21T09:00:00.030Z 30',
    ])
    expect([clock.now(), clock.ticks(), clock.sleeping]).toEqual(['2026-11-21T09:00:00.040Z', 40, 1])
  })

  it('an abort wakes with the signal’s reason, before or during the sleep', async () => {
    const clock = handClock()
    const stop = new AbortController()
    const during = clock.sleep(10, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(during).rejects.toThrow('stopped')
    await expect(clock.sleep(10, stop.signal)).rejects.toThrow('stopped')
    expect(clock.sleeping).toBe(0)
  })

  it('G17 a jump of wall time moves no duration', async () => {
    const clock = handClock('2026-11-21T09:00:00.000Z')
    clock.jump(3_600_000)
    expect([clock.now(), clock.ticks()]).toEqual(['2026-11-21T10:00:00.000Z', 0])
  })
})
