// Every row of the record as it stands, for the tour that shows what was written; for small databases only.
import type { Pool } from 'pg'

export interface TableRow {
  readonly table: string
  /** As one line of JSON. */
  readonly row: string
}

/** What PostgreSQL's catalog holds as tables of ours, each once: a partition's rows come with its parent. */
const tables = `
  select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'inlet'
   where c.relkind in ('r', 'p') and not c.relispartition order by 1`

/** As the owner of the tables. Names come from the catalog, never from outside. */
export async function allRows(owner: Pool): Promise<readonly TableRow[]> {
  const found: TableRow[] = []
  for (const { name } of (await owner.query<{ name: string }>(tables)).rows) {
    const sql = `select to_jsonb(t)::text as row from inlet."${name.replaceAll('"', '""')}" t order by 1`
    const { rows } = await owner.query<{ row: string }>(sql)
    found.push(...rows.map(({ row }) => ({ table: name, row })))
  }
  return found
}
