// Statements of the loops: a connection under their own role, across workspaces, mostly one statement that is its own transaction.
import type pg from 'pg'
import type { Database } from '../../drivers/database.ts'
import { storeFault } from '../../drivers/store-fault.ts'
import { asJson, rowsOf, type Connection, type Statement } from '../statement.ts'

export interface OnLoops {
  /** `$1` is the value as JSON. */
  run<Row = unknown>(statement: Statement, value: unknown): Promise<readonly Row[]>
}

export const onLoops = (database: Pick<Database, 'pool'>): OnLoops => ({
  run: async (statement, value) => {
    try {
      return await rowsOf(database.pool('loops') as Connection, statement, [asJson(value)])
    } catch (error) {
      throw storeFault(error)
    }
  },
})

/** Several statements of the loops that commit together. */
export async function loopsTransaction<T>(
  database: Pick<Database, 'pool'>,
  work: (loops: OnLoops) => Promise<T>,
): Promise<T> {
  let client: pg.PoolClient | null = null
  let broken: Error | undefined
  // A connection may break between two statements; unheard, that would end the process.
  const lost = (error: Error) => (broken = storeFault(error))
  try {
    client = await database.pool('loops').connect()
    client.on('error', lost)
    const connection: Connection = client
    await connection.query({ text: 'begin' })
    const result = await work({ run: (statement, value) => rowsOf(connection, statement, [asJson(value)]) })
    await connection.query({ text: 'commit' })
    return result
  } catch (error) {
    const fault = storeFault(error)
    if (fault.code === 'store.unavailable') broken = fault
    else await client?.query('rollback').catch(lost)
    throw fault
  } finally {
    client?.removeListener('error', lost)
    client?.release(broken)
  }
}
