// Everything a batch of messages asks of the record, in one statement: known keys → conversation → ticket, people, targets, brand, number.
import type { ThreadFacts, ThreadQuestion } from '../../../core/ports/reader.ts'
import { contactOf, conversationOf, ticketOf } from '../row-json.ts'
import { statement, type Here } from '../statement.ts'

// A lateral with `limit 1` a table: there is only one way to run it, by the key; a join would be planned once, for an empty table.
const ask = statement(
  'threads_of',
  `select k.keys, ${conversationOf('v')} as conversation, v.id is null as "noConversation", ${ticketOf('t')} as ticket, t.id is null as "noTicket",
     p.contacts, e.target, b.brand,
     case when t.category in ('open', 'waiting') then 0 else nextval('ticket_number') end as number
   from rows from (json_to_recordset($2::json) as (channel text, account text, "threadKeys" json, "contactKeys" json, target text))
     with ordinality as q (channel, account, "threadKeys", "contactKeys", target, n)
   cross join lateral (
     select coalesce(json_agg(json_build_object('key', a.key, 'conversation', x.conversation) order by a.n), '[]') as keys,
       (array_agg(x.conversation order by a.n))[1] as strongest
     from json_array_elements_text(q."threadKeys") with ordinality as a (key, n)
     cross join lateral (
       select h.conversation from thread_key h
       where h.workspace = $1 and h.channel = q.channel and h.account = q.account and h.key = a.key limit 1) x
   ) k
   left join lateral (select * from conversation where workspace = $1 and id = k.strongest limit 1) v on true
   left join lateral (select * from ticket where workspace = $1 and id = v.ticket limit 1) t on true
   cross join lateral (
     select coalesce(json_agg(${contactOf('c')} order by c.n), '[]') as contacts from (
       select distinct on (s.id) s.*, a.n
       from json_array_elements_text(q."contactKeys") with ordinality as a (key, n)
       cross join lateral (select h.contact from contact_key h where h.workspace = $1 and h.key = a.key limit 1) x
       cross join lateral (select coalesce(o.merged_into, o.id) as id from contact o where o.workspace = $1 and o.id = x.contact limit 1) f
       cross join lateral (select o.* from contact o where o.workspace = $1 and o.id = f.id limit 1) s
       order by s.id, a.n
     ) c
   ) p
   left join lateral (
     select json_build_object('externalId', q.target, 'message', m.id, 'ticket', m.ticket, 'conversation', m.conversation,
       'textRevision', coalesce(m.text_revision, ''), 'deleted', m.deleted_revision is not null,
       'reactions', coalesce(m.reactions, '[]'),
       'waiting', r.waiting) as target
     from (select * from external_ref where workspace = $1 and channel = q.channel and account = q.account and external_id = q.target limit 1) r
     left join lateral (select * from message where workspace = $1 and id = r.message limit 1) m on true
   ) e on true
   left join lateral (select brand from account where workspace = $1 and channel = q.channel and id = q.account limit 1) b on true
   order by q.n`,
)

interface Row extends Pick<
  ThreadFacts,
  'keys' | 'conversation' | 'ticket' | 'contacts' | 'target' | 'brand' | 'number'
> {
  readonly noConversation: boolean
  readonly noTicket: boolean
}

export async function threadsOf(here: Here, questions: readonly ThreadQuestion[]): Promise<readonly ThreadFacts[]> {
  if (questions.length === 0) return []
  const rows = await here.run<Row>(ask, questions)
  return rows.map(({ noConversation, noTicket, ...row }) => ({
    ...row,
    conversation: noConversation ? null : row.conversation,
    ticket: noTicket ? null : row.ticket,
  }))
}
