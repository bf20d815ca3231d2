// The data keys of the workspaces: made when first needed, wrapped by the master key, rewrapped when that changes (S16).
import { randomBytes } from 'node:crypto'
import { GatewayError } from '../../core/errors.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { decrypt, encrypt } from './envelope.ts'
import type { MasterKey } from './master-key.ts'

export interface DataKeyRow {
  readonly workspace: WorkspaceId
  readonly id: number
  readonly wrapped: Uint8Array
  readonly masterKeyId: string
}
/** Where wrapped keys lie. */
export interface DataKeys {
  /** The newest of the workspace, or the one of this id. */
  get(workspace: WorkspaceId, id?: number): Promise<DataKeyRow | null>
  /** Keeps the row unless the workspace has one of that id already. */
  put(row: DataKeyRow): Promise<void>
  all(): Promise<readonly DataKeyRow[]>
  /** Each row whose key is still wrapped by `from`, all or none. How many there were. */
  replace(rows: readonly DataKeyRow[], from: string): Promise<number>
}
export interface DataKey {
  readonly id: number
  readonly bytes: Buffer
}
export interface KeyRing {
  /** The key to seal with; made when the workspace has none. */
  newest(workspace: WorkspaceId): Promise<DataKey>
  /** The key a sealed text names; null when there is none of that id. */
  named(workspace: WorkspaceId, id: number): Promise<DataKey | null>
  rewrap(to: MasterKey): Promise<number>
  /** Rejects when a key is wrapped by another master key. */
  check(): Promise<void>
}

/** Opened keys kept at hand, so that a secret costs no statement. */
const mostKeys = 1_000

export function makeKeyRing(master: MasterKey, store: DataKeys): KeyRing {
  let current = master
  const opened = new Map<string, DataKey>()
  const newest = new Map<WorkspaceId, DataKey>()
  const nameOf = (workspace: WorkspaceId, id: number): string => JSON.stringify([workspace, id])
  const openRow = (row: DataKeyRow): DataKey => {
    const key = { id: row.id, bytes: unwrap(current, row) }
    for (const map of [opened, newest]) if (map.size >= mostKeys) map.clear()
    opened.set(nameOf(row.workspace, row.id), key)
    return key
  }
  return {
    async newest(workspace) {
      const known = newest.get(workspace)
      if (known) return known
      const key = openRow((await store.get(workspace)) ?? (await make(current, store, workspace)))
      newest.set(workspace, key)
      return key
    },
    async named(workspace, id) {
      const known = opened.get(nameOf(workspace, id))
      if (known) return known
      const row = await store.get(workspace, id)
      return row ? openRow(row) : null
    },
    async rewrap(to) {
      const rows = (await store.all()).filter((row) => row.masterKeyId !== to.id)
      const wrapped = rows.map((row) => wrap(to, row, unwrap(current, row)))
      const changed = await store.replace(wrapped, current.id)
      current = to
      return changed
    },
    async check() {
      const foreign = (await store.all()).find((row) => row.masterKeyId !== current.id)
      if (foreign) throw otherMaster(current, foreign)
    },
  }
}

/** Of two processes that make it at once one wins; both read what is there afterwards. */
async function make(master: MasterKey, store: DataKeys, workspace: WorkspaceId): Promise<DataKeyRow> {
  await store.put(wrap(master, { workspace, id: 1 }, randomBytes(32)))
  const row = await store.get(workspace)
  if (row) return row
  throw new GatewayError('store.unavailable', `The data key of workspace ${workspace} was kept and is not there.`)
}

const placeOf = (row: Pick<DataKeyRow, 'workspace' | 'id'>, master: MasterKey) => [
  'data-key',
  row.workspace,
  row.id,
  master.id,
]

const wrap = (
  master: MasterKey,
  { workspace, id }: Pick<DataKeyRow, 'workspace' | 'id'>,
  key: Uint8Array,
): DataKeyRow => ({
  workspace,
  id,
  wrapped: encrypt(master.bytes, key, placeOf({ workspace, id }, master)),
  masterKeyId: master.id,
})

function unwrap(master: MasterKey, row: DataKeyRow): Buffer {
  const about = aboutOf(row)
  if (row.masterKeyId !== master.id) throw otherMaster(master, row)
  const key = decrypt(master.bytes, row.wrapped, placeOf(row, master))
  if (key) return key
  throw new GatewayError(
    'settings.invalid',
    `Opening the data key ${row.id} of workspace ${row.workspace}: its row was changed. Restore it from a backup.`,
    { about },
  )
}

const aboutOf = (row: DataKeyRow) => ({ workspace: row.workspace, dataKey: row.id })
const otherMaster = (master: MasterKey, row: DataKeyRow): GatewayError =>
  new GatewayError(
    'settings.invalid',
    `Opening the data key of workspace ${row.workspace}: it is wrapped by the master key ${row.masterKeyId}, and the one given is ${master.id}. ` +
      'Give the former one (INLET_MASTER_KEY, INLET_MASTER_KEY_FILE, or master.key in the data directory), or rotate from it.',
    { about: aboutOf(row) },
  )
