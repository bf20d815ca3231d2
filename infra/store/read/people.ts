// Tickets, conversations, contacts, messages and uploads by id.
import type { Reader } from '../../../core/ports/reader.ts'
import type { MessageRow, SaidRow } from '../../../core/ports/rows.ts'
import { attachmentOf, contactOf, conversationOf, messageOf, ticketOf } from '../row-json.ts'
import { statement, type Here } from '../statement.ts'
import { byId, byIdStatement } from './by-id.ts'

const tickets = byIdStatement('ticket', ticketOf('x'))
const conversations = byIdStatement('conversation', conversationOf('x'))
const messages = byIdStatement('message', messageOf('x'))
const uploads = byIdStatement(
  'attachment',
  `json_build_object('id', x.id, 'attachment', ${attachmentOf('x')})`,
  'and x.message is null',
)
// Whoever asks for a merged contact gets the one that stays.
const contacts = statement(
  'contact_by_id',
  `select q.id as asked, x.row from json_array_elements_text($2::json) as q (id)
   cross join lateral (select coalesce(c.merged_into, c.id) as id from contact c where c.workspace = $1 and c.id = q.id limit 1) f
   cross join lateral (select ${contactOf('c')} as row from contact c where c.workspace = $1 and c.id = f.id limit 1) x`,
)
const lastOf = statement(
  'message_last_of',
  `select ${messageOf('m')} as row from json_to_record($2::json) as q (ticket text, "limit" int)
   cross join lateral (select * from message m where m.workspace = $1 and m.ticket = q.ticket and m.kind <> 'note'
     order by m.sent_at desc, m.seq desc limit q."limit") m
   order by m.sent_at desc, m.seq desc`,
)
// Of a review: a handful. Ours count from when the vendor had them.
const saidIn = statement(
  'message_said_in',
  `select json_build_object('id', m.id, 'ticket', m.ticket, 'direction', m.direction, 'externalId', m.external_id,
     'at', instant(m.at), 'replacedBy', m.replaced_by) as row
   from (select m.*, coalesce(r.sent_at, m.received_at) as at
     from ticket t cross join lateral (select * from message m where m.workspace = $1 and m.ticket = t.id) m
     left join lateral (select r.sent_at from reply r
       where r.workspace = $1 and r.conversation = t.conversation and r.message = m.id limit 1) r on true
     where t.workspace = $1 and t.conversation = $2::json #>> '{}' and m.conversation = t.conversation and m.kind <> 'note'
       and m.deleted_revision is null and (m.direction = 'in' or m.state is null or m.state in ('sent', 'delivered', 'read'))
     order by m.seq desc limit 200) m
   order by m.at, m.seq`,
)
const nextNumber = statement(
  'ticket_next_number',
  `select nextval('ticket_number') as number where $1::text is not null and $2::json is not null`,
)

export const peopleReader = (
  here: Here,
): Pick<Reader, 'tickets' | 'conversations' | 'contacts' | 'messages' | 'uploads'> => ({
  tickets: {
    byId: (ids) => byId(here, tickets, ids),
    nextNumber: async () => (await here.run<{ number: number }>(nextNumber, null))[0]?.number ?? 0,
  },
  conversations: { byId: (ids) => byId(here, conversations, ids) },
  contacts: { byId: (ids) => byId(here, contacts, ids) },
  messages: {
    byId: (ids) => byId(here, messages, ids),
    lastOf: async (ticket, limit) =>
      (await here.run<{ row: MessageRow }>(lastOf, { ticket, limit })).map(({ row }) => row),
    saidIn: async (conversation) => (await here.run<{ row: SaidRow }>(saidIn, conversation)).map(({ row }) => row),
  },
  uploads: { byId: (ids) => byId(here, uploads, ids) },
})
