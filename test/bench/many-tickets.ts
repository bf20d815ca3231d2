// A database with very many tickets, made from the few that a gateway made: each row again and again under other names, by SQL.
import { Client } from 'pg'
import { startPostgresServer } from '../../infra/drivers/postgres-server.ts'
import { keptLog } from '../support/quiet-log.ts'

/** What belongs to a ticket, and the columns that name rows: those get a number behind. */
const tables: readonly { readonly table: string; readonly names: readonly string[] }[] = [
  { table: 'contact', names: ['id'] },
  { table: 'contact_key', names: ['key', 'contact'] },
  { table: 'conversation', names: ['id', 'contact', 'ticket', 'lane'] },
  { table: 'thread_key', names: ['key', 'conversation'] },
  { table: 'ticket', names: ['id', 'conversation', 'contact'] },
  { table: 'message', names: ['id', 'ticket', 'conversation', 'external_id'] },
  { table: 'external_ref', names: ['external_id', 'message'] },
  { table: 'ticket_event', names: ['ticket'] },
  { table: 'wakeup', names: ['subject', 'id'] },
]

/** The gateway on this folder must have ended. Gives how many tickets there are then. */
export async function multiply(dataDir: string, wanted: number): Promise<number> {
  const server = await startPostgresServer({ dataDir, log: keptLog() })
  const client = new Client(server.connection)
  await client.connect()
  try {
    await client.query('set search_path = inlet, public')
    const count = async () => Number((await client.query('select count(*) as n from ticket')).rows[0].n)
    const times = Math.max(1, Math.ceil(wanted / (await count())))
    for (const { table, names } of tables) await client.query(await copies(client, table, names), [times])
    await client.query('analyze')
    return await count()
  } finally {
    await client.end()
    await server.stop()
  }
}

async function copies(client: Client, table: string, names: readonly string[]): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_schema = 'inlet' and table_name = $1 and is_identity = 'NO' and is_generated = 'NEVER' order by ordinal_position`,
    [table],
  )
  const value = (name: string): string => {
    if (names.includes(name)) return `t."${name}" || '-' || n`
    return table === 'ticket' && name === 'number' ? `nextval('ticket_number')` : `t."${name}"`
  }
  const columns = rows.map(({ name }) => `"${name}"`).join()
  return `insert into ${table} (${columns}) select ${rows.map(({ name }) => value(name)).join()} from ${table} t cross join generate_series(2, $1::int) n`
}
