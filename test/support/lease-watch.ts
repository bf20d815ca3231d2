// Who holds which receiver, by the database's clock; and how late a process that lives was with its own beats, which is what a busy machine took from it.
import type { Pool } from 'pg'
import { setTimeout as pause } from 'node:timers/promises'

/** A beat comes every second; so much more is no delay. */
const beatMs = 1_100

export interface LeaseWatch {
  /** The database's clock, in milliseconds. */
  now(): Promise<number>
  /** Processes that share the receivers, those that died a moment ago with them. */
  owners(): Promise<readonly string[]>
  holderOf(receiver: string): Promise<string | null>
  /** Of a process that lives: how much later than every second its beats came, all together, until the end is called. */
  lateness(owner: string): { end(): Promise<number> }
}

export function leaseWatch(pool: Pool): LeaseWatch {
  const ask = async <Row>(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> =>
    (await pool.query(sql, [...values])).rows as Row[]
  const beatOf = async (owner: string): Promise<number> => {
    const sql = `select extract(epoch from until)::float8 * 1000 as ms from inlet.lease where name = 'receivers/' || $1`
    return (await ask<{ ms: number }>(sql, [owner]))[0]?.ms ?? 0
  }
  return {
    now: async () =>
      (await ask<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms'))[0]!.ms,
    owners: async () =>
      (
        await ask<{ owner: string }>(
          `select owner from inlet.lease where name like 'receivers/%' and until > clock_timestamp() order by 1`,
        )
      ).map(({ owner }) => owner),
    holderOf: async (receiver) => {
      const sql = `select owner from inlet.lease where name = $1 and until > clock_timestamp()`
      return (await ask<{ owner: string }>(sql, [receiver]))[0]?.owner ?? null
    },
    lateness(owner) {
      const over = new AbortController()
      const watching = (async () => {
        let late = 0
        let last = await beatOf(owner)
        while (!over.signal.aborted) {
          await pause(50)
          const now = await beatOf(owner)
          late += Math.max(0, now - last - beatMs)
          last = now
        }
        return late
      })()
      return {
        end() {
          over.abort()
          return watching
        },
      }
    },
  }
}
