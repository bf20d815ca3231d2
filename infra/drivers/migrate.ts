// Brings the database to this build's shape: numbered files, forward only, each in one transaction, once however many processes start.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pool, PoolClient } from 'pg'
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { Logger } from '../../core/ports/edges.ts'
import { checkRoles, whatADbaRuns } from './migrate-roles.ts'

export interface Migration {
  readonly name: string
  readonly hash: string
  readonly sql: string
}
interface Applied {
  readonly name: string
  readonly hash: string
}
interface Needs {
  readonly log: Logger
  /** Another folder in tests. */
  readonly folder?: string
}

export const migrationsFolder = join(import.meta.dirname, '..', 'migrations')
const fileName = /^(\d{4})-[a-z0-9-]+\.sql$/
/** "inlet", as a number: the one advisory lock under which migrations run. */
const lockKey = '452555466100'
/** What the SQL of the product was written for and tried on. */
const oldestServer = 180_000
const tries = 5

/** The names that were applied now. Throws `data.unusable` with words when the database and this build do not belong together. */
export async function migrate(owner: Pool, needs: Needs): Promise<readonly string[]> {
  const wanted = await readMigrations(needs.folder ?? migrationsFolder)
  const client = await owner.connect()
  try {
    await checkServer(client)
    await lock(client, needs.log)
    return await applyAll(client, wanted, needs.log)
  } finally {
    client.release(true) // ends the session, and with it the lock and every setting
  }
}

/** The migrations of this build that the database does not have yet; for readiness. */
export async function pendingMigrations(pool: Pool, folder = migrationsFolder): Promise<readonly string[]> {
  const wanted = await readMigrations(folder)
  const done = new Set((await pool.query<Applied>('select name from inlet.migration')).rows.map((row) => row.name))
  return wanted.map((one) => one.name).filter((name) => !done.has(name))
}

export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => fileName.test(name)).sort()
  const numbers = names.map((name) => fileName.exec(name)?.[1])
  const twice = numbers.find((number, at) => numbers.indexOf(number) !== at)
  if (twice !== undefined)
    throw new GatewayError('data.unusable', `Two migrations in ${folder} have the number ${twice}.`)
  return Promise.all(
    names.map(async (name) => {
      const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n')
      return { name, sql, hash: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function checkServer(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ number: string; words: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as words`,
  )
  const found = rows[0]
  if (found !== undefined && Number(found.number) >= oldestServer) return
  throw new GatewayError('data.unusable', `The database is PostgreSQL ${found?.words}; Inlet needs 18 or newer.`)
}

async function lock(client: PoolClient, log: Logger): Promise<void> {
  const { rows } = await client.query<{ got: boolean }>(`select pg_try_advisory_lock(${lockKey}) as got`)
  if (rows[0]?.got === true) return
  log.info('Another process migrates this database; waiting for it.')
  await client.query(`select pg_advisory_lock(${lockKey})`)
}

async function applyAll(client: PoolClient, wanted: readonly Migration[], log: Logger): Promise<readonly string[]> {
  await withWords(() => client.query(bookkeeping), client)
  const { rows } = await client.query<Applied>('select name, hash from inlet.migration order by name')
  const missing = toApply(wanted, rows)
  for (const migration of missing) {
    await withWords(() => applyOne(client, migration), client)
    log.info('The database was migrated.', { migration: migration.name })
  }
  await checkRoles(client)
  return missing.map((one) => one.name)
}

const bookkeeping = `
  create schema if not exists inlet;
  create table if not exists inlet.migration (
    name text primary key,
    hash text not null,
    at timestamptz(3) not null default now()
  )`

/** Pure. What of this build is not in the database yet; throws when history and files disagree. */
export function toApply(wanted: readonly Migration[], applied: readonly Applied[]): readonly Migration[] {
  const known = new Map(wanted.map((one) => [one.name, one.hash]))
  const last = applied.reduce((highest, row) => (row.name > highest ? row.name : highest), '')
  for (const { name, hash } of applied) {
    const words = !known.has(name)
      ? `The database is newer than this build: migration ${name} is in it and not here. Start the newer build, or restore a backup from before it.`
      : `Migration ${name} was changed after it ran on this database (${hash.slice(0, 12)} then, ${known.get(name)?.slice(0, 12)} now). Put the file back and write a new one with a higher number.`
    if (known.get(name) !== hash) throw new GatewayError('data.unusable', words, { about: { migration: name } })
  }
  const done = new Set(applied.map((row) => row.name))
  const missing = wanted.filter((one) => !done.has(one.name))
  const late = missing.find((one) => one.name < last)
  if (late === undefined) return missing
  throw new GatewayError(
    'data.unusable',
    `Migration ${late.name} comes before ${last}, which already ran on this database. Give it a higher number.`,
    { about: { migration: late.name } },
  )
}

/** PostgreSQL lets PUBLIC execute every new function, `security definer` ones too; here only named roles do, whatever a file forgets. */
const closeToPublic = `
  revoke all on all tables in schema inlet from public;
  revoke all on all sequences in schema inlet from public;
  revoke execute on all routines in schema inlet from public`

async function applyOne(client: PoolClient, migration: Migration): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query('begin')
      await client.query('set local search_path = inlet, public')
      await client.query(migration.sql)
      await client.query(closeToPublic)
      await client.query('insert into inlet.migration (name, hash) values ($1, $2)', [migration.name, migration.hash])
      await client.query('commit')
      return
    } catch (error) {
      await client.query('rollback')
      if (attempt === tries || !isSharedCatalogRace(error)) throw inFile(error, migration)
    }
  }
}

/** Roles belong to the whole server: another database on it that migrates now may touch the same row, and our lock is only this database's. */
const isSharedCatalogRace = (error: unknown): boolean =>
  ['XX000', '23505', '42710'].includes(String((error as { code?: unknown }).code)) &&
  /tuple concurrently (?:updated|deleted)|pg_authid|pg_auth_members|role ".*" already exists/.test(messageOf(error))

function inFile(error: unknown, migration: Migration): Error {
  const { position, where } = error as { position?: string; where?: string }
  const line = position === undefined ? '' : ` in line ${migration.sql.slice(0, Number(position)).split('\n').length}`
  const words = `Migration ${migration.name} failed${line} and changed nothing: ${messageOf(error)}${where === undefined ? '' : ` (${where})`}`
  return new GatewayError('data.unusable', words, { about: { migration: migration.name }, cause: error })
}

/** What only an administrator of the database can give is said as the statements to run. */
async function withWords(work: () => Promise<unknown>, client: PoolClient): Promise<void> {
  try {
    await work()
  } catch (error) {
    const cause = error instanceof GatewayError ? error.cause : error
    if ((cause as { code?: unknown } | null | undefined)?.code !== '42501') throw error
    throw new GatewayError(
      'data.unusable',
      `The database's user may not prepare it: ${messageOf(cause)}. An administrator of the database runs, once:\n${await whatADbaRuns(client)}`,
      { cause },
    )
  }
}
