// What clocks are made from, for a batch of tickets in one question; and which clocks an older desk was reckoned with.
import type { Reader } from '../../../core/ports/reader.ts'
import type { SlaRow } from '../../../core/ports/sla.ts'
import type { TicketId } from '../../../schemas/ids.ts'
import { ticketOf } from '../row-json.ts'
import { statement, type Here } from '../statement.ts'

const clockOf = (
  k: string,
): string => `json_build_object('ticket', ${k}.ticket, 'metric', ${k}.metric, 'policy', ${k}.policy, 'state', ${k}.state,
  'startedAt', instant(${k}.started_at), 'targetMinutes', ${k}.target_minutes, 'dueAt', instant(${k}.due_at), 'warned', ${k}.warned,
  'endedAt', instant(${k}.ended_at), 'nextAt', instant(${k}.next_at), 'because', ${k}.because, 'deskVersion', ${k}.desk_version,
  'version', ${k}.version)`
const all = (what: string): string => `coalesce(${what}, '[]')`
const theirs = `from message i where i.workspace = $1 and i.ticket = t.id and i.direction = 'in' and i.kind = 'user'`
// What was answered through another tool comes in later than it was said, and so does what it answers: by the vendor's clock one stands after
// the other. What is older than what came in first is history that was brought in.
const answeredAt = `case when m.received_at > m.sent_at and m.sent_at >= (select i.sent_at ${theirs} order by i.received_at, i.seq limit 1)
  then greatest(m.sent_at, (select max(i.received_at) ${theirs} and i.sent_at <= m.sent_at and i.received_at <= m.received_at)) else m.sent_at end`
// Somebody else than the customer wrote it: no answer goes to them, so none is owed.
const ofGuest = `exists (select from json_array_elements(m.parts) p where p ->> 'kind' = 'guest')`
// A forward goes to others.
const ofPeople = `from message m where m.workspace = $1 and m.ticket = t.id and m.direction = 'out' and m.kind = 'agent'
  and not exists (select from json_array_elements(m.parts) p where p ->> 'kind' = 'forwarded')`
const reachedNobody = `(coalesce(m.state, 'sent') in ('failed', 'cancelled'))`
const rows = statement(
  'sla_of',
  `select case when t.id is null then null else json_build_object('ticket', ${ticketOf('t')},
     'clocks', ${all(`(select json_agg(${clockOf('k')} order by k.started_at, k.metric) from sla_clock k where k.workspace = $1 and k.ticket = t.id)`)},
     'moves', ${all(`(select json_agg(json_build_object('at', e.event ->> 'at', 'from', coalesce(e.event #>> '{data,custom,from}', e.event #>> '{data,from}'),
         'to', coalesce(e.event #>> '{data,custom,to}', e.event #>> '{data,to}'), 'category', e.event #>> '{data,category}', 'why', e.event #>> '{data,why}') order by e.seq)
       from ticket_event e where e.workspace = $1 and e.ticket = t.id and e.event ->> 'type' = 'ticket.status_changed')`)},
     'opening', (select i.id ${theirs} order by i.received_at, i.seq limit 1),
     'heard', ${all(`(select json_agg(instant(m.received_at) order by m.received_at) from message m
       where m.workspace = $1 and m.ticket = t.id and m.direction = 'in' and m.kind = 'user' and not ${ofGuest})`)},
     'answered', ${all(`(select json_agg(instant(a.at) order by a.at) from (select ${answeredAt} as at ${ofPeople} and not ${reachedNobody}) a)`)},
     'lost', ${all(`(select json_agg(instant(m.sent_at) order by m.sent_at) ${ofPeople} and ${reachedNobody})`)}) end as row
   from rows from (json_array_elements_text($2::json)) with ordinality as q (ticket, n)
   left join lateral (select * from ticket t where t.workspace = $1 and t.id = q.ticket limit 1) t on true order by q.n`,
)
const openBefore = statement(
  'sla_open_before',
  `select distinct k.ticket from sla_clock k, json_to_record($2::json) as q (version bigint, after text, most int)
   where k.workspace = $1 and k.state in ('running', 'paused') and k.ticket > q.after and k.desk_version < q.version
   order by k.ticket limit (($2::json) ->> 'most')::int`,
)

export const slaReader = (here: Here): Pick<Reader, 'sla'> => ({
  sla: {
    of: async (tickets) =>
      tickets.length === 0 ? [] : (await here.run<{ row: SlaRow | null }>(rows, tickets)).map(({ row }) => row),
    openBefore: async (version, after, most) =>
      (await here.run<{ ticket: TicketId }>(openBefore, { version, after, most })).map(({ ticket }) => ticket),
  },
})
