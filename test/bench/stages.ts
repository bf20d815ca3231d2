// Where a ticket waits on its way to somebody, read from the log: from the call to the message's event, then through each who decides.
import { join } from 'node:path'
import { Client } from 'pg'
import { superuser } from '../../infra/drivers/postgres-server/cluster.ts'
import type { Inlet } from './inlet.ts'
import { percentile } from './stats.ts'

const stages = ['in the log', 'threaded', 'triaged', 'assigned'] as const

interface Row {
  readonly type: string
  /** Both in milliseconds. */
  readonly at: number
  readonly received: number
  readonly cause: string
  readonly ticket: string
}

/** Milliseconds of each stage of the tickets since `from` (an instant), a line for people. Only where the gateway has its own database. */
export async function waitsByStage(inlet: Inlet, from: string): Promise<string> {
  const rows = await told(inlet, from)
  const byCause = new Map(rows.flatMap((row) => (row.type === 'message.received' ? [[row.cause, row] as const] : [])))
  const byTicket = Map.groupBy(rows, ({ ticket }) => ticket)
  const whole = rows.flatMap(({ type, cause, ticket, at }) => {
    const message = byCause.get(cause)
    if (type !== 'ticket.created' || message === undefined) return []
    const of = (wanted: string): number | undefined => byTicket.get(ticket)?.find((it) => it.type === wanted)?.at
    const [triaged, assigned] = [of('ticket.triaged'), of('ticket.assigned')]
    return triaged === undefined || assigned === undefined
      ? []
      : [[message.received, message.at, at, triaged, assigned]]
  })
  const said = stages.map((stage, n) => {
    const waits = whole.map((at) => at[n + 1]! - at[n]!)
    return `${stage} ${percentile(waits, 0.5).toFixed(0)} (${percentile(waits, 0.99).toFixed(0)})`
  })
  return `${whole.length} tickets, milliseconds of each stage, p50 (p99): ${said.join(', ')}`
}

/** Of `ticket.assigned` only that an agent has it: its group comes with triage. */
async function told(inlet: Inlet, from: string): Promise<readonly Row[]> {
  const client = new Client({ host: join(inlet.data, 'postgres'), user: superuser, database: 'inlet' })
  await client.connect()
  try {
    const text = `select type, 1000 * extract(epoch from stored_at)::double precision as at, event ->> 'correlation' as cause,
        1000 * extract(epoch from (event ->> 'receivedAt')::timestamptz)::double precision as received, event ->> 'subject' as ticket
      from inlet.log_event where stored_at > $1::timestamptz and (type in ('message.received', 'ticket.created', 'ticket.triaged')
        or type = 'ticket.assigned' and event #>> '{data,field}' = 'assignee')`
    return (await client.query<Row>(text, [from])).rows
  } finally {
    await client.end()
  }
}
