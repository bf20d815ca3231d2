// Makes the database cluster once: beside its place, then renamed, so that a start killed halfway leaves nothing half made.
import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { GatewayError, messageOf } from '../../../core/errors.ts'
import { writeAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import type { Place } from './place.ts'

export const superuser = 'inlet'
const major = '18'
const passwordFile = 'password'

/** Collation by code point and Unicode case rules, both built into PostgreSQL: no library upgrade can reorder an index. */
const options = [
  `--username=${superuser}`,
  '--encoding=UTF8',
  '--no-locale',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--data-checksums',
  // The socket lies in a directory that only the server's account (and root) may enter; TCP always asks for the password.
  '--auth-local=trust',
  '--auth-host=scram-sha-256',
  '--no-instructions',
]

export async function ensureCluster(place: Place, binaries: Binaries): Promise<void> {
  await sweepDrafts(place)
  if (!(await isComplete(place.cluster))) await initialise(place, binaries)
  const found = (await readFile(join(place.cluster, 'PG_VERSION'), 'utf8')).trim()
  if (found === major) return
  throw new GatewayError(
    'data.unusable',
    `The database in ${place.cluster} was made by PostgreSQL ${found}; this build runs ${major}. Start the build that made it, export, and import here.`,
    { about: { found, needed: major } },
  )
}

/** Only ours: no second gateway is here, the data directory's lock is held. */
async function sweepDrafts(place: Place): Promise<void> {
  const drafts = (await readdir(place.directory)).filter((name) =>
    name.startsWith(`${basename(place.cluster)}.making-`),
  )
  for (const name of drafts) await rm(join(place.directory, name), removing)
}

/** A killed maker's last child may still be writing into its draft for a moment: try again, for five seconds in all. */
const removing = { recursive: true, force: true, maxRetries: 9, retryDelay: 100 } as const

/** Not there or empty: to be made. Something else without the control file is not ours to overwrite: perhaps half a backup. */
async function isComplete(cluster: string): Promise<boolean> {
  if (!existsSync(cluster)) return false
  if (existsSync(join(cluster, 'PG_VERSION')) && existsSync(join(cluster, 'global', 'pg_control'))) return true
  if ((await readdir(cluster)).length === 0) {
    await rmdir(cluster)
    return false
  }
  throw new GatewayError(
    'data.unusable',
    `${cluster} is not empty and holds no complete database (PG_VERSION or global/pg_control is missing). ` +
      'If a restore was cut off, restore again; if nothing in it is needed, move it away and start anew.',
  )
}

async function initialise(place: Place, binaries: Binaries): Promise<void> {
  const password = await newPassword(place)
  const draft = `${place.cluster}.making-${randomUUID()}`
  const [file = '', ...words] = [...binaries.guard, binaries.initdb, ...options, `--pwfile=${password}`, '-D', draft]
  try {
    await promisify(execFile)(file, words, { ...place.account, cwd: place.directory, env: plainEnvironment() })
  } catch (cause) {
    await rm(draft, removing)
    throw new GatewayError(
      'data.unusable',
      `The database in ${place.directory} could not be made: ${messageOf(cause)}`,
      {
        cause,
      },
    )
  }
  await rename(draft, place.cluster)
  await sync(place.directory)
}

async function newPassword(place: Place): Promise<string> {
  const path = join(place.directory, passwordFile)
  await writeAs(place.account, path, randomBytes(24).toString('base64url'))
  return path
}

export const passwordOf = (place: Place): Promise<string> => readFile(join(place.directory, passwordFile), 'utf8')

/** The rename is durable only when its directory is; Windows has no such call and needs none. */
async function sync(dir: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(dir)
  await handle.sync().finally(() => handle.close())
}

/** The server's programs get none of our settings: environment is where secrets lie. */
export const plainEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'] ?? '', TZ: 'UTC', LC_ALL: 'C' })
