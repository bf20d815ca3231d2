// Verbs about answers on their way out and read receipts we owe.
import { statement } from '../statement.ts'
import { byStatement, type Applier } from './applier.ts'

const queue = statement(
  'queue_reply',
  `insert into reply (workspace, id, message, ticket, conversation, channel, account, author, outbound, state, correlation, queued_at, updated_at)
   select $1, q.reply, q.message, q.ticket, q.conversation, q.channel, q.account, q.outbound ->> 'author', q.outbound, 'queued', q.correlation, q.at,
     q.at
   from json_to_recordset($2::json) as q (reply text, message text, ticket text, conversation text, channel text, account text, outbound json,
     correlation text, at timestamptz)`,
)
const change = statement('change_replies', `select change_replies($1, $2::json)`)
const seen = statement(
  'tell_seen',
  `insert into seen_mark (workspace, id, channel, account, external_id)
   select $1, q.message, q.channel, q.account, q."externalId"
   from json_to_recordset($2::json) as q (channel text, account text, "externalId" text, message text) order by q.message
   on conflict (workspace, id) do nothing`,
)

export const queueReply: Applier<'queue-reply'> = byStatement(queue, (it) => it)
export const setReply: Applier<'set-reply'> = byStatement(change, (it) => ({
  ...it,
  setCode: it.code !== undefined,
  setWhy: it.why !== undefined,
}))
export const tellSeen: Applier<'tell-seen'> = byStatement(seen, (it) => it)
