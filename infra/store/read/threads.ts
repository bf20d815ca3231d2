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
   from rows from (json_to_recordset($2::json) as (channel text, account text, "threadKeys" json, "contactKeys" json, target text,
     lead text)) with ordinality as q (channel, account, "threadKeys", "contactKeys", target, lead, n)
   cross join lateral (
     select coalesce(json_agg(json_build_object('key', a.key, 'conversation', x.conversation) order by a.n), '[]') as keys,
       coalesce((array_agg(x.conversation order by a.n))[1], q.lead) as strongest
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

// Asked only of messages that bring such keys, so that it costs the others nothing.
const lead = statement(
  'threads_led',
  `select w.conversation, w."as"
   from rows from (json_to_recordset($2::json) as (channel text, account text, keys json, "colleagueKeys" json, "guestKeys" json, "weakKeys" json))
     with ordinality as q (channel, account, keys, "colleagueKeys", "guestKeys", "weakKeys", n)
   left join lateral (
     select x.conversation, a."as"
     from (select c.key, c.n, 'colleague' as "as" from json_array_elements_text(q."colleagueKeys") with ordinality as c (key, n)
       union all select g.key, 1000 + g.n, 'guest' from json_array_elements_text(q."guestKeys") with ordinality as g (key, n)
       union all select l.key, 2000 + l.n, 'weak' from json_array_elements_text(q."weakKeys") with ordinality as l (key, n)) a
     cross join lateral (select h.conversation from thread_key h
       where h.workspace = $1 and h.channel = q.channel and h.account = q.account and h.key = a.key limit 1) x
     cross join lateral (select coalesce(o.customer_at, o.created_at) as "aliveAt" from conversation o
       where o.workspace = $1 and o.id = x.conversation limit 1) c
     where (a."as" <> 'weak' or c."aliveAt" > now() - interval '90 days')
       and not exists (select from json_array_elements_text(q.keys) as t (key)
         cross join lateral (select true from thread_key h
           where h.workspace = $1 and h.channel = q.channel and h.account = q.account and h.key = t.key limit 1) known)
     order by a.n limit 1) w on true
   order by q.n`,
)
interface Led {
  readonly conversation: string | null
  readonly as: 'colleague' | 'guest' | 'weak' | null
}
async function leadsOf(here: Here, questions: readonly ThreadQuestion[]): Promise<readonly (Led | null)[]> {
  const asked = questions.flatMap(({ channel, account, threadKeys: keys, ...more }, at) => {
    const { colleagueKeys = [], guestKeys = [], weakKeys = [] } = more
    const isNone = colleagueKeys.length + guestKeys.length + weakKeys.length === 0
    return isNone ? [] : [{ at, channel, account, keys, colleagueKeys, guestKeys, weakKeys }]
  })
  if (asked.length === 0) return questions.map(() => null)
  const rows = await here.run<Led>(lead, asked)
  const found = new Map(asked.map(({ at }, n) => [at, rows[n] ?? null]))
  return questions.map((_, at) => found.get(at) ?? null)
}

interface Row extends Pick<
  ThreadFacts,
  'keys' | 'conversation' | 'ticket' | 'contacts' | 'target' | 'brand' | 'number'
> {
  readonly noConversation: boolean
  readonly noTicket: boolean
}

export async function threadsOf(here: Here, questions: readonly ThreadQuestion[]): Promise<readonly ThreadFacts[]> {
  if (questions.length === 0) return []
  const leads = await leadsOf(here, questions)
  const asked = questions.map(({ channel, account, threadKeys, contactKeys, target }, at) => {
    const by = leads[at]?.conversation ?? null
    return { channel, account, threadKeys, contactKeys, target, ...(by === null ? {} : { lead: by }) }
  })
  const rows = await here.run<Row>(ask, asked)
  return rows.map(({ noConversation, noTicket, ...row }, at) => ({
    ...row,
    isGuest: row.keys.length === 0 && leads[at]?.as === 'guest',
    isColleague: row.keys.length === 0 && leads[at]?.as === 'colleague',
    conversation: noConversation ? null : row.conversation,
    ticket: noTicket ? null : row.ticket,
  }))
}
