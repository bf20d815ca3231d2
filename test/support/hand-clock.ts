// A clock that moves only when a test moves it.
import type { Clock } from '../../core/ports/edges.ts'
import type { Instant } from '../../schemas/ids.ts'

interface Sleeper {
  readonly wakeAtTicks: number
  readonly wake: () => void
}

export interface HandClock extends Clock {
  /** Moves time on; who sleeps until then wakes in order, each with the clock at its moment and time to do its work. */
  advance(ms: number): Promise<void>
  /** Moves wall time alone, as an administrator or NTP does (G17). */
  jump(ms: number): void
  /** How many sleep now. */
  readonly sleeping: number
}

export function handClock(start = '2026-11-21T09:00:00.000Z'): HandClock {
  let wallMs = Date.parse(start)
  let ticks = 0
  const sleepers = new Set<Sleeper>()
  const moveTo = (target: number) => {
    wallMs += target - ticks
    ticks = target
  }
  return {
    now: () => new Date(wallMs).toISOString() as Instant,
    ticks: () => ticks,
    sleep: (ms, signal) =>
      new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const stop = () => {
          sleepers.delete(sleeper)
          reject(signal.reason)
        }
        const sleeper = {
          wakeAtTicks: ticks + ms,
          wake: () => {
            signal.removeEventListener('abort', stop)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal.addEventListener('abort', stop, { once: true })
      }),
    advance: async (ms) => {
      const target = ticks + ms
      await letWork()
      for (;;) {
        const next = [...sleepers].filter((one) => one.wakeAtTicks <= target).sort(byTime)[0]
        if (next === undefined) break
        moveTo(Math.max(ticks, next.wakeAtTicks))
        sleepers.delete(next)
        next.wake()
        await letWork()
      }
      moveTo(target)
    },
    jump: (ms) => {
      wallMs += ms
    },
    get sleeping() {
      return sleepers.size
    },
  }
}

const byTime = (one: Sleeper, other: Sleeper): number => one.wakeAtTicks - other.wakeAtTicks

/** One turn of the event loop: every promise that is ready, and what it leads to, runs before this resolves. */
const letWork = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
