// The embedded database: a real PostgreSQL 18 from npm, started as our child on the data directory and kept alive.
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { Logger } from '../../core/ports/edges.ts'
import { lockDataDirectory } from './data-lock.ts'
import { binariesFor } from './postgres-server/binaries.ts'
import { ensureCluster, passwordOf, superuser } from './postgres-server/cluster.ts'
import { dropSocketDir, placeFor, shelf, socketDirFor } from './postgres-server/place.ts'
import type { Place } from './postgres-server/place.ts'
import { endLeftOver, startPostmaster } from './postgres-server/postmaster.ts'
import type { Door, Postmaster } from './postgres-server/postmaster.ts'

/** `host` is a socket's directory or a loopback address, as `pg` takes both. */
export interface PgConnection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password?: string
  readonly database: string
}
export interface PostgresServer {
  readonly connection: PgConnection
  /** Where the database lies, for people. */
  readonly directory: string
  /** Of the server process now; another one after it was started again. */
  readonly pid: number
  /** Lets a second gateway on this directory say where the first one listens. */
  announce(address: string): Promise<void>
  stop(): Promise<void>
}
export interface ServerOptions {
  readonly dataDir: string
  readonly log: Logger
  /** Called each time the server process died by itself; it is being started again then. */
  readonly onExit?: (why: string) => void
  /** A socket where there are any; `tcp` = a free loopback port with a random password. */
  readonly door?: 'socket' | 'tcp'
}

const database = 'inlet'
const longestPauseMs = 5_000
/** A server that lived this long did not die of its start. */
const steadyAfterMs = 30_000

/** Throws `data.locked` when another gateway has the directory, `data.unusable` when nothing can be started on it. */
export async function startPostgresServer(options: ServerOptions): Promise<PostgresServer> {
  const lock = await lockDataDirectory(options.dataDir).catch((error: unknown) => {
    throw unusable(error, options.dataDir)
  })
  try {
    const { place, door, first } = await firstStart(options)
    const supervised = supervise(first, () => startAgain(options, place, door), options)
    const connection = await connectionTo(place, door)
    await ensureDatabase(connection).catch(async (error: unknown) => {
      await supervised.stop()
      throw error
    })
    return {
      connection,
      directory: place.directory,
      get pid() {
        return supervised.pid()
      },
      announce: (address) => lock.announce(address),
      stop: async () => {
        await supervised.stop()
        if ('socketDir' in door) await dropSocketDir(door.socketDir)
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw unusable(error, options.dataDir)
  }
}

/** What the file system or the new server says, with what was being done and what to do. */
function unusable(error: unknown, dataDir: string): GatewayError {
  if (error instanceof GatewayError) return error
  const who = process.getuid === undefined ? 'This account' : `This account (uid ${process.getuid()})`
  return new GatewayError(
    'data.unusable',
    `${who} cannot run a database in ${dataDir}: ${messageOf(error)}. Give it the directory and all that is in it, or another one with INLET_DATA.`,
    { cause: error },
  )
}

interface Started {
  readonly place: Place
  readonly door: Door
  readonly first: Postmaster
}
async function firstStart({ dataDir, log, door: wanted }: ServerOptions): Promise<Started> {
  const place = await placeFor(dataDir, log)
  const binaries = await binariesFor({ account: place.account, copyTo: shelf })
  await ensureCluster(place, binaries)
  await endLeftOver(place, log)
  const isTcp = wanted === 'tcp' || process.platform === 'win32'
  const door: Door = isTcp ? { port: await freePort() } : { socketDir: await socketDirFor(place) }
  return { place, door, first: await startPostmaster({ place, binaries, door, log }) }
}

async function startAgain({ log }: ServerOptions, place: Place, door: Door): Promise<Postmaster> {
  const binaries = await binariesFor({ account: place.account, copyTo: shelf })
  await endLeftOver(place, log)
  return startPostmaster({ place, binaries, door, log })
}

interface Supervised {
  pid(): number
  stop(): Promise<void>
}
/** Starts the server again whenever it dies by itself: at once, then with growing pauses while it does not stay alive. */
function supervise(first: Postmaster, again: () => Promise<Postmaster>, { log, onExit }: ServerOptions): Supervised {
  const stopping = new AbortController()
  let now = first
  const endWithUs = () => now.interrupt()
  process.once('exit', endWithUs)
  const tryAgain = async () => {
    try {
      now = await again()
      log.info('The database server runs again.', { pid: now.pid })
    } catch (error) {
      log.error('The database server could not be started again.', { why: messageOf(error) })
    }
  }
  const watch = async () => {
    for (let pauseMs = 0; ; pauseMs = Math.min(pauseMs * 2 + 100, longestPauseMs)) {
      const watchedSince = performance.now()
      const why = await now.gone
      if (stopping.signal.aborted) return
      if (performance.now() - watchedSince > steadyAfterMs) pauseMs = 0
      log.error('The database server is gone; it is started again.', { pid: now.pid, why, pauseMs })
      onExit?.(why)
      await pause(pauseMs, null, { signal: stopping.signal }).catch(() => null)
      if (!stopping.signal.aborted) await tryAgain()
    }
  }
  const watching = watch()
  return {
    pid: () => now.pid,
    stop: async () => {
      stopping.abort()
      process.off('exit', endWithUs)
      await now.stop()
      await watching
      await now.stop() // one that was being started while we stopped
    },
  }
}

/** The port could be taken between this and the server's start: then the start fails with the server's own words. */
function freePort(): Promise<number> {
  const probe = createServer()
  return new Promise((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}

async function connectionTo(place: Place, door: Door): Promise<PgConnection> {
  if ('socketDir' in door) return { host: door.socketDir, port: 5432, user: superuser, database }
  return { host: '127.0.0.1', port: door.port, user: superuser, password: await passwordOf(place), database }
}

async function ensureDatabase(connection: PgConnection): Promise<void> {
  const client = new Client({ ...connection, database: 'postgres' })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [connection.database])
    if (rowCount === 0) await client.query(`create database ${connection.database}`)
  } finally {
    await client.end()
  }
}
