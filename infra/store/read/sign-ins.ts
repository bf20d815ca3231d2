// What deciding about signing in looks at: whether a link is there, whether somebody has a password.
import type { Reader } from '../../../core/ports/reader.ts'
import type { InvitationRow, SessionRow } from '../../../core/ports/rows.ts'
import type { Instant } from '../../../schemas/ids.ts'
import { statement, type Here } from '../statement.ts'
import { one } from './by-id.ts'

const setAt = statement(
  'password_set_at',
  `select instant(p.set_at) as row from password p where p.workspace = $1 and p.agent = $2::json #>> '{}' limit 1`,
)
const invitation = statement(
  'invitation_one',
  `select json_build_object('hash', i.hash, 'agent', i.agent, 'endsAt', instant(i.ends_at)) as row
   from invitation i where i.workspace = $1 and i.hash = $2::json #>> '{}' limit 1`,
)
const sessions = statement(
  'sessions_of',
  `select json_build_object('hash', s.hash, 'idleUntil', instant(s.idle_until), 'endsAt', instant(s.ends_at)) as row
   from session s where s.workspace = $1 and s.agent = $2::json #>> '{}'`,
)
const administrator = statement(
  'administrator_is_there',
  `select true as row from agent a join password p on p.workspace = a.workspace and p.agent = a.id
   where a.workspace = $1 and a.role = 'administrator' and a.is_active and a.id is distinct from $2::json #>> '{}' limit 1`,
)

export const signInsReader = (here: Here): Pick<Reader, 'signingIn'> => ({
  signingIn: {
    passwordSetAt: (agent) => one<Instant>(here, setAt, agent),
    invitation: (hash) => one<InvitationRow>(here, invitation, hash),
    sessionsOf: async (agent) => (await here.run<{ row: SessionRow }>(sessions, agent)).map((it) => it.row),
    hasAdministrator: async (besides) => (await one<boolean>(here, administrator, besides ?? null)) !== null,
  },
})
