// The embedded server's life on real files and processes: starts, crashes, left-overs, durability.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { messageOf } from '../../core/errors.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { endProcesses, startProcess } from '../../test/support/server-processes.ts'
import { startPostgresServer } from './postgres-server.ts'
import type { PgConnection, PostgresServer, ServerOptions } from './postgres-server.ts'
import { exists, pidsOf } from './process-identity.ts'

let parent: string
let dataDir: string
const servers: PostgresServer[] = []
const others: ChildProcess[] = []
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'inlet-server-'))
  await chmod(parent, 0o755) // as root the server's account must pass it
  dataDir = join(parent, 'data')
})
afterEach(async () => {
  for (const one of others.splice(0)) one.kill('SIGKILL')
  await endProcesses()
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  await rm(parent, { recursive: true, force: true })
})

async function start(over: Partial<ServerOptions> = {}): Promise<PostgresServer> {
  const server = await startPostgresServer({ dataDir, log: keptLog(), ...over })
  servers.push(server)
  return server
}
async function ask<Row extends object>(connection: PgConnection, sql: string): Promise<readonly Row[]> {
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
const notes = (connection: PgConnection) => ask<{ words: string }>(connection, 'select words from note')
async function writeNote(connection: PgConnection): Promise<void> {
  await ask(connection, `create table note (words text); insert into note values ('kept')`)
}
const gone = (pid: number) => expect.poll(() => exists(pid), { timeout: 10_000 }).toBe(false)
const clusterOf = (server: { readonly directory: string }) => join(server.directory, 'cluster')

describe('a fresh directory', () => {
  it('G25 is ready within 10 s, and again with the same rows after a stop', async () => {
    const startedAt = performance.now()
    const first = await start()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    await writeNote(first.connection)
    await first.stop()
    await gone(first.pid)
    expect(await notes((await start()).connection)).toEqual([{ words: 'kept' }])
  })

  it('S32 files are for the account alone: 0600 in directories of 0700', async () => {
    const { directory } = await start()
    const open: string[] = []
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isSocket()) continue // in a directory nobody else may enter
      if (((await stat(path).catch(() => null))?.mode ?? 0) & 0o077) open.push(path)
    }
    expect(open).toEqual([])
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(dataDir)).mode & 0o007).toBe(0)
  })

  it('G25 a start that was killed in the middle of making the database is followed by one that makes it', async () => {
    for (const afterMs of [200, 350, 500, 700]) {
      const child = startProcess(dataDir)
      await pause(afterMs)
      child.kill('SIGKILL')
      await child.ended
    }
    const { directory, connection } = await start()
    expect(await ask(connection, 'select 1 as one')).toEqual([{ one: 1 }])
    expect((await readdir(directory)).filter((name) => name.includes('making'))).toEqual([])
  })

  it('G24 two gateways that start together: one is ready, the other names it', async () => {
    const both = [startProcess(dataDir), startProcess(dataDir)]
    const said = await Promise.all(both.map((one) => one.said))
    expect(said.filter((one) => 'connection' in one)).toHaveLength(1)
    expect(said.find((one) => 'error' in one)?.error).toMatch(
      /belongs to a gateway that is running: process \d+, since /,
    )
  })

  it('a path too long for a socket is served through a short one, which goes with the server', async () => {
    dataDir = join(parent, 'x'.repeat(100), 'data')
    const server = await start()
    const { host } = server.connection
    expect(host.startsWith(server.directory)).toBe(false)
    expect((await stat(host)).mode & 0o777).toBe(0o700)
    expect(await ask(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
    expect(existsSync(host)).toBe(false)
  })

  it('without sockets it listens on the loopback and asks for its password', async () => {
    const { connection } = await start({ door: 'tcp' })
    expect(await ask(connection, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
    await expect(ask({ ...connection, password: 'guessed' }, 'select 1')).rejects.toThrow(
      'password authentication failed',
    )
  })
})

describe('durability', () => {
  it('G23 every safety is on, and a commit makes the log synchronise before it is answered', async () => {
    const { connection } = await start()
    const names = ['fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums']
    for (const name of names) expect(await ask(connection, `show ${name}`)).toEqual([{ [name]: 'on' }])
    const syncs = `select sum(fsyncs)::int as n from pg_stat_io where object = 'wal' and backend_type = 'client backend'`
    const client = new Client({ ...connection })
    await client.connect()
    await client.query('create table note (words text)')
    const counted = async () => {
      await client.query('select pg_stat_force_next_flush()')
      return (await client.query<{ n: number }>(syncs)).rows[0]?.n ?? 0
    }
    const before = await counted()
    for (let n = 0; n < 10; n += 1) await client.query(`insert into note values ('${n}')`)
    const after = await counted()
    await client.end()
    expect(after - before).toBeGreaterThanOrEqual(10)
  })

  it('the settings that the rest of the house counts on', async () => {
    const { connection } = await start()
    const wanted = {
      max_locks_per_transaction: '256',
      jit: 'off',
      idle_in_transaction_session_timeout: '10s',
      TimeZone: 'UTC',
    }
    for (const [name, value] of Object.entries(wanted)) {
      expect(await ask(connection, `show ${name}`)).toEqual([{ [name]: value }])
    }
  })
})

describe('the server is killed', () => {
  it('G25 F3 with -9: callers get errors, it runs again by itself, nothing committed is lost', async () => {
    const ends: string[] = []
    const log = keptLog()
    const server = await start({ log, onExit: (why) => void ends.push(why) })
    await writeNote(server.connection)
    const killed = server.pid
    process.kill(killed, 'SIGKILL')
    await expect.poll(() => server.pid !== killed && ends.length === 1, { timeout: 10_000 }).toBe(true)
    expect(await notes(server.connection)).toEqual([{ words: 'kept' }])
    expect(ends).toEqual(['it was ended by SIGKILL'])
    expect(log.lines.filter((line) => line.level === 'error').map((line) => line.message)).toEqual([
      'The database server died; it is started again.',
    ])
  })

  it('G25 F3 with -9 in the middle of a long query: its orphan does not keep the files', async () => {
    const server = await start()
    const killed = server.pid
    const long = ask(server.connection, 'select count(*) from generate_series(1, 1000000000)').catch(messageOf)
    await expect.poll(() => pidsOf('postgres: inlet', clusterOf(server)).length).toBe(1)
    process.kill(killed, 'SIGKILL')
    await expect.poll(() => server.pid !== killed, { timeout: 10_000 }).toBe(true)
    expect(await ask(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await long).toMatch(/terminated/)
  })

  it('F3 only its children, with -9: it recovers itself', async () => {
    const server = await start()
    await writeNote(server.connection)
    for (const pid of pidsOf('postgres: ', clusterOf(server))) process.kill(pid, 'SIGKILL')
    await expect.poll(() => notes(server.connection).catch(messageOf), { timeout: 10_000 }).toEqual([{ words: 'kept' }])
  })

  it('stop while it is being started again ends everything', async () => {
    const server = await start()
    process.kill(server.pid, 'SIGKILL')
    await server.stop()
    await gone(server.pid)
    expect(pidsOf('postgres', clusterOf(server))).toEqual([])
  })
})

describe('we are killed', () => {
  it('G24 G25 with -9: the next gateway takes over, with one server and all rows, within 10 s', async () => {
    const child = startProcess(dataDir)
    const said = await child.said
    await writeNote(said.connection)
    child.kill('SIGKILL')
    await child.ended
    const startedAt = performance.now()
    const server = await start()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(await notes(server.connection)).toEqual([{ words: 'kept' }])
    await gone(said.pid)
    expect(server.pid).not.toBe(said.pid)
  })

  it('G25 with -9 together with the server, its children still there', async () => {
    const child = startProcess(dataDir)
    const said = await child.said
    await writeNote(said.connection)
    child.kill('SIGKILL')
    process.kill(said.pid, 'SIGKILL')
    await child.ended
    expect(await notes((await start()).connection)).toEqual([{ words: 'kept' }])
  })

  it('G24 a living gateway is named to the second one: process, since, address', async () => {
    const child = startProcess(dataDir)
    await child.said
    await expect(start()).rejects.toThrow(
      new RegExp(`process ${child.pid}, since 20\\S+Z, it listens at http://127\\.0\\.0\\.1:8080`),
    )
  })
})

describe('what an earlier run left', () => {
  /** As if nothing had stopped it with us: the server's own program, on the cluster, under the account that owns it. */
  async function leaveServerRunning(): Promise<number> {
    const server = await start()
    const command = (await readFile(`/proc/${server.pid}/cmdline`, 'utf8')).split('\0').slice(0, -1)
    const { uid, gid } = await stat(server.directory)
    await server.stop()
    const [file = '', ...words] = command
    const account = process.getuid?.() === 0 ? { uid, gid } : {}
    others.push(spawn(file, words, { ...account, stdio: 'ignore', cwd: '/' }))
    const path = join(clusterOf(server), 'postmaster.pid')
    await expect.poll(() => readFile(path, 'utf8').catch(() => ''), { timeout: 10_000 }).toContain('ready')
    return others.at(-1)?.pid ?? 0
  }

  it('G25 a server still running is stopped before ours starts', async () => {
    const leftOver = await leaveServerRunning()
    const server = await start()
    expect(server.pid).not.toBe(leftOver)
    await gone(leftOver)
    expect(await ask(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('G25 a postmaster.pid of a dead server', async () => {
    const server = await start()
    const path = join(clusterOf(server), 'postmaster.pid')
    const text = await readFile(path, 'utf8')
    await server.stop()
    await writeFile(path, text)
    expect((await start()).pid).not.toBe(server.pid)
  })

  it('G25 a postmaster.pid whose pid somebody else has now: that one is left alone', async () => {
    const server = await start()
    const path = join(clusterOf(server), 'postmaster.pid')
    const { uid, gid } = await stat(server.directory)
    const text = await readFile(path, 'utf8')
    await server.stop()
    const account = process.getuid?.() === 0 ? { uid, gid } : {}
    const innocent = spawn('sleep', ['60'], { ...account, stdio: 'ignore' })
    others.push(innocent)
    await writeFile(path, text.replace(/^\d+/, String(innocent.pid)))
    expect(await ask((await start()).connection, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(exists(innocent.pid ?? 0)).toBe(true)
  })

  it('G25 half a database that is not of our making is explained and not touched', async () => {
    const cluster = join(dataDir, 'postgres', 'cluster')
    await mkdir(cluster, { recursive: true, mode: 0o700 })
    await mkdir(dirname(join(cluster, 'base', '1')), { recursive: true })
    await writeFile(join(cluster, 'PG_VERSION'), '18\n')
    await expect(start()).rejects.toMatchObject({
      code: 'data.unusable',
      message: expect.stringContaining('restore again'),
    })
    expect(await readdir(cluster)).toEqual(['PG_VERSION', 'base'])
  })

  it('G25 a database of another PostgreSQL is explained', async () => {
    const server = await start()
    await server.stop()
    await writeFile(join(clusterOf(server), 'PG_VERSION'), '17\n')
    await expect(start()).rejects.toMatchObject({
      code: 'data.unusable',
      message: expect.stringContaining('PostgreSQL 17'),
    })
  })
})
