// What the door reads of who signs in: sessions and links by their hash before any workspace is known, a password inside its workspace.
import type { Pool } from 'pg'
import type { Claimed, FoundInvitation, FoundSession, SignIns } from '../../../core/ports/signing-in.ts'
import { storeFault } from '../../drivers/store-fault.ts'
import type { Role } from '../../drivers/database.ts'
import { statement } from '../statement.ts'
import { readingIn } from './reading.ts'

const session = `select workspace, idle_until as "idleUntil", ends_at as "endsAt", used_at as "usedAt", agent from session_of($1)`
const used = `select session_used($1, $2, $3)`
const invitation = `select workspace, agent, ends_at as "endsAt" from invitation_of($1)`
const claimed = statement(
  'sign-in-claimed',
  `select a.id as agent, p.hash, p.set_at as "setAt" from workspace w
   left join agent a on a.workspace = w.workspace and lower(a.email) = lower($2::json ->> 'address') and a.is_active
   left join password p on p.workspace = a.workspace and p.agent = a.id
   where w.workspace = $1`,
)

export const makeSignIns = (database: { pool(role: Role): Pool }): SignIns => ({
  claimed: (workspace, address) =>
    readingIn(database.pool('desk'), { workspace }, async (reading) => {
      const [row] = await reading.run<Claimed>(claimed, { address })
      return row ?? null
    }),
  session: async (hash) => (await ask<FoundSession>(database.pool('loops'), session, [hash]))[0] ?? null,
  used: async (hash, at, idleUntil) => void (await ask(database.pool('loops'), used, [hash, at, idleUntil])),
  invitation: async (hash) => (await ask<FoundInvitation>(database.pool('loops'), invitation, [hash]))[0] ?? null,
})

async function ask<Row>(pool: Pool, text: string, values: string[]): Promise<readonly Row[]> {
  try {
    return (await pool.query(text, values)).rows as Row[]
  } catch (error) {
    throw storeFault(error)
  }
}
