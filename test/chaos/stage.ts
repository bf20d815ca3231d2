// Everything one run of a fault needs, put up and taken down: gateway processes, their database, the vendor, the ledger and the watcher.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { seeded, type Seeded } from '../../connectors/_shared/stand-in/seeded.ts'
import type { AnyChannel } from '../../core/ports/channel.ts'
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import { readRegistry } from '../../core/registry.ts'
import { connect } from '../../infra/commands/api-client.ts'
import { ToolRefusal } from '../../infra/commands/tool.ts'
import { connectSimulated, untilAnswering } from '../../infra/commands/simulated-account.ts'
import { foldersOf } from '../../infra/drivers/folders.ts'
import { startKafkaCluster, type KafkaCluster } from '../support/kafka-broker.ts'
import type { AccountAnswer } from '../../schemas/answers.ts'
import { balancer } from './balancer.ts'
import { databaseDoor, type DatabaseDoor } from './database-door.ts'
import { deskSide, type DeskSide } from './desk-side.ts'
import type { Layout, Setting } from './fault.ts'
import { watchFeed, type FeedWatch } from './feed-watch.ts'
import { openLedger, type DriverLedger } from './ledger.ts'
import { member, type Member } from './member.ts'
import type { OwnDatabase } from './own-database.ts'

export interface Stage {
  readonly seed: number
  /** In every id of this run. */
  readonly run: string
  readonly chance: Seeded
  readonly channel: string
  readonly account: string
  readonly since: string
  readonly layout: Layout
  readonly vendor: RunningStandIn
  readonly desk: DeskSide
  readonly ledger: DriverLedger
  readonly feed: FeedWatch
  /** None where the gateway is somebody's own. */
  readonly members: readonly Member[]
  /** Where vendors knock. */
  readonly webhook: string
  readonly door: DatabaseDoor | null
  /** null with the embedded one, and where the gateway is somebody's own. */
  readonly database: OwnDatabase | null
  /** null where the log is in PostgreSQL, and where the gateway is somebody's own. */
  readonly kafka: KafkaCluster | null
  readonly folder: string
  /** Of every process that is up, or of the one with this name. */
  metrics(of?: string): Promise<readonly { readonly name: string; readonly text: string }[]>
  end(): Promise<void>
}
export interface StageOptions {
  readonly seed: number
  readonly setting: Setting
  readonly ledgerPath: string
  readonly channel?: string
  /** Makes an empty database, for layouts of several processes. */
  database(): Promise<OwnDatabase>
}

const house = resolve(import.meta.dirname, '../..')
export const masterKey = 'q7Rk2vXwT9mZ4bLs8NpHy3Jc6Gd1Fa5E'
const adminKey = 'inlet_admin_chaos_4Tn8Wq2Zx6Lr9Vb3'
const parts: Readonly<Record<Layout, readonly (readonly [name: string, ...args: string[]])[]>> = {
  one: [['gateway']],
  whole: [['gateway']],
  split: ['connectors', 'workers', 'deliver', 'api'].map((it) => [it, '--only', it] as const),
  three: [['first'], ['second'], ['third']],
  scaled: [
    ['connectors', '--only', 'connectors'],
    ...['workers-1', 'workers-2', 'workers-3'].map((it) => [it, '--only', 'workers'] as const),
    ['deliver', '--only', 'deliver'],
    ['api', '--only', 'api'],
  ],
}
const never = new AbortController().signal

