// Migrations on a real server: once, whole or not at all, and with words when database and build do not belong together.
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { messageOf } from '../../core/errors.ts'
import { freshDatabase, urlFor } from '../../test/support/database.ts'
import type { FreshDatabase } from '../../test/support/database.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { openDatabase } from './database.ts'
import { migrate, migrationsFolder, pendingMigrations, readMigrations } from './migrate.ts'
import { startPostgresServer } from './postgres-server.ts'
import { schemaDump, writeSchemaDump } from './schema-dump.ts'

const log = keptLog()
const script = join(import.meta.dirname, '..', '..', 'test', 'support', 'migrate-process.ts')
const inProcess = async (url: string): Promise<{ applied?: string[]; desk?: string; error?: string }> =>
  JSON.parse((await promisify(execFile)(process.execPath, [script, url])).stdout)

let database: FreshDatabase
let folder: string
beforeEach(async () => {
  database = await freshDatabase({ empty: true })
  folder = await mkdtemp(join(tmpdir(), 'inlet-migrations-'))
  await copyFile(join(migrationsFolder, '0001-roles.sql'), join(folder, '0001-roles.sql'))
})
afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true, force: true })
})
const file = (name: string, sql: string) => writeFile(join(folder, name), sql)
const run = () => migrate(database.pool('owner'), { log, folder })
const tablesNow = async () => {
  const sql = `select table_name as name from information_schema.tables where table_schema = 'inlet' order by 1`
  return (await database.pool('owner').query<{ name: string }>(sql)).rows.map((row) => row.name)
}

describe('G18 once', () => {
  it('G18 ten processes that start together apply every file once', async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => inProcess(database.url)))
    const wanted = (await readMigrations(migrationsFolder)).map((one) => one.name)
    expect(all.filter((one) => one.error !== undefined)).toEqual([])
    expect(all.flatMap((one) => one.applied ?? []).toSorted()).toEqual(wanted)
    expect(all.filter((one) => one.applied?.length === wanted.length)).toHaveLength(1)
    expect(await pendingMigrations(database.pool('loops'))).toEqual([])
  })

  it('a second run changes nothing, a new file alone is applied', async () => {
    await file('0002-one.sql', 'create table one (n int)')
    expect(await run()).toEqual(['0001-roles.sql', '0002-one.sql'])
    expect(await run()).toEqual([])
    await file('0003-two.sql', 'create table two (n int)')
    expect(await pendingMigrations(database.pool('desk'), folder)).toEqual(['0003-two.sql'])
    expect(await run()).toEqual(['0003-two.sql'])
    expect(await tablesNow()).toEqual(['migration', 'one', 'two'])
  })
})

describe('G18 whole or not at all', () => {
  it('a file that fails leaves nothing of itself, names its line, and the ones before it stay', async () => {
    await file('0002-one.sql', 'create table one (n int)')
    await file('0003-bad.sql', 'create table two (n int);\n\nselect nonsense;')
    await expect(run()).rejects.toMatchObject({
      code: 'data.unusable',
      message: expect.stringMatching(/0003-bad\.sql failed in line 3 and changed nothing: .*nonsense/),
    })
    expect(await tablesNow()).toEqual(['migration', 'one'])
  })
})

describe('G18 a database and a build that do not belong together', () => {
  it('a file that was changed after it ran stops the start', async () => {
    await file('0002-one.sql', 'create table one (n int)')
    await run()
    await file('0002-one.sql', 'create table one (n bigint)')
    await expect(run()).rejects.toMatchObject({
      code: 'data.unusable',
      message: expect.stringContaining('was changed'),
    })
  })

  it('a checkout with other line ends is the same file', async () => {
    await file('0002-one.sql', 'create table one (\n  n int\n)')
    await run()
    await file('0002-one.sql', 'create table one (\r\n  n int\r\n)')
    expect(await run()).toEqual([])
  })

  it('a database newer than this build stops the start', async () => {
    await file('0002-one.sql', 'create table one (n int)')
    await run()
    await rm(join(folder, '0002-one.sql'))
    await expect(run()).rejects.toMatchObject({
      code: 'data.unusable',
      message: expect.stringContaining('newer than this build'),
    })
  })

  it('G24 a backup that was restored on a server without our roles stops the start, with what to run and that it is restored again', async () => {
    await run()
    // As it lies there then: what named the roles could not be given to them.
    await database.pool('owner').query('drop owned by inlet_desk, inlet_loops, inlet_agent')
    await expect(run()).rejects.toThrow(
      /inlet_desk has no rights .* restores the backup once more.*\ngrant inlet_desk/s,
    )
  })

  it('a file that would come before one that ran, and two files of one number, stop the start', async () => {
    await file('0003-two.sql', 'create table two (n int)')
    await run()
    await file('0002-one.sql', 'create table one (n int)')
    await expect(run()).rejects.toThrow('comes before 0003-two.sql')
    await file('0003-other.sql', 'select 1')
    await expect(run()).rejects.toThrow('the number 0003')
  })
})

