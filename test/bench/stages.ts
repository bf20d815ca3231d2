// Where a ticket waits on its way to somebody, read from the log: from the call to the message's event, then through each who decides.
import { join } from 'node:path'
import { Client } from 'pg'
import type { Inlet } from './inlet.ts'
import { percentile } from './stats.ts'

const stages = ['in the log', 'threaded', 'triaged', 'assigned'] as const

/** Milliseconds of each stage of the tickets since `from` (an instant), a line for people. Only where the gateway has its own database. */
export async function waitsByStage(inlet: Inlet, from: string): Promise<string> {
  const client = new Client({ host: join(inlet.data, 'postgres'), user: 'inlet', database: 'inlet' })
  await client.connect()
  try {
    const { rows } = await client.query<{ readonly at: readonly (number | null)[] }>(
      `select array[
         extract(epoch from min((event ->> 'receivedAt')::timestamptz) filter (where type = 'message.received')),
         extract(epoch from min(stored_at) filter (where type = 'message.received')),
         extract(epoch from min(stored_at) filter (where type = 'ticket.created')),
         extract(epoch from min(stored_at) filter (where type = 'ticket.triaged')),
         extract(epoch from max(stored_at) filter (where type = 'ticket.assigned'))]::double precision[] as at
       from inlet.log_event where stored_at > $1::timestamptz group by event ->> 'correlation'`,
      [from],
    )
    const whole = rows.flatMap(({ at }) => (at.includes(null) ? [] : [at as readonly number[]]))
    const said = stages.map((stage, n) => {
      const waits = whole.map((at) => 1_000 * (at[n + 1]! - at[n]!))
      return `${stage} ${percentile(waits, 0.5).toFixed(0)} (${percentile(waits, 0.99).toFixed(0)})`
    })
    return `${whole.length} tickets, milliseconds of each stage, p50 (p99): ${said.join(', ')}`
  } finally {
    await client.end()
  }
}
