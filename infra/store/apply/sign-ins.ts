// Verbs of signing in: passwords, links that work once, sessions.
import { statement } from '../statement.ts'
import { byStatement, type Applier } from './applier.ts'

const password = statement(
  'put_password',
  `insert into password as p (workspace, agent, hash, set_at)
   select $1, q.agent, q.hash, q.at from json_to_recordset($2::json) as q (agent text, hash text, at timestamptz)
   on conflict (workspace, agent) do update set hash = excluded.hash, set_at = excluded.set_at`,
)
// One for each, and the newest: who was invited again has one link that works.
const invitation = statement(
  'put_invitation',
  `insert into invitation as i (workspace, hash, agent, made_at, ends_at)
   select $1, q.hash, q.agent, q.at, q."endsAt" from json_to_recordset($2::json) as q (hash text, agent text, at timestamptz, "endsAt" timestamptz)
   on conflict (workspace, coalesce(agent, '')) do update set hash = excluded.hash, made_at = excluded.made_at, ends_at = excluded.ends_at`,
)
const noInvitation = statement(
  'drop_invitation',
  `delete from invitation i using json_to_recordset($2::json) as q (agent text)
   where i.workspace = $1 and i.agent is not distinct from q.agent`,
)
const noSessions = statement(
  'end_sessions',
  `delete from session s using json_to_recordset($2::json) as q (agent text, hash text)
   where s.workspace = $1 and s.agent = q.agent and (q.hash is null or s.hash = q.hash)`,
)
// Whoever comes in takes what is over of their own away: nothing else has to.
const session = statement(
  'put_session',
  `with q as materialized (select * from json_to_recordset($2::json) as q (hash text, agent text, at timestamptz, "idleUntil" timestamptz, "endsAt" timestamptz)),
     over as (delete from session s using q where s.workspace = $1 and s.agent = q.agent and least(s.idle_until, s.ends_at) < q.at)
   insert into session (workspace, hash, agent, made_at, used_at, idle_until, ends_at)
   select $1, q.hash, q.agent, q.at, q.at, q."idleUntil", q."endsAt" from q`,
)

export const putPassword: Applier<'put-password'> = byStatement(password, (it) => it)
export const putInvitation: Applier<'put-invitation'> = byStatement(invitation, (it) => it)
export const dropInvitation: Applier<'drop-invitation'> = byStatement(noInvitation, (it) => it)
export const endSessions: Applier<'end-sessions'> = byStatement(noSessions, (it) => it)
export const putSession: Applier<'put-session'> = byStatement(session, (it) => it)
