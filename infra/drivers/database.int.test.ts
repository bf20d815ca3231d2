// The database's promises on a real server: roles, types, bounded waits, notifications.
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messageOf } from '../../core/errors.ts'
import { freshDatabase } from '../../test/support/database.ts'
import type { FreshDatabase } from '../../test/support/database.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { openDatabase } from './database.ts'
import type { Role } from './database.ts'
import { startPostgresServer } from './postgres-server.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const whoIs = async (role: Role) =>
  (await database.pool(role).query<{ who: string }>('select current_user as who')).rows[0]?.who
/** Breaks every connection of a role, as a restarted server or a cut network does. */
const breakAll = (role: Role) =>
  database
    .pool('owner')
    .query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1',
      [`inlet-${role}`],
    )

describe('roles', () => {
  it.each(['desk', 'loops'] as const)('S27 no connection of %s is ever the owner, also under load', async (role) => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => database.pool(role).query('select current_user as who, pg_sleep(0.01)')),
    )
    expect(new Set(answers.map((one) => one.rows[0].who))).toEqual(new Set([`inlet_${role}`]))
    const open = await database
      .pool('owner')
      .query(
        `select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = $1`,
        [`inlet-${role}`],
      )
    expect(open.rows[0].n).toBe(role === 'loops' ? 10 : 12)
  })

  it('S27 a connection made again after all were cut has its role too', async () => {
    expect(await whoIs('desk')).toBe('inlet_desk')
    await breakAll('desk')
    await expect.poll(() => whoIs('desk').catch(messageOf)).toBe('inlet_desk')
  })

  it('S27 a connection that cannot get its role is given to nobody', async () => {
    const owner = database.pool('owner')
    const login = `login_${randomUUID().replaceAll('-', '')}`
    await owner.query(`create role ${login} login`)
    const databaseUrl = database.url.replace('//inlet@', `//${login}@`)
    const limited = await openDatabase({ databaseUrl, dataDir: '', log: keptLog() })
    const ask = limited.pool('desk').query('select current_user')
    const refused = await ask.catch((error: unknown) => error)
    await limited.close()
    await owner.query(`drop role ${login}`)
    expect(refused).toMatchObject({ code: 'store.unavailable', message: expect.stringContaining('inlet_desk') })
  })

  it('the desk reaches tables by keys: no sequential scans, no jit, bounded statements', async () => {
    for (const [name, value] of Object.entries({
      enable_seqscan: 'off',
      jit: 'off',
      statement_timeout: '30s',
      idle_in_transaction_session_timeout: '10s',
      search_path: 'inlet, public',
    })) {
      expect((await database.pool('desk').query(`show ${name}`)).rows).toEqual([{ [name]: value }])
    }
  })

  it('the desk may not make tables, nor read what nobody granted', async () => {
    await database.pool('owner').query('create table secret_thing (n int)')
    await expect(database.pool('desk').query('select * from secret_thing')).rejects.toThrow('permission denied')
    await expect(database.pool('desk').query('create table x (n int)')).rejects.toThrow('permission denied')
  })
})

describe('values', () => {
  const one = async (sql: string) => (await database.pool('desk').query(sql)).rows[0].it
  it.each([
    [`timestamptz '2026-11-21 07:10:00.123999+03'`, '2026-11-21T04:10:00.123Z'],
    [`timestamptz '2026-11-21 04:10:00Z'`, '2026-11-21T04:10:00.000Z'],
    [`timestamptz '2026-11-21 04:10:00.5Z'`, '2026-11-21T04:10:00.500Z'],
    [`timestamptz 'infinity'`, 'infinity'],
    [`array[timestamptz '2026-11-21 04:10:00Z', null]`, ['2026-11-21T04:10:00.000Z', null]],
    [`date '2026-11-21'`, '2026-11-21'],
    [`9007199254740991::bigint`, 9_007_199_254_740_991],
    [`9007199254740993::bigint`, '9007199254740993'],
    [`array[1, 9007199254740993]::bigint[]`, [1, '9007199254740993']],
    [`'{"a": [1, "ş"]}'::json`, { a: [1, 'ş'] }],
    [`1.10::numeric`, '1.10'],
    [`'\\x00ff'::bytea`, Buffer.from([0, 255])],
  ])('%s arrives as it should', async (sql, value) => {
    expect(await one(`select ${sql} as it`)).toEqual(value)
  })
})

