// Rows of one table by their ids, as a map: each id is a lookup by key of its own.
import { statement, type Here, type Statement } from '../statement.ts'

/** `row` builds the JSON of alias `x`; `and` narrows further. */
export const byIdStatement = (table: string, row: string, and = ''): Statement =>
  statement(
    `${table}_by_id`,
    `select q.id as asked, x.row from json_array_elements_text($2::json) as q (id)
     cross join lateral (select ${row} as row from ${table} x where x.workspace = $1 and x.id = q.id ${and} limit 1) x`,
  )

export async function byId<Id extends string, Row>(
  here: Here,
  statement: Statement,
  ids: readonly Id[],
): Promise<ReadonlyMap<Id, Row>> {
  if (ids.length === 0) return new Map()
  const rows = await here.run<{ asked: Id; row: Row }>(statement, [...new Set(ids)])
  return new Map(rows.map(({ asked, row }) => [asked, row]))
}

/** The one row a statement gives, or null. */
export async function one<Row>(here: Here, statement: Statement, asked: unknown): Promise<Row | null> {
  const [found] = await here.run<{ row: Row }>(statement, asked)
  return found?.row ?? null
}
