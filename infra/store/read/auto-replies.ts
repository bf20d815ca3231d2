// What was sent by itself lately, counted for the budgets of automatic replies.
import type { AutoReplyCount, NoticeNote } from '../../../core/ports/auto-reply-rows.ts'
import type { Reader } from '../../../core/ports/reader.ts'
import { statement, type Here } from '../statement.ts'

const recent = (column: string, hours: number): string =>
  `(select count(*)::int from auto_reply_note a where a.workspace = $1 and a.${column} = q.${column} and a.code is null
     and a.at > now() - interval '${hours} hours')`
const count = statement(
  'auto_reply_count',
  `select json_build_object(
     'isAnswered', exists (select from auto_reply_note a where a.workspace = $1 and a.cause = q.cause and a.code is null),
     'ofTicket', ${recent('ticket', 24)}, 'ofAddress', ${recent('address', 24)}, 'ofDomain', ${recent('domain', 1)},
     'cameLately', (select count(*)::int from (
        select from ticket t join message m on m.workspace = $1 and m.ticket = t.id and m.direction = 'in' and m.sent_at > now() - interval '10 minutes'
        where t.workspace = $1 and t.contact = q.contact and t.last_message_at > now() - interval '10 minutes' limit 100) c),
     'last', coalesce((select json_object_agg(k.kind, instant(k.at)) from (select a.kind, max(a.at) as at from auto_reply_note a
        where a.workspace = $1 and a.conversation = q.conversation and a.code is null group by a.kind) k), '{}'),
     'told', array(select distinct a.code from auto_reply_note a where a.workspace = $1 and a.ticket = q.ticket and a.code is not null order by 1)) as row
   from rows from (json_to_recordset($2::json) as (ticket text, cause text, conversation text, contact text, address text, domain text))
     with ordinality as q (ticket, cause, conversation, contact, address, domain, n) order by q.n`,
)

const noticesTo = statement(
  'notices_to',
  `select json_build_object('agent', n.agent, 'kind', n.kind, 'subject', n.subject, 'cause', n.cause, 'at', instant(n.at)) as row
   from json_to_record($2::json) as q (agent text, cause text)
   cross join lateral (
     (select * from notice_note n where n.workspace = $1 and n.agent = q.agent and n.at > now() - interval '1 hour' order by n.at desc limit 100)
     union
     (select * from notice_note n where n.workspace = $1 and n.agent = q.agent and n.cause = q.cause limit 1)) n`,
)

export const autoRepliesReader = (here: Here): Pick<Reader, 'autoReplies'> => ({
  autoReplies: {
    count: async (asked) =>
      asked.length === 0 ? [] : (await here.run<{ row: AutoReplyCount }>(count, asked)).map(({ row }) => row),
    noticesTo: async (agent, cause) =>
      (await here.run<{ row: NoticeNote }>(noticesTo, { agent, cause })).map(({ row }) => row),
  },
})
