// A whole house on a database of its own around the smallest real channel and its stand-in: knocked at, run, drained, looked into.
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ChannelName, WorkspaceId } from '../../schemas/ids.ts'
import type { AnyChannel } from '../../core/ports/channel.ts'
import type { Clock } from '../../core/ports/edges.ts'
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import { readRegistry } from '../../core/registry.ts'
import { deliver, type DeliverDeps } from '../../core/runtime/deliver.ts'
import { relay } from '../../core/runtime/relay.ts'
import { runWorker } from '../../core/runtime/run-worker.ts'
import { wake } from '../../core/runtime/wake.ts'
import { systemClock } from '../../infra/drivers/clock.ts'
import { foldersOf } from '../../infra/drivers/folders.ts'
import { masterKeyFrom } from '../../infra/drivers/master-key.ts'
import { makeMeter, type PublishedMeter } from '../../infra/drivers/metrics.ts'
import { buildHouse, type House, type HouseNeeds } from '../../infra/house.ts'
import { freshDatabase, type FreshDatabase } from './database.ts'
import { accountRow } from './given.ts'
import { keptLog } from './quiet-log.ts'
import { applyIn } from './record.ts'
import { openDoor, type WalkDoor } from './walk-door.ts'

export const main = 'main' as WorkspaceId
export const template = '_template' as ChannelName

export interface WalkHouse {
  readonly database: FreshDatabase
  readonly house: House
  readonly vendor: RunningStandIn
  readonly door: WalkDoor
  readonly meter: PublishedMeter
  readonly logger: ReturnType<typeof keptLog>
  /** As the owner, past row security: for looking, and for what only time or a person does. */
  sql<Row = Record<string, unknown>>(text: string, ...values: readonly unknown[]): Promise<Row[]>
  /** Another vendor's account, by its stand-in. */
  addAccount(id: string, vendor: RunningStandIn): Promise<void>
  /** Nothing is on its way any more: no worker behind, nothing in the outbox, no reply or file that could go on now. */
  drained(): Promise<void>
  close(): Promise<void>
}
export interface WalkOptions {
  readonly seed?: number
  readonly emitInto?: 'log' | 'outbox'
  readonly clock?: Clock
  /** The channel as this walk needs it: without a way to ask, with windows … */
  readonly channel?: (it: AnyChannel) => AnyChannel
  readonly wrap?: NonNullable<HouseNeeds['wrap']>
}

export async function walkHouse(options: WalkOptions = {}): Promise<WalkHouse> {
  const database = await freshDatabase()
  const data = await mkdtemp(join(tmpdir(), 'inlet-walk-'))
  const { house, meter, logger } = await houseOn(database, data, options)
  const vendor = await (await house.registry.standIn(template)).start({ seed: options.seed ?? 1 })
  const stop = new AbortController()
  const door = await openDoor(house)
  const addAccount = async (id: string, from: RunningStandIn): Promise<void> => {
    await putAccount(house, id, from)
    from.knocksAt(door.urlOf(template, id))
    while (house.directory.account(template, id) === null) await pause(5)
  }
  const following = await house.directory.follow(stop.signal)
  await addAccount('main', vendor)
  const sql = async <Row>(text: string, ...values: readonly unknown[]): Promise<Row[]> =>
    (await database.pool('owner').query(text, [...values])).rows as Row[]
  return {
    database,
    house,
    vendor,
    door,
    meter,
    logger,
    sql,
    addAccount,
    drained: () =>
      drained({
        house,
        sql,
      }),
    async close() {
      await vendor.stop()
      stop.abort()
      await door.close()
      await following.ended
      await house.close()
      meter.close()
      await database.close()
      await rm(data, {
        recursive: true,
        force: true,
      })
    },
  }
}

