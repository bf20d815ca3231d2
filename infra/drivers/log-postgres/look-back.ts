// Raws brought back for replay and for "show the original", and how far behind a group is.
import type { Pool } from 'pg'
import type { Instant } from '../../../schemas/ids.ts'
import type { RawRef } from '../../../schemas/events.ts'
import type { KeptRaw } from '../../../core/ports/event-log.ts'
import { rawColumns, rawFrom, type RawRow } from './encode.ts'
import { logFault } from './fault.ts'

/** Up to 64 kB each lie in the log itself: a page is at most 6.4 MB. */
const rawsAPage = 100

/** Rows lie on the day they were stored, by the database's clock; `at` is the machine's that heard them, a few minutes apart at most. */
const dayBefore = "($1::timestamptz at time zone 'UTC')::date - 1"

/** By (at, id): a raw that was stored again on a later day, by a replay, comes once. */
export async function* rawsOf(
  span: { readonly from: Instant; readonly to: Instant; readonly signal: AbortSignal },
  pool: Pool,
): AsyncGenerator<KeptRaw> {
  let after: readonly [Instant, string] = [span.from, '']
  while (true) {
    span.signal.throwIfAborted()
    const rows = await page(after, span.to, pool)
    for (const row of rows) {
      span.signal.throwIfAborted()
      yield rawFrom(row)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < rawsAPage) return
    after = [last.at, last.id]
  }
}

async function page(after: readonly [Instant, string], to: Instant, pool: Pool): Promise<readonly RawRow[]> {
  const text = `select distinct on (at, id) ${rawColumns} from log_raw
    where (at, id) > ($1, $2) and at < $3 and day >= ${dayBefore} order by at, id limit ${rawsAPage}`
  try {
    return (await pool.query<RawRow>(text, [...after, to])).rows
  } catch (error) {
    throw logFault(error, `Reading raws from ${after[0]} on`)
  }
}

/** On the days around `at` first; a raw that was stored late lies elsewhere. */
export async function rawOf(ref: RawRef, pool: Pool): Promise<KeptRaw | null> {
  const around = `and day between ${dayBefore} and ($1::timestamptz at time zone 'UTC')::date + 1`
  try {
    for (const where of [around, '']) {
      const text = `select ${rawColumns} from log_raw where id = $2 ${where} order by (at = $1) desc, day limit 1`
      const [row] = (await pool.query<RawRow>(text, [ref.at, ref.id])).rows
      if (row !== undefined) return rawFrom(row)
    }
    return null
  } catch (error) {
    throw logFault(error, `Reading raw ${ref.id}`)
  }
}

/** A group nobody registered is behind by nothing. */
export async function lagOf(
  group: string,
  pool: Pool,
): Promise<{ readonly events: number; readonly oldestSeconds: number }> {
  try {
    const { rows } = await pool.query<{ events: number; oldest_seconds: number }>({
      name: 'log_lag',
      text: 'select * from log_lag($1)',
      values: [group],
    })
    return { events: rows[0]?.events ?? 0, oldestSeconds: rows[0]?.oldest_seconds ?? 0 }
  } catch (error) {
    throw logFault(error, `Asking how far group ${group} is`)
  }
}
