// The database as the rest of infra sees it: a pool for each role, one listening connection, and words about where it is.
import { Client, Pool } from 'pg'
import type { ClientBase, ClientConfig } from 'pg'
import { GatewayError, messageOf } from '../../core/errors.ts'
import type { Logger } from '../../core/ports/edges.ts'
import { makeListener } from './database-listener.ts'
import { makePresence, type Presence } from './database-presence.ts'
import { ourTypes } from './pg-types.ts'
import { startPostgresServer } from './postgres-server.ts'
import type { PostgresServer } from './postgres-server.ts'
import { storeFault } from './store-fault.ts'

/** `owner` is for migrations alone; `desk` sees one entered workspace; `loops` the queues of all; `appends` are those of the loops that vendors wait for. */
export type Role = 'owner' | 'desk' | 'loops' | 'appends'
export interface Database {
  /** Every connection of it has its role from its first statement on, also after the server came back. */
  pool(role: Role): Pool
  /** For people; no password. */
  readonly where: string
  readonly embedded: boolean
  /** Rejects with `store.unavailable` when nothing could be read now (readiness). */
  ping(signal: AbortSignal): Promise<void>
  /**
   * Calls `onPayload` for each NOTIFY on the channel, until the signal aborts; then it resolves. A lost connection is made again with
   * growing pauses, and what was sent meanwhile is not heard: a hint, never the only way to learn of something (G11).
   */
  listen(channel: string, onPayload: (payload: string) => void, signal: AbortSignal): Promise<void>
  /** Who of this installation's processes lives. */
  readonly presence: Presence
  /** Lets a second gateway on the same data directory say where this one listens; nothing to do for a database elsewhere. */
  announce(address: string): Promise<void>
  close(): Promise<void>
}
export interface DatabaseOptions {
  /** Not set: the embedded server in `dataDir`. */
  readonly databaseUrl?: string | null | undefined
  readonly dataDir: string
  readonly log: Logger
}

/** Together with the listener at most 27 connections a process: seven processes fit into the embedded server's 200. */
const sizes = { owner: 2, desk: 12, loops: 10, appends: 2 } as const satisfies Record<Role, number>
/** Longest wait for a connection, new or from a busy pool: a lost database is an error within this time, not a hang. */
const connectWithinMs = 5_000
/** Plans made while tables were small are forgotten with their connection. The append's plan has nothing to forget, and a vendor would wait for a new one. */
const longestLifeSeconds: Readonly<Record<Role, number>> = { owner: 60, desk: 60, loops: 60, appends: 600 }
/** The first append of a connection costs a start, a sign-in and a plan: these are kept. */
const longestIdleMs: Readonly<Record<Role, number>> = { owner: 10_000, desk: 10_000, loops: 10_000, appends: 0 }

/** A statement may be sent before the one before it was answered: a decision's transaction waits for the server six times instead of sixteen. */
const pipelined: Readonly<Record<Role, boolean>> = { owner: false, desk: true, loops: false, appends: false }

/** After `set role`. The desk's statements reach tables by keys only (measured: a sequential scan plan cached while a table was empty cost a third of the throughput). */
const settingsOf: Readonly<Record<Role, Readonly<Record<string, string>>>> = {
  owner: {},
  desk: { enable_seqscan: 'off', statement_timeout: '30s' },
  loops: { statement_timeout: '60s' },
  appends: { statement_timeout: '60s' },
}
const roleOf = (role: Role): string => `inlet_${role === 'appends' ? 'loops' : role}`
const settingsOfAll = {
  search_path: 'inlet, public',
  timezone: 'UTC',
  datestyle: 'ISO, YMD',
  jit: 'off',
  idle_in_transaction_session_timeout: '10s',
} as const

/** The server's own timeout ends a slow statement; this one, later, ends the wait for a server that says nothing any more. */
const silentAfterMs: Readonly<Record<Role, number>> = { owner: 0, desk: 40_000, loops: 70_000, appends: 70_000 }