describe('a database that is away', () => {
  it('F4 refuses at once: an error, not a hang, and no unhandled one', async () => {
    const away = await openDatabase({ databaseUrl: 'postgres://a:b@127.0.0.1:1/c', dataDir: '', log: keptLog() })
    await expect(away.ping(AbortSignal.timeout(3_000))).rejects.toMatchObject({ code: 'store.unavailable' })
    await away.close()
  })

  it.concurrent('F4 accepts and says nothing: an error within the time given', async () => {
    const mute = createServer((socket) => socket.on('error', () => undefined))
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    const { port } = mute.address() as AddressInfo
    const away = await openDatabase({ databaseUrl: `postgres://a:b@127.0.0.1:${port}/c`, dataDir: '', log: keptLog() })
    await expect(away.ping(AbortSignal.timeout(300))).rejects.toMatchObject({ code: 'store.unavailable' })
    await expect(away.pool('desk').query('select 1')).rejects.toThrow(/timeout/)
    await away.close()
    mute.close()
  })

  it.concurrent('G14 a pool that is busy for too long is an error, not an endless queue', async () => {
    const busy = Array.from({ length: 12 }, () => database.pool('desk').query('select pg_sleep(6)'))
    await expect(database.pool('desk').query('select 1')).rejects.toThrow('timeout exceeded when trying to connect')
    await Promise.all(busy)
  })

  it('S18 DATABASE_URL that cannot be read is refused without showing it', async () => {
    for (const databaseUrl of ['mysql://u:canary-pw@h/d', 'postgres://u:canary-pw@h:notaport/d', 'canary-pw']) {
      const refused = await openDatabase({ databaseUrl, dataDir: '', log: keptLog() }).catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: 'settings.invalid' })
      expect(messageOf(refused)).not.toContain('canary-pw')
    }
  })

  it('S18 where it is, for people, has no password', async () => {
    const away = await openDatabase({
      databaseUrl: 'postgres://u:canary-pw@db.example:5433/inlet',
      dataDir: '',
      log: keptLog(),
    })
    expect(away.where).toBe('PostgreSQL at u@db.example:5433/inlet')
    await away.close()
  })
})

describe('notifications', () => {
  it('G11 are heard on every channel, again after the connection was cut, and no more after the signal', async () => {
    const heard: string[] = []
    const stop = new AbortController()
    const both = ['log', 'a "quoted" channel'].map((channel) =>
      database.listen(channel, (payload) => void heard.push(`${channel}: ${payload}`), stop.signal),
    )
    const tell = async (channel: string, payload: string) => {
      await database.pool('loops').query('select pg_notify($1, $2)', [channel, payload])
      return heard
    }
    await expect.poll(() => tell('log', 'one')).toContain('log: one')
    await expect.poll(() => tell('a "quoted" channel', 'two')).toContain('a "quoted" channel: two')
    await breakAll('listen' as Role)
    await expect.poll(() => tell('log', 'three'), { timeout: 5_000 }).toContain('log: three')
    stop.abort()
    await Promise.all(both)
    const before = heard.length
    await tell('log', 'four')
    await database.ping(AbortSignal.timeout(3_000))
    expect(heard).toHaveLength(before)
  })
})

describe('the embedded database', () => {
  it('G25 F3 serves again by itself after its server was killed, with no listener left behind', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'inlet-database-'))
    await chmod(parent, 0o755) // as root the server's account must pass it
    const dataDir = join(parent, 'data')
    const embedded = await openDatabase({ dataDir, log: keptLog() })
    expect(embedded.where).toBe(`embedded PostgreSQL in ${join(dataDir, 'postgres')}`)
    const { rows } = await embedded.pool('owner').query('select pg_postmaster_start_time() as at')
    const server = await embedded
      .pool('owner')
      .query<{ pid: number }>(`select split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int as pid`)
    process.kill(server.rows[0]?.pid ?? 0, 'SIGKILL')
    const startedAt = () => embedded.pool('owner').query('select pg_postmaster_start_time() as at')
    await expect
      .poll(async () => (await startedAt().catch(() => null))?.rows[0].at ?? rows[0].at, { timeout: 10_000 })
      .not.toBe(rows[0].at)
    await expect(startPostgresServer({ dataDir, log: keptLog() })).rejects.toMatchObject({ code: 'data.locked' })
    await embedded.close()
    await rm(parent, { recursive: true, force: true })
  })
})
