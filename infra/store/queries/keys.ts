// Keys of the API as the door looks them up: by hash, before any workspace is known, under the role that may see just that.
import type { Pool } from 'pg'
import type { FoundKey, Keys } from '../../../core/ports/queries.ts'
import { storeFault } from '../../drivers/store-fault.ts'

const byHash = `select id, workspace, scopes, expires_at as "expiresAt", revoked_at as "revokedAt" from api_key where hash = $1`
const used = `update api_key set last_used_at = now() where workspace = $1 and id = $2`

export const makeKeys = (loops: Pool): Keys => ({
  byHash: async (hash) => (await ask<FoundKey>(loops, byHash, [hash]))[0] ?? null,
  used: async ({ workspace, id }) => void (await ask(loops, used, [workspace, id])),
})

async function ask<Row>(pool: Pool, text: string, values: string[]): Promise<readonly Row[]> {
  try {
    return (await pool.query(text, values)).rows as Row[]
  } catch (error) {
    throw storeFault(error)
  }
}
