// Verbs about messages, their files, and what is known of external ids before the message comes.
import { statement } from '../statement.ts'
import { byStatement, type Applier } from './applier.ts'

const add = statement('add_messages', `select add_messages($1, $2::json)`)
const change = statement('change_messages', `select change_messages($1, $2::json)`)
const awaitThem = statement('await_targets', `select await_targets($1, $2::json)`)
const forget = statement('forget_waiting', `select forget_waiting($1, $2::json)`)
const upload = statement(
  'keep_upload',
  `insert into attachment (workspace, id, name, type, size, sha256, state, blob, created_at)
   select $1, q.attachment, q.name, q.type, q.size, q.sha256, 'stored', q.blob, q.at
   from json_to_recordset($2::json) as q (attachment text, name text, type text, size bigint, sha256 text, blob text, at timestamptz)
   order by q.attachment`,
)

export const addMessage: Applier<'add-message'> = byStatement(add, ({ message }) => message)
export const changeMessage: Applier<'change-message'> = byStatement(change, (it) => ({
  ...it,
  setReplaced: it.replacedBy !== undefined,
}))
export const awaitTarget: Applier<'await-target'> = byStatement(awaitThem, (it) => it)
export const forgetWaiting: Applier<'forget-waiting'> = byStatement(forget, (it) => it)
export const keepUpload: Applier<'keep-upload'> = byStatement(upload, (it) => it)
