// Verbs about wake-ups, what is set aside, and the feed.
import { idFrom } from '../../../schemas/ids.ts'
import { uuidOf } from '../event-uuid.ts'
import { park } from '../parked.ts'
import { statement } from '../statement.ts'
import { byStatement, lastOfEach, type Applier } from './applier.ts'

const wake = statement(
  'wake_me',
  `insert into wakeup (workspace, kind, subject, id, due_at, basis)
   select $1, q.kind, q.subject, q.id, q."dueAt", q.basis
   from json_to_recordset($2::json) as q (kind text, subject text, id text, "dueAt" timestamptz, basis text) order by q.kind, q.subject
   on conflict (workspace, kind, subject) do update set id = excluded.id, due_at = excluded.due_at, basis = excluded.basis`,
)
const forget = statement('forget_wakes', `select forget_wakes($1, $2::json)`)
const publishAll = statement('publish', `select publish($1, $2::json)`)

/** A retry of what could not be read reads the bytes again: it stands under the name `normalize`. What waits for a person’s word was never tried. */
export const setAside: Applier<'set-aside'> = (here, changes) =>
  park(
    here,
    changes.map(({ event, why, worker = 'normalize' }) => ({
      worker,
      event,
      why,
      attempts: worker === 'normalize' ? 1 : 0,
    })),
  )

export const wakeMe: Applier<'wake-me'> = async (here, changes) => {
  const rows = lastOfEach(changes, (it) => `${it.kind} ${it.subject}`)
  await here.run(
    wake,
    rows.map((it) => ({ ...it, id: idFrom('wak', here.workspace, it.kind, it.subject, it.dueAt, it.basis) })),
  )
}
export const forgetWake: Applier<'forget-wake'> = byStatement(forget, (it) => it)
export const publish: Applier<'publish'> = byStatement(publishAll, ({ event }) => ({
  id: uuidOf(event.id),
  type: event.type,
  event,
}))
