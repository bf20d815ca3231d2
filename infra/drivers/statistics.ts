// Keeps the planner's statistics near the truth while tables grow fast: a plan made for an empty table is a slow one.
import type { Pool } from 'pg'
import { messageOf } from '../../core/errors.ts'
import type { Clock, Logger } from '../../core/ports/edges.ts'

/** A look costs the server about a millisecond; between two of them a table at 2,000 rows a second stays one that any plan can walk. */
const lookEveryMs = 2_000
/** Where one has outgrown them others have as well; and one that the server's own autovacuum is at just now is passed by. */
const nextTableMs = 200

/** Until the signal aborts. Of several processes one looks at a time; a failure is said and tried again. */
export async function keepStatistics(
  deps: { readonly pool: Pool; readonly clock: Clock; readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  const { pool, clock, logger } = deps
  while (!signal.aborted) {
    const table = await freshen(pool).catch((error: unknown) => {
      logger.debug('the statistics of tables could not be looked at; tried again', { why: messageOf(error) })
      return null
    })
    if (table !== null) logger.debug('a table had outgrown its statistics', { table })
    await clock.sleep(table === null ? lookEveryMs : nextTableMs, signal).catch(() => undefined)
  }
}

async function freshen(pool: Pool): Promise<string | null> {
  const { rows } = await pool.query<{ table: string | null }>({
    name: 'freshen_statistics',
    text: 'select freshen_statistics() as table',
  })
  return rows[0]?.table ?? null
}
