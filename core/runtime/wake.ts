// Due wake-ups become wake.due events; two of these loops alive at once still fire each wake-up once.
import { messageOf } from '../errors.ts'
import type { Clock, Logger, Meter } from '../ports/edges.ts'
import type { Wakeups } from '../ports/queues.ts'

const atOnce = 500
/** The longest nap: a wake-up asked for by another process is late by at most this. */
const longestMs = 1000
/**
 * The shortest time from look to look, unless there was more than one look takes. Every message asks to be woken when its window ends, and
 * that rings here: a look for each would cost more than what is due, and a thousand that are due within a second go by ten looks.
 */
const gatherMs = 100

export async function wake(
  deps: { readonly wakeups: Wakeups; readonly clock: Clock; readonly logger: Logger; readonly meter: Meter },
  signal: AbortSignal,
): Promise<void> {
  const { clock } = deps
  while (!signal.aborted) {
    try {
      const began = clock.ticks()
      const { fired, nextInMs } = await deps.wakeups.fire(atOnce)
      deps.meter.count('woken', {}, fired)
      if (fired === atOnce) continue
      await deps.wakeups.wait(Math.max(gatherMs, Math.min(nextInMs ?? longestMs, longestMs)), signal)
      const left = gatherMs - (clock.ticks() - began)
      if (left > 0) await clock.sleep(left, signal)
    } catch (error) {
      if (signal.aborted) return
      deps.logger.warn('could not fire wake-ups; they stay due', { why: messageOf(error) })
      await clock.sleep(longestMs, signal).catch(() => undefined)
    }
  }
}
