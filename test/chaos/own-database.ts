// A PostgreSQL server of the run's own, and in it a database for each gateway that takes a DATABASE_URL.
import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { startPostgresServer } from '../../infra/drivers/postgres-server.ts'
import { keptLog } from '../support/quiet-log.ts'

export interface OwnServer {
  /** An empty database. */
  database(): Promise<OwnDatabase>
  /** Of the server process, whose children do the work. */
  readonly pid: number
  stop(): Promise<void>
}
export interface OwnDatabase {
  readonly url: string
  /** As its superuser: for what only an administrator does, and to count deadlocks. Never for the judgement. */
  ask<Row>(sql: string): Promise<readonly Row[]>
}

export async function ownServer(folder: string): Promise<OwnServer> {
  const server = await startPostgresServer({ dataDir: folder, log: keptLog() })
  const { host, port, user } = server.connection
  const urlOf = (name: string) => `postgres://${user}@localhost:${port}/${name}?host=${encodeURIComponent(host)}`
  return {
    get pid() {
      return server.pid
    },
    async database() {
      const name = `chaos_${randomUUID().replaceAll('-', '').slice(0, 12)}`
      await askOf(urlOf('postgres'), `create database ${name}`)
      return databaseAt(urlOf(name))
    },
    stop: () => server.stop(),
  }
}

export const databaseAt = (url: string): OwnDatabase => ({ url, ask: (sql) => askOf(url, sql) })

async function askOf<Row>(url: string, sql: string): Promise<readonly Row[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows as Row[]
  } finally {
    await client.end()
  }
}
