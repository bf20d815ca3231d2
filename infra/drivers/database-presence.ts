// Which processes of this installation live: each holds a lock by its session at the database, and a killed process holds none a moment later.
import { randomBytes } from 'node:crypto'
import type { Client, Pool } from 'pg'

export interface Presence {
  /** This process, as the others know it. */
  readonly mark: string
  /** Resolves when the others can see this process. */
  show(): Promise<void>
  /**
   * Marks of all that live; null while a live one might be missing: the server, or this process's own session at it, began just now, and the
   * others come back by and by; or that session is at another server, the one before a failover. A process on a machine that is cut off stays
   * until the server gives its connection up.
   */
  alive(): Promise<ReadonlySet<string> | null>
}

/** Of our locks alone; the others of this program have one number, these have two. */
const lockClass = 1_229_867_340
/** Longer than a process waits before it connects again (`database-listener.ts`). */
const settledAfterMs = 10_000

interface Needs {
  readonly pool: () => Pool
  /** Runs on the listening connection, and on each that takes its place. */
  readonly hold: (run: (client: Client) => Promise<void>) => Promise<void>
}

export function makePresence({ pool, hold }: Needs): Presence {
  const number = randomBytes(4).readInt32BE()
  let sessions = 0
  let since = 0
  const take = async (client: Client): Promise<void> => {
    // Shared: the session before may not be known to be dead yet.
    await client.query('select pg_advisory_lock_shared($1, $2)', [lockClass, number])
    sessions += 1
    since = performance.now()
  }
  const mark = markOf(number)
  let shown: Promise<void> | null = null
  return {
    mark,
    show: () => (shown ??= hold(take)),
    async alive() {
      const mayBeLate = sessions > 1 && performance.now() - since < settledAfterMs
      const { rows } = await pool().query<{ number: number; settled: boolean }>(
        `select l.objid::bigint as number,
                now() - pg_postmaster_start_time() > $2::int * interval '1 ms' as settled
           from pg_locks l join pg_database d on d.oid = l.database
          where l.locktype = 'advisory' and l.objsubid = 2 and l.classid = $1 and d.datname = current_database()`,
        [lockClass, settledAfterMs],
      )
      const marks = new Set(rows.map((row) => markOf(Number(row.number))))
      return mayBeLate || rows[0]?.settled !== true || !marks.has(mark) ? null : marks
    },
  }
}

/** A lock's number comes back without its sign. */
const markOf = (number: number): string => (number >>> 0).toString(16).padStart(8, '0')