/** Another process on the same database is another one of these. */
export async function houseOn(database: FreshDatabase, data: string, options: WalkOptions = {}) {
  const read = await readRegistry(foldersOf(), { template: true })
  const change = options.channel ?? ((it: AnyChannel) => it)
  const channels = new Map([...read.channels].map(([name, it]) => [name, name === template ? change(it) : it]))
  const logger = keptLog()
  const meter = makeMeter({
    ofProcess: false,
    onFault: (what) => logger.error('a metric is not on the list', { what }),
  })
  const house = await buildHouse({
    database,
    meter,
    logger,
    data,
    registry: {
      ...read,
      channels,
    },
    masterKey: masterKeyFrom('a master key for walks, of no other use'),
    clock: options.clock ?? systemClock,
    blobs: 'disk',
    emitInto: options.emitInto ?? 'log',
    ...(options.wrap === undefined ? {} : { wrap: options.wrap }),
  })
  return { house, meter, logger }
}

async function putAccount(house: House, id: string, vendor: RunningStandIn): Promise<void> {
  const { settings, secrets } = vendor.account()
  const sealed = await Promise.all(
    Object.entries(secrets).map(
      async ([name, plain]) => [name, await house.secrets.seal(main, `${template}/${id}/${name}`, plain)] as const,
    ),
  )
  const account = accountRow({
    channel: template,
    id,
    endpoint: null,
    brand: null,
    settings,
    secrets: Object.fromEntries(sealed),
  })
  const routes = house.channels.get(template)?.routesOf(settings) ?? []
  await applyIn(house.store, main, [{ do: 'put-account', account, routes, create: true }])
  house.queues.nudge()
}

export interface Loops {
  /** Worker names; all of them when left out. */
  readonly workers?: readonly string[]
  readonly relay?: boolean
  readonly deliver?: boolean
  readonly wake?: boolean
  readonly owner?: string
}
/** Runs these loops; the answer ends them in order. */
export function runLoops(house: House, loops: Loops): () => Promise<void> {
  const stop = new AbortController()
  const { queues } = house
  const owner = loops.owner ?? randomUUID()
  const workers = house.registry.workers.filter((it) => loops.workers?.includes(it.name) ?? true)
  const running = workers.map((it) => runWorker(it, { ...house, attempts: queues.attempts }, stop.signal))
  if (loops.relay === true)
    running.push(relay({ ...house, outbox: queues.outbox, leases: queues.leases, owner }, stop.signal))
  if (loops.wake === true) running.push(wake({ ...house, wakeups: queues.wakeups }, stop.signal))
  if (loops.deliver === true) running.push(deliver(deliverDeps(house), stop.signal))
  return async () => {
    stop.abort()
    await Promise.all(running)
  }
}

export const deliverDeps = (house: House): DeliverDeps => ({
  ...house,
  deliveries: house.queues.deliveries,
  health: (account, state, why) =>
    void house.queues.accounts
      .health(account, state, why)
      .catch((error: unknown) => house.logger.warn('could not record the health of an account', { error })),
  down: (...asked) => house.queues.accounts.down(...asked),
  atOnce: 64,
})

/** One statement sees all groups at one moment: what a worker raised is there before its own position moves. */
const unfinished = `
  select (select coalesce(sum(l.events), 0)::int from unnest($1::text[]) g cross join lateral inlet.log_lag(g) l) as behind,
    (select count(*)::int from unnest($1::text[]) g where not exists (select from inlet.log_cursor c where c.group_name = g)) as unknown,
    (select count(*)::int from inlet.outbox) as outbox,
    (select count(*)::int from inlet.attachment where state = 'pending') as files,
    (select count(*)::int from inlet.reply r where r.state in ('queued', 'sending') and not exists (
       select from inlet.reply o where o.conversation = r.conversation and o.seq < r.seq and o.state = 'unsure')) as replies`

export async function drained(
  { house, sql }: Pick<WalkHouse, 'house' | 'sql'>,
  only: readonly string[] = house.registry.workers.map((it) => it.name),
  but: readonly string[] = [],
): Promise<void> {
  const began = house.clock.ticks()
  for (;;) {
    const [found] = await sql<Record<string, number>>(unfinished, only)
    if (Object.entries(found ?? {}).every(([name, count]) => count === 0 || but.includes(name))) return
    if (house.clock.ticks() - began > 20_000) throw new Error(`Still on its way: ${JSON.stringify(found)}`)
    await pause(20)
  }
}
