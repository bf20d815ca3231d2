// Due wake-ups become wake.due events; two of these loops alive at once still fire each wake-up once.
import { messageOf } from '../errors.ts'
import type { Clock, Logger, Meter } from '../ports/edges.ts'
import type { Wakeups } from '../ports/queues.ts'

const atOnce = 500
/** The longest nap: a wake-up asked for by another process is late by at most this. */
const longestMs = 1000

export async function wake(
  deps: { readonly wakeups: Wakeups; readonly clock: Clock; readonly logger: Logger; readonly meter: Meter },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { fired, nextInMs } = await deps.wakeups.fire(atOnce)
      deps.meter.count('woken', {}, fired)
      if (fired < atOnce) await deps.wakeups.wait(Math.min(nextInMs ?? longestMs, longestMs), signal)
    } catch (error) {
      if (signal.aborted) return
      deps.logger.warn('could not fire wake-ups; they stay due', { why: messageOf(error) })
      await deps.clock.sleep(longestMs, signal).catch(() => undefined)
    }
  }
}
