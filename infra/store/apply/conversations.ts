// Verbs about conversations and the keys that lead to them.
import { statement } from '../statement.ts'
import { byStatement, type Applier } from './applier.ts'

// Without the plain insert two conversations for one customer would be possible: "one open ticket a conversation" does not see that.
const make = statement(
  'make_conversation',
  `with q as materialized (
       select c.*, q."threadKeys" from json_to_recordset($2::json) as q (conversation json, "threadKeys" json)
       cross join lateral json_to_record(q.conversation) as c (id text, channel text, account text, kind text, lane text, contact text, party json,
         vendor json, "customerAt" timestamptz)),
     made as (
       insert into conversation (workspace, id, channel, account, kind, lane, contact, party, vendor, customer_at)
       select $1, q.id, q.channel, q.account, q.kind, q.lane, q.contact, q.party, q.vendor, q."customerAt" from q order by q.id)
   insert into thread_key (workspace, channel, account, key, conversation)
   select $1, q.channel, q.account, k, q.id from q cross join lateral json_array_elements_text(q."threadKeys") k order by 2, 3, 4`,
)
const change = statement('change_conversations', `select change_conversations($1, $2::json)`)

export const makeConversation: Applier<'make-conversation'> = byStatement(make, (it) => ({
  ...it,
  threadKeys: [...new Set(it.threadKeys)],
}))
export const setConversation: Applier<'set-conversation'> = byStatement(change, (it) => ({
  ...it,
  addKeys: [...new Set(it.addKeys)],
  moveKeys: [...new Set(it.moveKeys)],
}))
