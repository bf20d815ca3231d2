// The only reader of the system clock.
import type { Clock } from '../../core/ports/edges.ts'
import type { Instant } from '../../schemas/ids.ts'

/** Node turns a longer timer into one of 1 ms; longer sleeps are slept in pieces. */
const longestTimerMs = 2_147_483_647

export const systemClock: Clock = {
  now: () => new Date().toISOString() as Instant,
  ticks: () => performance.now(),
  async sleep(ms, signal) {
    for (let left = Math.max(0, ms); ; left -= longestTimerMs) {
      await pause(Math.min(left, longestTimerMs), signal)
      if (left <= longestTimerMs) return
    }
  },
}

/** Not `timers/promises`: that rejects with an AbortError of its own, and the contract promises the signal's reason. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', stopped, { once: true })
    function done() {
      signal.removeEventListener('abort', stopped)
      resolve()
    }
    function stopped() {
      clearTimeout(timer)
      reject(signal.reason)
    }
  })
}
