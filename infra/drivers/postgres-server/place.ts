// Where the embedded server lives: its directory, its socket, and other folders when the account cannot enter the wanted one.
import { randomUUID } from 'node:crypto'
import { chmod, chown, lstat, mkdir, mkdtemp, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { GatewayError, messageOf } from '../../../core/errors.ts'
import type { Logger } from '../../../core/ports/edges.ts'
import { accountFor, barriers, letThrough } from './account.ts'
import type { Account } from './account.ts'

export interface Place {
  readonly account: Account | null
  /** Ours and the server's account's alone (0700): the cluster, its password, the socket. */
  readonly directory: string
  readonly cluster: string
}

/** Root's folders for what cannot lie where it was wanted; the first that takes it. Both survive a restart of the machine. */
const shelves = ['/var/lib/inlet', '/var/tmp/inlet']
/** In the data directory, when the database is not: the folder it lies in. */
const pointer = 'postgres.is-in'
/** sockaddr_un holds 108 bytes with its closing NUL. */
const longestSocketPath = 107
const shortPrefix = 'inlet-pg-'

export async function placeFor(dataDir: string, log: Logger): Promise<Place> {
  const real = await realpath(dataDir)
  const wanted = join(real, 'postgres')
  const account = accountFor(join(wanted, 'cluster'))
  if (account === null) return made(wanted, null)
  if (await letThrough(real, account)) return made(wanted, account)
  const instead = await insteadOf(real)
  log.warn(`The database's account cannot enter ${real}; the database lies in ${instead} instead.`, {
    closed: barriers(real, account).join(', '),
  })
  return made(instead, account)
}

/**
 * The name is by chance and kept in the data directory: who deletes the data directory and starts anew gets a new database, not the
 * old one under new keys.
 */
async function insteadOf(dataDir: string): Promise<string> {
  const path = join(dataDir, pointer)
  const kept = (await readFile(path, 'utf8').catch(() => '')).trim()
  if (shelves.some((one) => dirname(kept) === one)) return kept
  const instead = join(await shelf(), `data-${randomUUID()}`)
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, `${instead}\n`, { mode: 0o600, flush: true })
  await rename(draft, path)
  return instead
}

async function made(directory: string, account: Account | null): Promise<Place> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    if (account !== null) await chown(directory, account.uid, account.gid)
  } catch (cause) {
    throw new GatewayError(
      'data.unusable',
      `The database's directory ${directory} cannot be made: ${messageOf(cause)}. Set INLET_DATA to a folder that this account may write.`,
      { cause },
    )
  }
  return { account, directory, cluster: join(directory, 'cluster') }
}

/** Root only. Others may have made a folder of that name first where everybody may write: then it is not used. */
export async function shelf(): Promise<string> {
  const problems: string[] = []
  for (const path of shelves) {
    try {
      await mkdir(path, { recursive: true, mode: 0o755 })
      const found = await lstat(path)
      if (found.isDirectory() && found.uid === 0) {
        await chmod(path, 0o755) // whatever our umask left
        return path
      }
      problems.push(`${path} is not root's`)
    } catch (error) {
      problems.push(messageOf(error))
    }
  }
  throw new GatewayError(
    'data.unusable',
    `The database's account may not enter the data directory, and no other folder takes it: ${problems.join('; ')}. ` +
      'Set INLET_DATA to a folder below one that everybody may enter, or start the gateway as another account than root.',
  )
}

const fits = (dir: string): boolean => Buffer.byteLength(join(dir, '.s.PGSQL.5432')) <= longestSocketPath

/** Inside the server's directory; where that is too long for a socket, a fresh short one that only the account may enter. */
export async function socketDirFor(place: Place): Promise<string> {
  if (fits(place.directory)) return place.directory
  const parent = fits(join(tmpdir(), `${shortPrefix}xxxxxx`)) ? tmpdir() : '/tmp'
  const dir = await mkdtemp(join(parent, shortPrefix))
  if (place.account !== null) await chown(dir, place.account.uid, place.account.gid)
  return dir
}

/** Removes a short socket folder, ours or one that a killed run of ours left; never anything else. */
export async function dropSocketDir(dir: string): Promise<void> {
  const isShort = [tmpdir(), '/tmp'].includes(dirname(dir)) && basename(dir).startsWith(shortPrefix)
  if (isShort) await rm(dir, { recursive: true, force: true })
}
