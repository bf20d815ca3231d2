// Events on their way out of a transaction, as its last statement before the commit; what is told of a ticket is kept for its history with them.
import { topicOf, type AnyEvent } from '../../schemas/events.ts'
import { statement, type Here } from './statement.ts'

export interface EmitDeps {
  /** `log`: record and log are one database, and the log's own function appends; `outbox`: a relay brings them there. */
  readonly emitInto: 'outbox' | 'log'
  partitionOf(key: string): number
}

// History is of what is told of a ticket and of what was promised for it: it commits with the change it tells of.
const outboxPut = statement(
  'outbox_put',
  `with q as materialized (
     select * from rows from (json_to_recordset($2::json) as (t text, p int, y text, e json)) with ordinality as q (t, p, y, e, n)
   ), told as (
     insert into ticket_event (workspace, ticket, event)
     select $1, q.e -> 'data' ->> 'ticket', q.e from q where q.t in ('ticket', 'sla') order by q.n
   )
   insert into outbox (workspace, partition, topic, event) select $1, q.p, q.t, q.e from q order by q.n`,
)
const logTell = statement('log_tell', `select log_tell($2::json) as heads where $1::text is not null`)
/** Where a partition of the log ends after an append: the position to be given next. */
export type LogHead = readonly [topic: string, partition: number, next: number]

/** Called once a workspace, after everything else: from here on the log's counters stay locked. */
export async function sendOut(here: Here, events: readonly AnyEvent[], deps: EmitDeps): Promise<readonly LogHead[]> {
  const rows = logRows(events, deps.partitionOf)
  const intoLog = deps.emitInto === 'log'
  const answer = await here.run<{ heads: readonly LogHead[] }>(intoLog ? logTell : outboxPut, rows)
  return intoLog ? answer.flatMap(({ heads }) => heads) : []
}

/** As the log's append function takes them: topic, partition, type, event. */
export const logRows = (events: readonly AnyEvent[], partitionOf: (key: string) => number) =>
  events.map((event) => ({ t: topicOf(event.type), p: partitionOf(event.key), y: event.type, e: event }))
