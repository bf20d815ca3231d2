// A database with very many tickets, made from the few that a gateway made: each row again and again under other names, by SQL.
import { Client } from 'pg'
import { startPostgresServer } from '../../infra/drivers/postgres-server.ts'
import { keptLog } from '../support/quiet-log.ts'

/** What belongs to a ticket, the columns that name rows (those get a number behind), and what of it is copied where not all is. */
const tables: readonly { readonly table: string; readonly names: readonly string[]; readonly only?: string }[] = [
  { table: 'contact', names: ['id'] },
  { table: 'contact_key', names: ['key', 'contact'] },
  { table: 'conversation', names: ['id', 'contact', 'ticket', 'lane'] },
  { table: 'thread_key', names: ['key', 'conversation'] },
  { table: 'ticket', names: ['id', 'conversation', 'contact'] },
  { table: 'message', names: ['id', 'ticket', 'conversation', 'external_id'] },
  { table: 'external_ref', names: ['external_id', 'message'] },
  // A million whole histories would be seven gigabytes that no decision reads.
  { table: 'ticket_event', names: ['ticket'], only: `t.event ->> 'type' = 'ticket.created'` },
]
/** One copy of so many is still open, with whoever has it; the others are closed, as they are in a desk that has had a million. */
const openOf = 100
/** What a copy has in place of what it is a copy of. */
const inPlace: Readonly<Record<string, string>> = {
  'ticket.number': `nextval('ticket_number')`,
  'ticket.status': `case when n % ${openOf} = 0 then t.status else 'closed' end`,
  'ticket.category': `case when n % ${openOf} = 0 then t.category else 'done' end`,
  'ticket.resolved_at': `case when n % ${openOf} = 0 then t.resolved_at else t.created_at end`,
  // The index of words would take most of the time.
  'message.text': `left(t.text, 120)`,
}

/** The gateway on this folder must have ended. Gives how many tickets there are then. */
export async function multiply(dataDir: string, wanted: number, say: (text: string) => void): Promise<number> {
  const server = await startPostgresServer({ dataDir, log: keptLog() })
  const client = new Client(server.connection)
  await client.connect()
  try {
    await client.query('set search_path = inlet, public')
    await client.query('set synchronous_commit = off')
    const count = async () => Number((await client.query('select count(*) as n from ticket')).rows[0].n)
    const times = Math.max(1, Math.ceil(wanted / (await count())))
    for (const one of tables)
      for (let from = 2; from <= times; from += timesAtOnce) {
        await client.query(await copies(client, one), [from, Math.min(times, from + timesAtOnce - 1)])
        if (one.table === 'message')
          say(`${Math.round((100 * Math.min(times, from + timesAtOnce)) / times)} % of the messages`)
      }
    await client.query('analyze')
    return await count()
  } finally {
    await client.end()
    await server.stop()
  }
}

/** Copies of one table that are made by one statement: after each it is said how far it is. */
const timesAtOnce = 1_000

async function copies(client: Client, { table, names, only = 'true' }: (typeof tables)[number]): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_schema = 'inlet' and table_name = $1 and is_identity = 'NO' and is_generated = 'NEVER' order by ordinal_position`,
    [table],
  )
  const value = (name: string): string =>
    names.includes(name) ? `t."${name}" || '~' || n` : (inPlace[`${table}.${name}`] ?? `t."${name}"`)
  const columns = rows.map(({ name }) => `"${name}"`).join()
  // What was there before: a copy ends in its number.
  return `insert into ${table} (${columns}) select ${rows.map(({ name }) => value(name)).join()}
    from ${table} t cross join generate_series($1::int, $2::int) n where t."${names[0]}" !~ '~[0-9]+$' and ${only}`
}
