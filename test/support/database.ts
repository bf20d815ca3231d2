// A database of its own for a test file, cloned from the migrated template on the run's one server.
import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import type { Logger } from '../../core/ports/edges.ts'
import { openDatabase } from '../../infra/drivers/database.ts'
import type { Database } from '../../infra/drivers/database.ts'
import { keptLog } from './quiet-log.ts'

export interface TestServer {
  readonly host: string
  readonly port: number
  readonly user: string
}
export const templateName = 'inlet_template'

export const urlFor = ({ host, port, user }: TestServer, database: string): string =>
  `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`

export type FreshDatabase = Database & {
  /** As DATABASE_URL, for a process of its own. */
  readonly url: string
}

/** `empty`: without the migrations. Closing drops it, whoever is still connected. */
export async function freshDatabase(
  options: { readonly empty?: boolean; readonly log?: Logger } = {},
): Promise<FreshDatabase> {
  const server = inject('testServer')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await onServer(server, `create database ${name} template ${options.empty === true ? 'template0' : templateName}`)
  const url = urlFor(server, name)
  const database = await openDatabase({ databaseUrl: url, dataDir: '', log: options.log ?? keptLog() })
  return {
    ...database,
    url,
    close: async () => {
      await database.close()
      await onServer(server, `drop database if exists ${name} with (force)`)
    },
  }
}

/** One statement as the server's superuser. */
export async function onServer(server: TestServer, sql: string): Promise<void> {
  const client = new Client({ connectionString: urlFor(server, 'postgres') })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
