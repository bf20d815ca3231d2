// Housekeeping of the log: days made ahead, days dropped, groups listed and forgotten.
import type { Pool } from 'pg'
import type { Logger } from '../../../core/ports/edges.ts'
import { logFault } from './fault.ts'

export interface LogGroup {
  readonly group: string
  /** Processes that read for it now. */
  readonly members: number
  readonly topics: readonly string[]
}
export interface PostgresLogCare {
  /**
   * Makes the coming days; drops days older than `keepDays` that every registered group has passed, and days older than `hardLimitDays`
   * whoever waits for them. Warns when a group holds more than half of that. Gives the days dropped. Call it hourly.
   */
  prune(limits: { readonly keepDays: number; readonly hardLimitDays: number }): Promise<readonly string[]>
  /** A group that will not come back: it no longer holds the log. False when there is none, or when a process reads for it now. */
  dropGroup(name: string): Promise<boolean>
  groups(): Promise<readonly LogGroup[]>
}
interface Unread {
  readonly group_name: string
  readonly day: string
  readonly events: number
  readonly age: number
}
interface Dependencies {
  readonly pool: Pool
  readonly log: Logger
}

const daysAhead = 3

export function makeCare({ pool, log }: Dependencies): PostgresLogCare {
  return {
    async prune(limits) {
      try {
        await pool.query('select log_make_days($1)', [daysAhead])
        return await dropDays(limits, { pool, log })
      } catch (error) {
        throw logFault(error, 'Dropping old days of the log')
      }
    },
    async dropGroup(name) {
      const text = `with free as (select c.group_name from log_cursor c where c.group_name = $1 and not exists (
          select 1 from log_member m where m.group_name = $1 and m.until > clock_timestamp()) limit 1),
        gone as (delete from log_cursor c using free f where c.group_name = f.group_name returning 1)
        select count(*) as gone from gone`
      try {
        const { rows } = await pool.query<{ gone: number }>(text, [name])
        return (rows[0]?.gone ?? 0) > 0
      } catch (error) {
        throw logFault(error, `Forgetting group ${name}`)
      }
    },
    async groups() {
      const text = `select c.group_name as "group", array_agg(distinct c.topic order by c.topic) as topics,
          (select count(*) from log_member m where m.group_name = c.group_name and m.until > clock_timestamp()) as members
        from log_cursor c group by c.group_name order by c.group_name`
      try {
        return (await pool.query<LogGroup>(text)).rows
      } catch (error) {
        throw logFault(error, 'Listing the groups of the log')
      }
    },
  }
}

async function dropDays(
  { keepDays, hardLimitDays }: { readonly keepDays: number; readonly hardLimitDays: number },
  { pool, log }: Dependencies,
): Promise<readonly string[]> {
  const { rows: unread } = await pool.query<Unread>('select *, log_today() - day as age from log_unread_days()')
  for (const { group_name: group, day, events, age } of unread) {
    const facts = { group, day, events, hardLimitDays }
    if (age > hardLimitDays)
      log.error(
        'A group lost events it never read: the log is not kept longer. Start what reads it, or drop the group.',
        facts,
      )
    else if (age > hardLimitDays / 2)
      log.warn('A group holds the log back. Start what reads it, or drop the group.', facts)
  }
  const held = Math.max(keepDays, ...unread.map(({ age }) => age))
  const text = 'select log_drop_before(log_today() - $1::int)::text as day'
  const { rows } = await pool.query<{ day: string }>(text, [Math.min(held, Math.max(keepDays, hardLimitDays))])
  for (const { day } of rows) await pool.query('select log_drop_day($1)', [day])
  return rows.map(({ day }) => day)
}
