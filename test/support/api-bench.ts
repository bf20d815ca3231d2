// A gateway's HTTP side on a database of its own: the real server, queries and commands, with what a test wants to be otherwise.
import type { FastifyInstance, InjectOptions } from 'fastify'
import { makeAuth } from '../../api/auth.ts'
import type { ApiDeps } from '../../api/deps.ts'
import { apiPlugin } from '../../api/server.ts'
import type { Clock, Meter } from '../../core/ports/edges.ts'
import { makeCommands } from '../../core/runtime/run-command.ts'
import { systemClock } from '../../infra/drivers/clock.ts'
import { makePasswords } from '../../infra/drivers/passwords.ts'
import { makeHttp, type HttpDeps, type HttpOptions, type HttpServer } from '../../infra/drivers/http.ts'
import { kindsOf, registryFacts } from '../../infra/registry-facts.ts'
import { makeStore } from '../../infra/store/index.ts'
import { makeKeys } from '../../infra/store/queries/keys.ts'
import { makeQueries } from '../../infra/store/queries/index.ts'
import { makeSignIns } from '../../infra/store/queries/sign-ins.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { noteOutput, noteSecrets } from './canaries.ts'
import { freshDatabase, type FreshDatabase } from './database.ts'
import { keptLog } from './quiet-log.ts'
import { makeTestChannel } from './test-channel.ts'

export const adminKey = 'inlet_admin_for-tests-only-5yqvQk0T1mXo2n8'
export const asAdmin = { authorization: `Bearer ${adminKey}` }

export interface Bench {
  readonly database: FreshDatabase
  readonly server: HttpServer
  readonly app: FastifyInstance
  readonly deps: ApiDeps
  readonly log: ReturnType<typeof keptLog>
  readonly stopping: AbortController
  /** As the administrator, unless the headers say otherwise. */
  call(options: InjectOptions): Promise<{ status: number; body: never; headers: Record<string, unknown>; text: string }>
  /** As the owner of the tables, outside row security. */
  sql(text: string, values?: unknown[]): Promise<readonly Record<string, unknown>[]>
  close(): Promise<void>
}
export interface BenchOptions {
  readonly http?: Partial<HttpOptions>
  readonly doors?: Partial<HttpDeps>
  readonly api?: Partial<ApiDeps>
  readonly clock?: Clock
  /** Of another bench, beside which this is a second process. */
  readonly database?: FreshDatabase
}

const quietMeter: Meter = { count: () => undefined, gauge: () => undefined, observe: () => undefined }

export async function apiBench(options: BenchOptions = {}): Promise<Bench> {
  noteSecrets([adminKey])
  const log = keptLog()
  const database = options.database ?? (await freshDatabase({ log }))
  const stopping = new AbortController()
  const deps = apiDeps({ database, log, stopping, options })
  const auth = makeAuth(deps)
  const server = makeHttp(
    {
      host: '127.0.0.1',
      port: 0,
      publicUrl: null,
      allowedHosts: [],
      trustedProxies: [],
      maxBodyBytes: 4 * 1024 ** 2,
      answerSeconds: 10,
      ...options.http,
    },
    {
      logger: log,
      meter: deps.meter,
      knock: async () => ({ status: 200 }),
      api: apiPlugin(deps, auth),
      auth,
      ready: async () => ({ ready: true, missing: [] }),
      metrics: async () => 'inlet_up 1\n',
      ...options.doors,
    },
  )
  await server.app.ready()
  return {
    database,
    server,
    app: server.app,
    deps,
    log,
    stopping,
    call: (asked) => call(server.app, asked),
    sql: async (text, values) => (await database.pool('owner').query(text, values)).rows as Record<string, unknown>[],
    close: async () => {
      stopping.abort()
      await server.close()
      if (options.database === undefined) await database.close()
    },
  }
}

interface Made {
  readonly database: FreshDatabase
  readonly log: ReturnType<typeof keptLog>
  readonly stopping: AbortController
  readonly options: BenchOptions
}

function apiDeps({ database, log, stopping, options }: Made): ApiDeps {
  const clock = options.clock ?? systemClock
  const channels = new Map([
    ['testchannel', makeTestChannel()],
    ['signed', makeTestChannel('signature', 'signed')],
  ])
  const registry = registryFacts(channels)
  const store = makeStore({ database, registry, emitInto: 'outbox', partitionOf: () => 0 })
  return {
    commands: makeCommands({ store, clock, meter: quietMeter }),
    queries: makeQueries({ database, capabilities: registry.capabilities }),
    keys: makeKeys(database.pool('loops')),
    signIns: makeSignIns(database),
    // The work of a real one is measured beside its driver.
    passwords: makePasswords({ memoryKib: 64, passes: 1, lanes: 1 }),
    clock,
    logger: log,
    meter: quietMeter,
    secrets: { seal: async (_workspace: WorkspaceId, place, plain) => `sealed:${place.length}:${plain.length}` },
    blobs: {
      put: () => Promise.reject(new Error('this test stores no files')),
      get: () => Promise.reject(new Error('this test has no files')),
    },
    links: { isOurs: () => Promise.resolve(false) },
    adminKey,
    publicUrl: () => 'http://127.0.0.1:8080',
    channel: (name) => channels.get(name) ?? null,
    kinds: () => kindsOf(channels.values()),
    raw: async () => null,
    keepDays: 30,
    topicPrefix: 'inlet.',
    replay: async () => ({ raws: 0, unchanged: 0, fresh: 0, corrected: 0, unreadable: 0 }),
    retryParked: async () => ({ is: 'not-found' }),
    dropParked: async () => ({ is: 'not-found' }),
    testAccount: async () => null,
    waitForEvents: (_workspace, ms, signal) => clock.sleep(Math.min(ms, 50), signal).catch(() => undefined),
    stopping: stopping.signal,
    ...options.api,
  }
}

async function call(app: FastifyInstance, asked: InjectOptions) {
  const answer = await app.inject({ ...asked, headers: { host: '127.0.0.1', ...asAdmin, ...asked.headers } })
  const text = answer.body
  noteOutput(`answers-${process.pid}`, `${text}\n`)
  const isJson = String(answer.headers['content-type'] ?? '').includes('json')
  return { status: answer.statusCode, body: (isJson ? JSON.parse(text) : text) as never, headers: answer.headers, text }
}