export async function openStage(options: StageOptions): Promise<Stage> {
  const { setting } = options
  const folder = setting.folder ?? (await newFolder())
  const database = setting.layout === 'one' ? null : await options.database()
  const door = database !== null && setting.databaseDoor === true ? await databaseDoor(database.url) : null
  const comesBack = setting.brokersStay !== true
  const kafka = setting.kafka === undefined ? null : await startKafkaCluster(setting.kafka, { comesBack })
  const { machine } = setting
  const named = (url: string) => (machine === undefined ? url : url.replace('127.0.0.1', machine))
  const members = await Promise.all(
    parts[setting.layout].map(([name, ...args], n) =>
      member({
        name,
        args,
        root: setting.root ?? house,
        env: {
          INLET_DATA: join(folder, 'data'),
          INLET_ADMIN_KEY: adminKey,
          INLET_LOG: 'warn',
          ...(kafka === null ? {} : onKafka(kafka)),
          ...(database === null ? {} : { DATABASE_URL: named(door?.url ?? database.url), INLET_MASTER_KEY: masterKey }),
          ...setting.env,
          ...setting.envOf?.(n),
        },
        before: setting.before?.(n) ?? [],
      }),
    ),
  )
  await Promise.all(members.map((it) => it.start()))
  const front = setting.layout === 'three' ? await balancer(members.map((it) => it.url)) : null
  const knockAt = front?.url ?? members[0]?.url ?? ''
  const apiAt = front?.url ?? members.at(-1)?.url ?? ''
  const opened = await openOutside(
    { ...options, account: 'chaos', url: apiAt, knockAt },
    { INLET_ADMIN_KEY: adminKey, INLET_DATA: folder },
  )
  if (machine !== undefined) await callVendor(named(opened.vendor.apiBase), opened)
  return {
    ...opened,
    layout: setting.layout,
    members,
    door,
    database,
    kafka,
    folder,
    metrics: (of) => metricsOf(members.filter((it) => it.isUp && (of === undefined || it.name === of))),
    async end() {
      await opened.endOutside()
      for (const it of members) if (it.isUp) for (const signal of ['SIGCONT', 'SIGTERM'] as const) it.kill(signal)
      await Promise.all(
        members.map(async (it) => {
          await Promise.race([it.ended(), pause(15_000)])
          it.kill('SIGKILL')
        }),
      )
      front?.close()
      await door?.close()
      await kafka?.close()
      // A database whose gateway was killed ends a moment after it.
      if (setting.folder === undefined)
        await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
}

const onKafka = ({ addresses, nodes }: KafkaCluster): Readonly<Record<string, string>> => ({
  KAFKA_BROKERS: addresses.join(','),
  INLET_KAFKA_REPLICAS: String(nodes.length),
})
async function callVendor(apiBase: string, { desk, channel, account }: Pick<Stage, 'desk' | 'channel' | 'account'>) {
  const path = `/v1/accounts/${channel}/${account}`
  const { version, settings } = await desk.get<AccountAnswer>(path)
  await desk.client.call('PATCH', path, { body: { version, settings: { ...settings, apiBase } } })
}

export interface OutsideOptions {
  readonly seed: number
  readonly ledgerPath: string
  readonly channel?: string
  readonly account: string
  /** Of the API. */
  readonly url: string
  /** Where the vendor knocks, when that is another address. */
  readonly knockAt?: string
  readonly data?: string
  /** Of this run alone: on an installation that lives on, the same seed means neither the same people nor the same ids. */
  readonly mark?: number
}

/** What stands outside a gateway, whoever runs it: all that an operator's own installation needs. */
export async function openOutside(options: OutsideOptions, env: Readonly<Record<string, string | undefined>>) {
  const { seed, channel: name = 'whatsapp', mark } = options
  const registry = await readRegistry(foldersOf())
  const channel = registry.channels.get(name)
  if (channel === undefined)
    throw new ToolRefusal(`There is no channel ${name}; there are ${[...registry.channels.keys()].join(', ')}.`)
  const started = await (await registry.standIn(name)).start({ seed: mark ?? seed })
  const vendor = mark === undefined ? started : withOtherPeople(started, mark)
  try {
    return await outsideWith({ vendor, channel }, options, env)
  } catch (error) {
    // Left listening it would keep the process from ending.
    await vendor.stop()
    throw error
  }
}

/** Some of a stand-in's people have little but their number in their address: the next run takes others. */
const withOtherPeople = (vendor: RunningStandIn, mark: number): RunningStandIn => {
  const first = (mark % 900) * 1_000
  return {
    ...vendor,
    writeMany: (writings, options) =>
      vendor.writeMany(
        writings.map((it) => ({ ...it, customer: first + it.customer })),
        options,
      ),
  }
}

async function outsideWith(
  { vendor, channel }: { readonly vendor: RunningStandIn; readonly channel: AnyChannel },
  options: OutsideOptions,
  env: Readonly<Record<string, string | undefined>>,
) {
  const { seed, account, mark } = options
  const flags = { url: options.url, ...(options.data === undefined ? {} : { data: options.data }) }
  const client = await connect(flags, { env, stop: never })
  const { knockAt } = options
  await connectSimulated({ channel, account, standIn: vendor, ...(knockAt === undefined ? {} : { knockAt }) }, client)
  const webhook = `${knockAt ?? client.url}/in/${channel.name}/${account}`
  await untilAnswering(webhook, 12)
  const desk = deskSide(client)
  const ledger = openLedger(options.ledgerPath)
  const feed = await watchFeed(desk, { channel: channel.name, account })
  return {
    seed,
    run: `CHAOS${seed.toString(36)}${mark === undefined ? '' : `X${mark.toString(36)}`}`.toUpperCase(),
    chance: seeded(seed),
    channel: channel.name,
    account,
    since: new Date(Date.now() - 5_000).toISOString(),
    vendor,
    desk,
    ledger,
    feed,
    webhook,
    async endOutside() {
      await vendor.stop()
      ledger.close()
    },
  }
}

async function metricsOf(members: readonly Member[]) {
  return Promise.all(
    members.map(async ({ name, url }) => {
      const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } })
      return { name, text: await answer.text() }
    }),
  )
}

/** That the database's account may pass. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'inlet-chaos-'))
  await chmod(folder, 0o755)
  return folder
}
