// The wrapped data keys in the database: a row a workspace and key.
import type { Pool } from 'pg'
import type { WorkspaceId } from '../../schemas/ids.ts'
import type { DataKeyRow, DataKeys } from '../drivers/data-key-ring.ts'
import type { Database } from '../drivers/database.ts'
import { storeFault } from '../drivers/store-fault.ts'

interface Row {
  readonly workspace: WorkspaceId
  readonly id: number
  readonly wrapped: Buffer
  readonly master_key_id: string
}
const columns = 'workspace, id, wrapped, master_key_id'
const rowOf = ({ workspace, id, wrapped, master_key_id }: Row): DataKeyRow => ({
  workspace,
  id,
  wrapped,
  masterKeyId: master_key_id,
})

export function dataKeysIn(database: Pick<Database, 'pool'>): DataKeys {
  const pool: Pool = database.pool('loops')
  const ask = (sql: string, values: readonly unknown[]) =>
    pool.query<Row>(sql, [...values]).catch((error: unknown) => Promise.reject(storeFault(error)))
  return {
    async get(workspace, id) {
      const { rows } = await ask(
        `select ${columns} from inlet.data_key where workspace = $1 and id = coalesce($2, id) order by id desc limit 1`,
        [workspace, id ?? null],
      )
      return rows[0] ? rowOf(rows[0]) : null
    },
    async put({ workspace, id, wrapped, masterKeyId }) {
      const values = [workspace, id, Buffer.from(wrapped), masterKeyId]
      await ask(`insert into inlet.data_key (${columns}) values ($1, $2, $3, $4) on conflict do nothing`, values)
    },
    async all() {
      const { rows } = await ask(`select ${columns} from inlet.data_key order by workspace, id`, [])
      return rows.map(rowOf)
    },
    /** One statement, so that a crash finds either the old master key valid for all or the new one. */
    async replace(rows, from) {
      const wrapped = rows.map((row) => ({
        workspace: row.workspace,
        id: row.id,
        wrapped: Buffer.from(row.wrapped).toString('hex'),
        master: row.masterKeyId,
      }))
      const { rowCount } = await ask(
        `update inlet.data_key as k set wrapped = decode(n.wrapped, 'hex'), master_key_id = n.master
         from jsonb_to_recordset($1::jsonb) as n (workspace text, id integer, wrapped text, master text)
         where k.workspace = n.workspace and k.id = n.id and k.master_key_id = $2`,
        [JSON.stringify(wrapped), from],
      )
      return rowCount ?? 0
    },
  }
}
