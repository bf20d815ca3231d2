// Vitest's global setup for tests on PostgreSQL: one embedded server for the run, with a migrated database to clone.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { openDatabase } from '../../infra/drivers/database.ts'
import { migrate } from '../../infra/drivers/migrate.ts'
import { startPostgresServer } from '../../infra/drivers/postgres-server.ts'
import { templateName, urlFor } from './database.ts'
import type { TestServer } from './database.ts'
import { keptLog } from './quiet-log.ts'

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const parent = await mkdtemp(join(tmpdir(), 'inlet-test-'))
  await chmod(parent, 0o755) // as root the server's account must pass it, else the data lie elsewhere
  const log = keptLog()
  const server = await startPostgresServer({ dataDir: join(parent, 'data'), log })
  const { host, port, user } = server.connection
  const testServer = { host, port, user }
  await makeTemplate(testServer)
  project.provide('testServer', testServer)
  return async () => {
    await server.stop()
    await rm(parent, { recursive: true, force: true })
  }
}

async function makeTemplate(server: TestServer): Promise<void> {
  const admin = new Client({ connectionString: urlFor(server, 'postgres') })
  await admin.connect()
  await admin.query(`create database ${templateName}`)
  await admin.end()
  const database = await openDatabase({ databaseUrl: urlFor(server, templateName), dataDir: '', log: keptLog() })
  await migrate(database.pool('owner'), { log: keptLog() })
  await database.close()
}
