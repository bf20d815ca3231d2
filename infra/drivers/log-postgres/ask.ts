// One statement to the database, given up when the server says nothing any more.
import type { Pool, QueryResultRow } from 'pg'

export interface Question {
  /** Prepared under this name, once a connection. */
  readonly name: string
  readonly text: string
  readonly values?: readonly unknown[]
  /** Its connection is thrown away then: nobody knows what became of the statement. */
  readonly silentAfterMs: number
}

export async function ask<Row extends object>(pool: Pool, question: Question): Promise<readonly Row[]> {
  const { name, text, values = [], silentAfterMs } = question
  const query = { name, text, values: [...values], query_timeout: silentAfterMs }
  const { rows } = await pool.query<Row & QueryResultRow>(query)
  return rows
}
