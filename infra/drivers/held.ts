// Keeps what agents hold summed up (migration 0031): changes are added to the sums, and now and then all is counted anew.
import type { Pool } from 'pg'
import { messageOf } from '../../core/errors.ts'
import type { Clock, Logger } from '../../core/ports/edges.ts'

/** What a look of assignment adds to the sums by itself: at a thousand changes a second two thousand rows, half a millisecond. */
const addEveryMs = 2_000
/** Counting a million open tickets takes half a second. */
const countEveryMs = 3_600_000

/** Until the signal aborts. Of several processes one works at a time; a failure is said and tried again. */
export async function keepHeld(
  deps: { readonly pool: Pool; readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  const { pool, clock, logger } = deps
  let countAt = -Infinity
  while (!signal.aborted) {
    const anew = clock.ticks() >= countAt
    const wrong = await sumUp(pool, anew).catch((error: unknown) => {
      logger.debug('what agents hold could not be summed up; tried again', { why: messageOf(error) })
      return null
    })
    if (anew && wrong !== null) countAt = clock.ticks() + countEveryMs
    if (wrong !== null && wrong > 0)
      logger.error('what agents hold was not what had been summed up; it was counted anew and is right again', {
        wrong,
      })
    await clock.sleep(addEveryMs, signal).catch(() => undefined)
  }
}

/** How many sums were wrong; null where another process is at it. */
async function sumUp(pool: Pool, anew: boolean): Promise<number | null> {
  const { rows } = await pool.query<{ wrong: number | null }>({
    name: 'sum_up_held',
    text: 'select sum_up_held($1) as wrong',
    values: [anew],
  })
  return rows[0]?.wrong ?? null
}
