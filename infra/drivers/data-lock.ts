// One gateway a data directory (G24): a lock that names its holder, outlives product versions and is taken over from the dead.
import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { GatewayError } from '../../core/errors.ts'
import { lifeOf, thisProcess } from './process-identity.ts'
import type { ProcessIdentity } from './process-identity.ts'

/** The file's content. Read by other versions of the product: fields may be added, none renamed or dropped. */
interface Holder extends ProcessIdentity {
  readonly since: string
  readonly address: string | null
  readonly released: boolean
}
export interface DataLock {
  /** Lets a second gateway say where the first one listens. */
  announce(address: string): Promise<void>
  release(): Promise<void>
}

/** `watchMs`: how long a holder in another container or on another machine is watched for a heartbeat before it counts as dead. */
interface Pulse {
  readonly everyMs: number
  readonly watchMs: number
}
const usual: Pulse = { everyMs: 1_000, watchMs: 3_500 }
const fileName = /^gateway\.lock\.(\d+)$/
const fileOrDraft = /^gateway\.lock\.(\d+)(?:\.|$)/

/**
 * Files are numbered and the highest is never deleted, so "I saw that number 7 is dead" and "I made number 8" cannot be
 * overtaken: whoever links 8 first has it. A single file that is removed and made again lets two take over at once.
 */
export async function lockDataDirectory(dataDir: string, pulse = usual): Promise<DataLock> {
  // Only the directory itself is closed: the server's account must pass the ones above it.
  await mkdir(dirname(dataDir), { recursive: true })
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  for (;;) {
    const last = await lastLock(dataDir)
    const holder = last === 0 ? null : await readHolder(pathOf(dataDir, last))
    if (holder !== null && (await isHeld(holder, pathOf(dataDir, last), pulse))) throw lockedBy(holder, dataDir)
    const mine: Holder = { ...thisProcess(), since: new Date().toISOString(), address: null, released: false }
    if (!(await linkNew(pathOf(dataDir, last + 1), mine))) continue
    // We may have been slow: if others took and left higher numbers meanwhile, ours was a hole they had swept, not the lock.
    if ((await lastLock(dataDir)) === last + 1) return held(pathOf(dataDir, last + 1), mine, pulse)
    await rm(pathOf(dataDir, last + 1), { force: true })
  }
}

const pathOf = (dataDir: string, number: number): string => join(dataDir, `gateway.lock.${number}`)

async function lastLock(dataDir: string): Promise<number> {
  const numbers = (await readdir(dataDir)).map((name) => Number(fileName.exec(name)?.[1] ?? 0))
  return Math.max(0, ...numbers)
}

/** Null: gone, or not ours to read as a lock; then nobody holds it. */
async function readHolder(path: string): Promise<Holder | null> {
  try {
    const found = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>
    return typeof found.pid === 'number' && typeof found.space === 'string' ? (found as Holder) : null
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

async function isHeld(holder: Holder, path: string, { watchMs }: Pulse): Promise<boolean> {
  if (holder.released) return false
  const life = lifeOf(holder)
  return life === 'elsewhere' ? await beats(path, watchMs) : life === 'alive'
}

/** A file that vanishes while it is watched was overtaken by a higher number; the caller looks again. */
async function beats(path: string, watchMs: number): Promise<boolean> {
  const before = await stat(path).catch(() => null)
  await pause(watchMs)
  const after = await stat(path).catch(() => null)
  return before !== null && after !== null && after.mtimeMs !== before.mtimeMs
}

/** The content is there from the first moment on: it is written beside and linked, which fails if the name is taken. */
async function linkNew(path: string, holder: Holder): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600, flush: true })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

async function rewrite(path: string, holder: Holder): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(holder), { mode: 0o600, flush: true })
  await rename(draft, path)
}

async function held(path: string, mine: Holder, { everyMs }: Pulse): Promise<DataLock> {
  await sweepBelow(path)
  let now = mine
  // A beat that fails (full disk) changes nothing here: on this machine the pid decides, elsewhere the next beat comes in a second.
  const heart = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => false), everyMs)
  heart.unref()
  return {
    announce: async (address) => {
      now = { ...now, address }
      await rewrite(path, now)
    },
    release: async () => {
      clearInterval(heart)
      now = { ...now, released: true }
      // A full disk must not spoil an orderly stop: the pid in it will be a dead one in a moment, which says the same.
      await rewrite(path, now).catch(() => false)
    },
  }
}

async function sweepBelow(path: string): Promise<void> {
  const mine = Number(fileName.exec(basename(path))?.[1])
  for (const name of await readdir(dirname(path))) {
    if (Number(fileOrDraft.exec(name)?.[1] ?? mine) < mine) await rm(join(dirname(path), name), { force: true })
  }
}

function lockedBy(holder: Holder, dataDir: string): GatewayError {
  const where = holder.address === null ? 'it has not said yet where it listens' : `it listens at ${holder.address}`
  return new GatewayError(
    'data.locked',
    `The data directory ${dataDir} belongs to a gateway that is running: process ${holder.pid}, since ${holder.since}, ${where}. ` +
      `Stop that one first, or give this one its own directory with INLET_DATA. ` +
      `For several processes of one gateway, on this machine or others, set DATABASE_URL to a PostgreSQL that all of them reach, and the same INLET_MASTER_KEY for each.`,
    { about: { pid: holder.pid, since: holder.since, address: holder.address ?? '' } },
  )
}
