// For tests of the embedded server itself: a data directory a test, and everything that was started in it ended afterwards.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, beforeEach, expect } from 'vitest'
import { startPostgresServer } from '../../infra/drivers/postgres-server.ts'
import type { PgConnection, PostgresServer, ServerOptions } from '../../infra/drivers/postgres-server.ts'
import { exists } from '../../infra/drivers/process-identity.ts'
import { keptLog } from './quiet-log.ts'
import { endProcesses } from './server-processes.ts'

export const isRoot = process.getuid?.() === 0

export interface EmbeddedServers {
  /** The test's own folder, passable for everybody; `dataDir` lies in it and is not made yet. */
  readonly parent: string
  dataDir: string
  start(over?: Partial<ServerOptions>): Promise<PostgresServer>
  /** Any other process; ended with the test. */
  run(file: string, words: readonly string[], account?: { uid: number; gid: number }): ChildProcess
}

/** To be called once in a test file, outside of any test. */
export function embeddedServers(): EmbeddedServers {
  const servers: PostgresServer[] = []
  const others: ChildProcess[] = []
  const it = {
    parent: '',
    dataDir: '',
    start: async (over: Partial<ServerOptions> = {}) => {
      const server = await startPostgresServer({ dataDir: it.dataDir, log: keptLog(), ...over })
      servers.push(server)
      return server
    },
    run: (file: string, words: readonly string[], account?: { uid: number; gid: number }) => {
      const child = spawn(file, words, { ...account, stdio: 'ignore', cwd: '/' })
      others.push(child)
      return child
    },
  }
  beforeEach(async () => {
    it.parent = await mkdtemp(join(tmpdir(), 'inlet-server-'))
    await chmod(it.parent, 0o755) // as root the server's account must pass it
    it.dataDir = join(it.parent, 'data')
  })
  afterEach(async () => {
    for (const one of others.splice(0)) one.kill('SIGKILL')
    await endProcesses()
    await Promise.all(servers.splice(0).map((server) => server.stop()))
    await rm(it.parent, { recursive: true, force: true })
  })
  return it
}

export async function ask<Row extends object>(connection: PgConnection, sql: string): Promise<readonly Row[]> {
  const client = new Client({ ...connection })
  // Cut while idle in a test that kills: the rejection of the query says it, the event need not.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}
export const notes = (connection: PgConnection) => ask<{ words: string }>(connection, 'select words from note')
export async function writeNote(connection: PgConnection): Promise<void> {
  await ask(connection, `create table note (words text); insert into note values ('kept')`)
}
export async function untilGone(pid: number): Promise<void> {
  await expect.poll(() => exists(pid), { timeout: 10_000 }).toBe(false)
}
export const clusterOf = (server: { readonly directory: string }) => join(server.directory, 'cluster')
