// Everything rules look at, for a batch of tickets in one question.
import type { Reader, TriageRow } from '../../../core/ports/reader.ts'
import { contactOf, messageOf, ticketOf } from '../row-json.ts'
import { statement, type Here } from '../statement.ts'

// Which message is meant is worked out in a step of its own: under row security an index is asked only by what cannot tell of other rows,
// and `coalesce` is not known to be that. Each ticket read all messages there were.
// `limit 1` of what is followed up, too, is a step down an index: without it the planner may read all open tickets.
const triage = statement(
  'triage_of',
  `select case when t.id is null then null else json_build_object('ticket', ${ticketOf('t')}, 'message', m.row, 'contact', c.row, 'kind', t.kind,
     'messageCount', t.message_count, 'lastMessageAt', instant(t.last_message_at), 'lastCustomerMessageAt', instant(l.sent_at),
     'isFollowedUp', t.category in ('done', 'junk') and coalesce((select true from ticket o
       where o.workspace = $1 and o.conversation = t.conversation and o.category in ('open', 'waiting') limit 1), false),
     'asked', coalesce((select json_object_agg(h.rule, instant(h.clock)) from rule_hour h where h.workspace = $1 and h.ticket = t.id), '{}')) end as row
   from rows from (json_to_recordset($2::json) as (ticket text, message text)) with ordinality as q (ticket, message, n)
   left join lateral (select * from ticket t where t.workspace = $1 and t.id = q.ticket limit 1) t on true
   left join lateral (select m.id, m.sent_at from message m where m.workspace = $1 and m.ticket = t.id and m.direction = 'in' and m.kind = 'user'
     order by m.sent_at desc, m.seq desc limit 1) l on true
   left join lateral (select coalesce(q.message, l.id) as id limit 1) w on true
   left join lateral (select ${messageOf('m')} as row from message m where m.workspace = $1 and m.id = w.id limit 1) m on true
   left join lateral (select coalesce(c.merged_into, c.id) as id from contact c where c.workspace = $1 and c.id = t.contact limit 1) f on true
   left join lateral (select ${contactOf('c')} as row from contact c where c.workspace = $1 and c.id = f.id limit 1) c on true
   order by q.n`,
)

// Few of them, and of those that are over not many more, however many there are.
const page = statement(
  'triage_page',
  `with looked as materialized (select t.id, t.status <> 'closed' and t.category <> 'junk' and t.origin <> 'import' as may from ticket t
     where t.workspace = $1 and t.id > $2::json #>> '{}' order by t.id limit 2000),
   found as (select id from looked where may order by id limit 200)
   select coalesce((select json_agg(id order by id) from found), '[]') as ids,
     case when (select count(*) from found) = 200 then (select max(id) from found)
       when (select count(*) from looked) = 2000 then (select max(id) from looked) end as next`,
)

export const triageReader = (here: Here): Pick<Reader, 'triage'> => ({
  triage: {
    of: async (asked) =>
      asked.length === 0 ? [] : (await here.run<{ row: TriageRow | null }>(triage, asked)).map(({ row }) => row),
    page: async (after) => (await here.run<Awaited<ReturnType<Reader['triage']['page']>>>(page, after))[0]!,
  },
})
