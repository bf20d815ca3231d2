// Says whether a mailbox can be read and its server would send, without reading or sending anything.
import type { Account, Edges } from '../../core/ports/channel.ts'
import type { SecretName, Settings } from './settings.ts'

export async function test(account: Account<Settings, SecretName>, _edges: Edges, _signal: AbortSignal) {
  return { ok: false, why: `${account.id} cannot be tried yet` }
}
