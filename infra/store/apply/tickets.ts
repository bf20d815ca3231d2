// Verbs about tickets.
import { statusCategories } from '../../../schemas/ticket.ts'
import { statement } from '../statement.ts'
import { byStatement, type Applier } from './applier.ts'

// The partial unique index "one open ticket a conversation" speaks here: a second one is a conflict.
const open = statement(
  'open_ticket',
  `insert into ticket (workspace, id, number, brand, channel, account, conversation, kind, contact, requester_name, requester_address, subject, status, custom_status,
     category, priority, type, topic, tags, folders, language, assignee, assigned_at, team, origin, parent, created_at,
     updated_at, resolved_at, snoozed_until, version)
   select $1, q.id, q.number, q.brand, q.channel, q.account, q.conversation,
     (select v.kind from conversation v where v.workspace = $1 and v.id = q.conversation), q.contact, q."requesterName", q."requesterAddress", q.subject, q.status, q."customStatus",
     q.category, q.priority, q.type, q.topic, array(select json_array_elements_text(q.tags)), array(select json_array_elements_text(q.folders)), q.language, q.assignee,
     q."assignedAt", q."group", q.origin, q.parent, q."createdAt", q."updatedAt", q."resolvedAt", q."snoozedUntil", q.version
   from json_to_recordset($2::json) as q (id text, number bigint, brand text, channel text, account text, conversation text, contact text,
     "requesterName" text, "requesterAddress" text, subject text, status text, "customStatus" text, category text, priority text, type text, topic text, tags json,
     folders json, language text, assignee text, "assignedAt" timestamptz, "group" text, origin text, parent text, "createdAt" timestamptz, "updatedAt" timestamptz,
     "resolvedAt" timestamptz, "snoozedUntil" timestamptz, version int)
   order by q.id`,
)
const change = statement('change_tickets', `select change_tickets($1, $2::json)`)

export const openTicket: Applier<'open-ticket'> = byStatement(open, ({ ticket }) => ({
  ...ticket,
  category: statusCategories[ticket.status],
}))
export const setTicket: Applier<'set-ticket'> = byStatement(change, ({ ticket, set, at, ifVersion }) => ({
  ticket,
  set,
  at,
  ifVersion,
  category: set.status === undefined ? undefined : statusCategories[set.status],
}))