/** Does not wait for a DATABASE_URL to answer; the embedded server is started and ready. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const url = options.databaseUrl ?? null
  const server = url === null ? await startPostgresServer(options) : null
  const config: ClientConfig = server === null ? fromUrl(url ?? '') : { ...server.connection }
  const pools = new Map<Role, Pool>()
  const listener = makeListener(clientConfig(config, 'listen'), (client) => takeRole(client, 'loops'), options.log)
  const pool = (role: Role): Pool => {
    const made = pools.get(role) ?? makePool(config, role, options.log)
    pools.set(role, made)
    return made
  }
  return {
    pool,
    where: whereIs(config, server),
    embedded: server !== null,
    ping: (signal) => ping(pool('loops'), signal),
    listen: (channel, onPayload, signal) => listener.listen(channel, onPayload, signal),
    presence: makePresence({ pool: () => pool('loops'), hold: listener.hold }),
    announce: async (address) => server?.announce(address),
    close: async () => {
      await listener.close()
      await Promise.all([...pools.values()].map((one) => one.end()))
      await server?.stop()
    },
  }
}

/** `pg` reads it, so that everything it understands works; its errors may show the URL and with it the password. */
function fromUrl(connectionString: string): ClientConfig {
  try {
    if (!/^postgres(?:ql)?:\/\//.test(connectionString)) throw new TypeError('it does not begin with postgres://')
    void new Client({ connectionString })
    return { connectionString }
  } catch (error) {
    const why = messageOf(error).includes(connectionString) ? 'it is not a URL' : messageOf(error)
    throw new GatewayError(
      'settings.invalid',
      `DATABASE_URL cannot be read: ${why}. It looks like postgres://user:password@host:5432/database.`,
    )
  }
}

function whereIs(config: ClientConfig, server: PostgresServer | null): string {
  if (server !== null) return `embedded PostgreSQL in ${server.directory}`
  const { user, host, port, database } = new Client(config)
  return `PostgreSQL at ${user}@${host}:${port}/${database}`
}

const clientConfig = (config: ClientConfig, name: string): ClientConfig => ({
  ...config,
  application_name: `inlet-${name}`,
  connectionTimeoutMillis: connectWithinMs,
  keepAlive: true,
  types: ourTypes,
})

function makePool(config: ClientConfig, role: Role, log: Logger): Pool {
  const pool = new Pool({
    ...clientConfig(config, role),
    max: sizes[role],
    pipeline: pipelined[role],
    maxLifetimeSeconds: longestLifeSeconds[role],
    idleTimeoutMillis: longestIdleMs[role],
    ...(silentAfterMs[role] > 0 ? { query_timeout: silentAfterMs[role] } : {}),
    // Awaited before anybody gets the connection; when it fails the connection is thrown away.
    onConnect: (client) => takeRole(client, role),
  })
  // An idle connection that breaks is already out of the pool; without a listener it would end the process.
  // One that breaks in somebody's hands, between two statements, would end the process as well: the next statement meets the loss.
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('error', (error) => {
    if (!pool.ending) log.warn('An idle database connection was lost.', { role, why: error.message })
  })
  return pool
}

async function takeRole(client: ClientBase, role: Role): Promise<void> {
  const settings = Object.entries({ ...settingsOfAll, ...settingsOf[role] })
  const sets = settings.map(([name, value]) => `set ${name} = ${name === 'search_path' ? value : `'${value}'`}`)
  if (role !== 'owner') sets.unshift(`set role ${roleOf(role)}`)
  try {
    await client.query(sets.join('; '))
  } catch (error) {
    const fault = storeFault(error)
    if (fault.code === 'store.unavailable') throw fault
    throw new GatewayError(
      'store.unavailable',
      `The database does not let this process become ${roleOf(role)}: ${messageOf(error)}. The migrations make that role; they run at start.`,
      { cause: error },
    )
  }
}

async function ping(pool: Pool, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = () => reject(new GatewayError('store.unavailable', 'The database did not answer in time.'))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    await Promise.race([pool.query('select 1'), aborted])
  } catch (error) {
    throw storeFault(error)
  }
}
