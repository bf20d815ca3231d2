// Keeps the claim of a reply whose call to the vendor may take longer than a lease: the lease stays short, so a dead process is still noticed.
import { messageOf } from '../errors.ts'
import type { Clock, Logger } from '../ports/edges.ts'
import type { Deliveries, Delivery } from '../ports/queues.ts'

interface HoldDeps {
  readonly deliveries: Pick<Deliveries, 'keep'>
  readonly clock: Clock
  readonly logger: Logger
}

/** So many times within a lease: one that fails has others behind it. */
const timesALease = 4

/**
 * `lost` is the end of the claim: another process took it over, or may do so now. What is still under way then is broken off, so that it
 * cannot reach the customer beside what the other one sends (G19).
 */
export async function whileHeld<T>(
  delivery: Delivery,
  leaseSeconds: number,
  deps: HoldDeps,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const [done, lost] = [new AbortController(), new AbortController()]
  const keeping = keep(delivery, leaseSeconds, deps, done.signal).then((isLost) => isLost && lost.abort())
  try {
    return await work(lost.signal)
  } finally {
    done.abort()
    await keeping
  }
}

/** Until the work is done; true: it is not ours any more. */
async function keep(delivery: Delivery, leaseSeconds: number, deps: HoldDeps, done: AbortSignal): Promise<boolean> {
  const { clock, logger } = deps
  const everyMs = (leaseSeconds * 1000) / timesALease
  let keptAt = clock.ticks()
  while (!done.aborted) {
    if (!(await clock.sleep(everyMs, done).then(yes, no))) return false
    const askedAt = clock.ticks()
    try {
      if (!(await deps.deliveries.keep(delivery, leaseSeconds))) return true
      keptAt = askedAt
    } catch (error) {
      logger.warn('could not keep the claim of a reply that is being sent', {
        reply: delivery.id,
        why: messageOf(error),
      })
      // The next look would come after the end of it.
      if (clock.ticks() + everyMs >= keptAt + leaseSeconds * 1000) return true
    }
  }
  return false
}
const yes = (): boolean => true
const no = (): boolean => false
