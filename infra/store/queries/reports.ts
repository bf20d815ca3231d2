// How long customers waited, from the history of tickets: read when it is asked for, kept nowhere (D52).
import { sql } from 'kysely'
import type { ResponseTimesAsk } from '../../../core/ports/queries.ts'
import type { ResponseTimesAnswer } from '../../../schemas/report-answers.ts'
import type { Reading } from './reading.ts'
import { whereOf } from './tickets.ts'

interface Row {
  readonly tickets: number
  readonly answered: number
  readonly answeredSeconds: number | null
  readonly resolved: number
  readonly resolvedSeconds: number | null
}

const at = sql.raw(`(h.event ->> 'at')::timestamptz`)
const history = sql.raw(`from ticket_event h where h.workspace = t.workspace and h.ticket = t.id`)
/** A forward goes to others; what failed or was taken back reached nobody (V9). */
const reached =
  sql.raw(`exists (select from message m where m.workspace = t.workspace and m.id = h.event #>> '{data,message}'
  and coalesce(m.state, 'sent') not in ('failed', 'cancelled')
  and not exists (select from json_array_elements(m.parts) p where p ->> 'kind' = 'forwarded'))`)
const category = sql.raw(`h.event ->> 'type' = 'ticket.status_changed' and h.event #>> '{data,category}'`)

export async function responseTimes(asked: ResponseTimesAsk, reading: Reading): Promise<ResponseTimesAnswer> {
  const [row] = await reading.ask<Row>(sql`
    select count(*)::int as tickets,
      count(f.at)::int as answered, extract(epoch from avg(f.at - a.at))::float8 as "answeredSeconds",
      count(d.at)::int as resolved, extract(epoch from avg(d.at - a.at))::float8 as "resolvedSeconds"
    from ticket t
    cross join lateral (select min(${at}) as at ${history}
      and h.event ->> 'type' = 'ticket.assigned' and h.event #>> '{data,field}' = 'assignee') a
    cross join lateral (select min(${at}) as at ${history} and ${at} >= a.at and h.event ->> 'type' = 'ticket.message_added'
      and h.event #>> '{data,direction}' = 'out' and h.event #>> '{data,kind}' = 'agent' and ${reached}) f
    cross join lateral (select min(h.seq) as seq ${history} and ${category} = 'done' and h.seq > coalesce(
      (select max(h.seq) ${history} and ${category} <> 'done'), 0)) s
    cross join lateral (select min(${at}) as at ${history} and h.seq = s.seq and t.category = 'done' and ${at} >= a.at) d
    where ${sql.join(whereOf({ ...asked, requester: null, q: null }, reading.workspace), sql` and `)}`)
  return {
    createdFrom: asked.createdFrom,
    createdTo: asked.createdTo,
    tickets: row?.tickets ?? 0,
    firstResponse: { tickets: row?.answered ?? 0, averageSeconds: row?.answeredSeconds ?? null },
    resolution: { tickets: row?.resolved ?? 0, averageSeconds: row?.resolvedSeconds ?? null },
  }
}
