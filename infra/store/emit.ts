// Events on their way out of a transaction: ticket history at once, the rest as the last statement before the commit.
import { topicOf, type AnyEvent } from '../../schemas/events.ts'
import { statement, type Here } from './statement.ts'

const historyPut = statement(
  'history_put',
  `insert into ticket_event (workspace, ticket, event)
   select $1, q.event -> 'data' ->> 'ticket', q.event
   from rows from (json_to_recordset($2::json) as (event json)) with ordinality as q (event, n) order by q.n`,
)
/** What is told of a ticket and of what was promised for it. */
const ofHistory: readonly string[] = ['ticket', 'sla']
/** The history of a ticket commits with the change it tells of. */
export async function keepHistory(here: Here, events: readonly AnyEvent[]): Promise<void> {
  const ofTickets = events.filter((event) => ofHistory.includes(topicOf(event.type)))
  if (ofTickets.length > 0)
    await here.run(
      historyPut,
      ofTickets.map((event) => ({ event })),
    )
}

export interface EmitDeps {
  /** `log`: record and log are one database, and the log's own function appends; `outbox`: a relay brings them there. */
  readonly emitInto: 'outbox' | 'log'
  partitionOf(key: string): number
}

const outboxPut = statement(
  'outbox_put',
  `insert into outbox (workspace, partition, topic, event)
   select $1, q.p, q.t, q.e
   from rows from (json_to_recordset($2::json) as (t text, p int, y text, e json)) with ordinality as q (t, p, y, e, n) order by q.n`,
)
const logEmit = statement('log_emit', `select log_emit($2::json) as heads where $1::text is not null`)
/** Where a partition of the log ends after an append: the position to be given next. */
export type LogHead = readonly [topic: string, partition: number, next: number]

/** Called once a workspace, after everything else: from here on the log's counters stay locked. */
export async function sendOut(here: Here, events: readonly AnyEvent[], deps: EmitDeps): Promise<readonly LogHead[]> {
  const rows = logRows(events, deps.partitionOf)
  const intoLog = deps.emitInto === 'log'
  const answer = await here.run<{ heads: readonly LogHead[] }>(intoLog ? logEmit : outboxPut, rows)
  return intoLog ? answer.flatMap(({ heads }) => heads) : []
}

/** As the log's append function takes them: topic, partition, type, event. */
export const logRows = (events: readonly AnyEvent[], partitionOf: (key: string) => number) =>
  events.map((event) => ({ t: topicOf(event.type), p: partitionOf(event.key), y: event.type, e: event }))
