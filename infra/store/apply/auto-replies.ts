// Verbs about what the desk says by itself: automatic replies, notifications, and the notes that budgets count.
import { statement } from '../statement.ts'
import { byStatement, lastOfEach, type Applier } from './applier.ts'
import { array, putting } from './people.ts'

const replyColumns = `(id text, name text, weight int, "isActive" boolean, kind text, hours text, calendar text, brands json, channels json, accounts json,
  "when" json, texts json, resolve boolean, version int)`
const orNull = (column: string): string => `nullif(q.${column}::text, 'null')::json`
const makeReply = statement(
  'make_auto_reply',
  `insert into auto_reply (workspace, id, name, weight, is_active, kind, hours, calendar, brands, channels, accounts, condition, texts, resolve, version)
   select $1, q.id, q.name, q.weight, q."isActive", q.kind, q.hours, q.calendar, ${array('brands')}, ${array('channels')}, ${array('accounts')},
     ${orNull('"when"')}, q.texts, q.resolve, q.version from json_to_recordset($2::json) as q ${replyColumns} order by q.id`,
)
const changeReply = statement(
  'change_auto_reply',
  `update auto_reply r set name = q.name, weight = q.weight, is_active = q."isActive", kind = q.kind, hours = q.hours, calendar = q.calendar,
     brands = ${array('brands')}, channels = ${array('channels')}, accounts = ${array('accounts')}, condition = ${orNull('"when"')}, texts = q.texts,
     resolve = q.resolve, version = greatest(q.version, r.version + 1)
   from json_to_recordset($2::json) as q ${replyColumns} where r.workspace = $1 and r.id = q.id`,
)
const dropReplies = statement(
  'drop_auto_reply',
  `delete from auto_reply r using json_to_recordset($2::json) as q ("autoReply" text) where r.workspace = $1 and r.id = q."autoReply"`,
)
const noticeColumns = `(id text, name text, "isActive" boolean, "on" json, agents json, "except" json, brands json, channels json, account text, version int)`
const makeNotification = statement(
  'make_notification',
  `insert into notification (workspace, id, name, is_active, events, agents, except_agents, brands, channels, account, version)
   select $1, q.id, q.name, q."isActive", ${array('"on"')}, ${array('agents')}, ${array('"except"')}, ${array('brands')}, ${array('channels')},
     q.account, q.version from json_to_recordset($2::json) as q ${noticeColumns} order by q.id`,
)
const changeNotification = statement(
  'change_notification',
  `update notification n set name = q.name, is_active = q."isActive", events = ${array('"on"')}, agents = ${array('agents')},
     except_agents = ${array('"except"')}, brands = ${array('brands')}, channels = ${array('channels')}, account = q.account,
     version = greatest(q.version, n.version + 1)
   from json_to_recordset($2::json) as q ${noticeColumns} where n.workspace = $1 and n.id = q.id`,
)
const dropNotifications = statement(
  'drop_notification',
  `delete from notification n using json_to_recordset($2::json) as q (notification text) where n.workspace = $1 and n.id = q.notification`,
)
// What was sent stands, whatever is noted of the same message later.
const note = statement(
  'note_auto_reply',
  `insert into auto_reply_note as n (workspace, cause, ticket, code, kind, conversation, address, domain, at)
   select $1, q.cause, q.ticket, q.code, q.kind, q.conversation, q.address, q.domain, q.at
   from json_to_recordset($2::json) as q (cause text, ticket text, code text, kind text, conversation text, address text, domain text, at timestamptz)
   order by q.cause
   on conflict (workspace, cause) do update set code = excluded.code, at = excluded.at where n.code is not null`,
)
const noteNotices = statement(
  'note_notice',
  `insert into notice_note (workspace, agent, kind, subject, cause, at)
   select $1, q.agent, q.kind, q.subject, q.cause, q.at
   from json_to_recordset($2::json) as q (agent text, kind text, subject text, cause text, at timestamptz)`,
)

export const putAutoReply: Applier<'put-auto-reply'> = putting(
  { make: makeReply, change: changeReply },
  (it) => it.autoReply,
)
export const dropAutoReply: Applier<'drop-auto-reply'> = byStatement(dropReplies, (it) => it)
export const putNotification: Applier<'put-notification'> = putting(
  { make: makeNotification, change: changeNotification },
  (it) => it.notification,
)
export const dropNotification: Applier<'drop-notification'> = byStatement(dropNotifications, (it) => it)
export const noteAutoReply: Applier<'note-auto-reply'> = (here, changes) =>
  byStatement<'note-auto-reply'>(note, (it) => it.note)(
    here,
    lastOfEach(changes, ({ note: { cause } }) => cause),
  )
export const noteNotice: Applier<'note-notice'> = byStatement(noteNotices, (it) => it.note)
