// The embedded server's life on real files and processes: fresh starts, durability, crashes of it and of us.
import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import { messageOf } from '../../core/errors.ts'
import { ask, clusterOf, embeddedServers, notes, untilGone, writeNote } from '../../test/support/embedded-servers.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { startProcess } from '../../test/support/server-processes.ts'
import { pidsOf } from './process-identity.ts'

const here = embeddedServers()

describe('a fresh directory', () => {
  it('G25 is ready within 10 s, and again with the same rows after a stop', async () => {
    const startedAt = performance.now()
    const first = await here.start()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    await writeNote(first.connection)
    await first.stop()
    await untilGone(first.pid)
    expect(await notes((await here.start()).connection)).toEqual([{ words: 'kept' }])
  })

  it('S32 files are for the account alone: 0600 in directories of 0700', async () => {
    const { directory } = await here.start()
    const open: string[] = []
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (entry.isSocket()) continue // in a directory nobody else may enter
      if (((await stat(path).catch(() => null))?.mode ?? 0) & 0o077) open.push(path)
    }
    expect(open).toEqual([])
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(here.dataDir)).mode & 0o007).toBe(0)
  })

  it('G25 a start that was killed in the middle of making the database is followed by one that makes it', async () => {
    for (const afterMs of [200, 350, 500, 700]) {
      const child = startProcess(here.dataDir)
      await pause(afterMs)
      child.kill('SIGKILL')
      await child.ended
    }
    const { directory, connection } = await here.start()
    expect(await ask(connection, 'select 1 as one')).toEqual([{ one: 1 }])
    expect((await readdir(directory)).filter((name) => name.includes('making'))).toEqual([])
  })

  it('G24 two gateways that start together: one is ready, the other names it', async () => {
    const both = [startProcess(here.dataDir), startProcess(here.dataDir)]
    const said = await Promise.all(both.map((one) => one.said))
    expect(said.filter((one) => 'connection' in one)).toHaveLength(1)
    expect(said.find((one) => 'error' in one)?.error).toMatch(
      /belongs to a gateway that is running: process \d+, since /,
    )
  })

  it('a path too long for a socket is served through a short one, which goes with the server', async () => {
    here.dataDir = join(here.parent, 'x'.repeat(100), 'data')
    const server = await here.start()
    const { host } = server.connection
    expect(host.startsWith(server.directory)).toBe(false)
    expect((await stat(host)).mode & 0o777).toBe(0o700)
    expect(await ask(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
    expect(existsSync(host)).toBe(false)
  })

  it('a path with spaces, commas, quotes and letters of all kinds is a path', async () => {
    here.dataDir = join(here.parent, `müşteri, "a" 'b'`, 'data')
    const { connection, directory } = await here.start()
    expect(connection.host).toBe(directory)
    expect(await ask(connection, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('without sockets it listens on the loopback and asks for its password', async () => {
    const { connection } = await here.start({ door: 'tcp' })
    expect(await ask(connection, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
    expect(await ask(connection, 'show unix_socket_directories')).toEqual([{ unix_socket_directories: '' }])
    await expect(ask({ ...connection, password: 'guessed' }, 'select 1')).rejects.toThrow(
      'password authentication failed',
    )
  })
})

describe('durability', () => {
  it('G23 every safety is on, and a commit makes the log synchronise before it is answered', async () => {
    const { connection } = await here.start()
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
    const { connection } = await here.start()
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
  it('G25 F3 with -9: it runs again by itself, and nothing committed is lost', async () => {
    const ends: string[] = []
    const log = keptLog()
    const server = await here.start({ log, onExit: (why) => void ends.push(why) })
    await writeNote(server.connection)
    const killed = server.pid
    process.kill(killed, 'SIGKILL')
    await expect.poll(() => server.pid !== killed && ends.length === 1, { timeout: 10_000 }).toBe(true)
    expect(await notes(server.connection)).toEqual([{ words: 'kept' }])
    expect(ends).toEqual(['it was ended by SIGKILL'])
    expect(log.lines.filter((line) => line.level === 'error').map((line) => line.message)).toEqual([
      'The database server is gone; it is started again.',
    ])
  })

  it('G25 F3 with -9 in the middle of a long query: the caller gets an error, and the orphan does not keep the files', async () => {
    const server = await here.start()
    const killed = server.pid
    const long = ask(server.connection, 'select count(*) from generate_series(1, 1000000000)').catch(messageOf)
    await expect.poll(() => pidsOf('postgres: inlet', clusterOf(server)).length).toBe(1)
    process.kill(killed, 'SIGKILL')
    await expect.poll(() => server.pid !== killed, { timeout: 10_000 }).toBe(true)
    expect(await ask(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await long).toMatch(/terminated/)
  })

  it('F3 only its children, with -9: it recovers itself', async () => {
    const server = await here.start()
    await writeNote(server.connection)
    for (const pid of pidsOf('postgres: ', clusterOf(server))) killIfThere(pid)
    await expect.poll(() => notes(server.connection).catch(messageOf), { timeout: 10_000 }).toEqual([{ words: 'kept' }])
  })

  it('stop while it is being started again ends everything', async () => {
    const server = await here.start()
    process.kill(server.pid, 'SIGKILL')
    await server.stop()
    await untilGone(server.pid)
    expect(pidsOf('postgres', clusterOf(server))).toEqual([])
  })
})

describe('we are killed', () => {
  it('G24 G25 with -9: the next gateway takes over, with one server and all rows, within 10 s', async () => {
    const child = startProcess(here.dataDir)
    const said = await child.said
    await writeNote(said.connection)
    child.kill('SIGKILL')
    await child.ended
    const startedAt = performance.now()
    const server = await here.start()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(await notes(server.connection)).toEqual([{ words: 'kept' }])
    await untilGone(said.pid)
    expect(server.pid).not.toBe(said.pid)
  })

  it('G25 with -9 together with the server, its children still there', async () => {
    const child = startProcess(here.dataDir)
    const said = await child.said
    await writeNote(said.connection)
    child.kill('SIGKILL')
    process.kill(said.pid, 'SIGKILL')
    await child.ended
    expect(await notes((await here.start()).connection)).toEqual([{ words: 'kept' }])
  })

  it('G24 a living gateway is named to the second one: process, since, address', async () => {
    const child = startProcess(here.dataDir)
    await child.said
    await expect(here.start()).rejects.toThrow(
      new RegExp(`process ${child.pid}, since 20\\S+Z, it listens at http://127\\.0\\.0\\.1:8080`),
    )
  })
})

/** The server itself ends the children that are left when one of them dies. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