describe('rights', () => {
  it('S27 nothing is open to everybody, functions neither, whatever a file forgets', async () => {
    await file(
      '0002-f.sql',
      'create table t (n int); create function f() returns int language sql security definer as $$ select 1 $$',
    )
    await run()
    await expect(database.pool('desk').query('select f()')).rejects.toThrow('permission denied')
    await expect(database.pool('desk').query('select * from t')).rejects.toThrow('permission denied')
  })

  it('a login that may not make it gets the very statements an administrator runs, and then it works', async () => {
    const owner = database.pool('owner')
    const login = `login_${randomUUID().replaceAll('-', '')}`
    await owner.query(`create role ${login} login`)
    const databaseUrl = database.url.replace('//inlet@', `//${login}@`)
    const limited = await openDatabase({ databaseUrl, dataDir: '', log })
    try {
      const refused = await migrate(limited.pool('owner'), { log, folder }).catch(messageOf)
      expect(refused).toContain(`grant inlet_desk, inlet_loops, inlet_agent to ${login} with set true, inherit false;`)
      for (const line of String(refused).split('\n').slice(1)) await owner.query(line)
      expect(await migrate(limited.pool('owner'), { log, folder })).toEqual(['0001-roles.sql'])
      expect((await limited.pool('desk').query('select current_user as who')).rows).toEqual([{ who: 'inlet_desk' }])
    } finally {
      await limited.close()
      await owner.query(`drop owned by ${login} cascade; drop role ${login}`)
    }
  })
})

describe('a server that has never seen us', () => {
  let stop: () => Promise<void>
  let urls: readonly string[]
  beforeAll(async () => {
    const parent = await mkdtemp(join(tmpdir(), 'inlet-migrate-'))
    await chmod(parent, 0o755) // as root the server's account must pass it
    const server = await startPostgresServer({ dataDir: join(parent, 'data'), log })
    const admin = new Client({ ...server.connection })
    await admin.connect()
    // As a hosted PostgreSQL gives it: no superuser, but one that may make roles, and the owner of its databases.
    await admin.query('create role app login createrole')
    for (const name of ['one', 'two']) await admin.query(`create database ${name} owner app`)
    await admin.end()
    urls = ['one', 'two'].map((name) => urlFor({ ...server.connection, user: 'app' }, name))
    stop = async () => {
      await server.stop()
      await rm(parent, { recursive: true, force: true })
    }
  })
  afterAll(() => stop())

  it('G18 two databases of it, migrated by six processes at once, make the shared roles once, without a superuser', async () => {
    const all = await Promise.all([...urls, ...urls, ...urls].map(inProcess))
    expect(all.filter((one) => one.error !== undefined)).toEqual([])
    expect(new Set(all.map((one) => one.desk))).toEqual(new Set(['inlet_desk']))
    expect(all.filter((one) => (one.applied?.length ?? 0) > 0)).toHaveLength(2)
  })

  it('S27 a working role that passes row security stops the start', async () => {
    const admin = new Client({ connectionString: (urls[0] ?? '').replace('//app@', '//inlet@') })
    await admin.connect()
    await admin.query('alter role inlet_desk bypassrls')
    await admin.end()
    expect((await inProcess(urls[0] ?? '')).error).toContain('passes row security')
  })
})

describe('the dump of the schema', () => {
  it('is the same for the same migrations, and shows tables, rights, policies and functions', async () => {
    const sql = `create table t (id bigint generated always as identity primary key, w text not null default 'x' check (w <> ''));
      create index t_w on t (w) where id > 5; alter table t enable row level security;
      create policy desk on t for all to inlet_desk using (w = (select current_setting('inlet.workspace', true)));
      grant select, insert on t to inlet_desk; grant update (w) on t to inlet_loops;
      create sequence numbers; grant usage on sequence numbers to inlet_desk;
      create function f(a int) returns int language sql security definer set search_path = inlet as $$ select a $$;
      grant execute on function f(int) to inlet_loops`
    await file('0002-t.sql', sql)
    await run()
    const dump = await schemaDump(database.pool('owner'))
    for (const part of [
      'id bigint not null generated always as identity',
      `w text not null default 'x'::text`,
      `CHECK ((w <> ''::text))`,
      'CREATE INDEX t_w ON inlet.t USING btree (w) WHERE (id > 5);',
      'alter table inlet.t enable row level security;',
      'create policy desk on inlet.t as permissive for all to inlet_desk using (',
      'grant insert, select on inlet.t to inlet_desk;',
      'grant update (w) on inlet.t to inlet_loops;',
      'create sequence inlet.numbers as bigint',
      'grant usage on inlet.numbers to inlet_desk;',
      'SECURITY DEFINER',
      'grant execute on function inlet.f(a integer) to inlet_loops;',
    ])
      expect(dump).toContain(part)
    const other = await freshDatabase({ empty: true })
    await migrate(other.pool('owner'), { log, folder })
    const path = join(folder, 'schema.sql')
    await writeSchemaDump(other.pool('owner'), path)
    await other.close()
    expect(await readFile(path, 'utf8')).toBe(dump)
    expect((await readdir(folder)).length).toBe(3)
    expect(await run()).toEqual([]) // schema.sql beside the migrations is not one
  })
})
