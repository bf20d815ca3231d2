// How what waits in several partitions is shared out over batches and handlers: the same on every driver of the log.
import { GatewayError } from '../../core/errors.ts'

/** Of one batch, where its reader says nothing else. */
export const eventsABatch = 100

/** Shares `total` among the available, so that small ones are taken whole and large ones evenly. */
export function allot(available: readonly number[], total: number): readonly number[] {
  const given = available.map(() => 0)
  let left = total
  const order = available.map((amount, index) => ({ amount, index })).sort((a, b) => a.amount - b.amount)
  for (const [done, { amount, index }] of order.entries()) {
    const share = Math.min(amount, Math.ceil(left / (order.length - done)))
    given[index] = share
    left -= share
  }
  return given
}

/** The slot that has the fewest lanes. */
export function freestSlot(lanes: Iterable<{ readonly slot: number }>, handlers: number): number {
  const counts = Array.from({ length: handlers }, () => 0)
  for (const { slot } of lanes) counts[slot] = (counts[slot] ?? 0) + 1
  return counts.indexOf(Math.min(...counts))
}

const firstPauseMs = 100
const longestPauseMs = 3_000
/** Before a batch that was not handled comes again. */
export const pauseAfter = (failures: number): number => Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs)

/** Throws `settings.invalid` for a number of handlers that nobody could mean. */
export function checkHandlers({ group, handlers }: { readonly group: string; readonly handlers: number }): void {
  if (!Number.isInteger(handlers) || handlers < 1)
    throw new GatewayError('settings.invalid', `Group ${group}: ${handlers} handlers; give a whole number from 1 on.`)
}
