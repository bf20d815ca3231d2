// A real Kafka broker for tests: one node, quick settings, its data in a folder of its own; can be stopped, killed and started again.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { kafkaJars } from '../servers/kafka.server.ts'
import { run } from '../servers/server.ts'

export interface KafkaBroker {
  readonly address: string
  /** Where its logs lie: `<topic>-<partition>/`. */
  readonly data: string
  readonly pid: () => number
  kill(): Promise<void>
  stop(): Promise<void>
  /** After `kill` or `stop`; `emptied`: with an empty disk. */
  start(options?: { readonly emptied?: boolean }): Promise<void>
  /** Ends it and removes its folder. */
  close(): Promise<void>
}

const clusterId = 'AAAAAAAAAAAAAAAAAAAAAQ'
const quick = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Djava.awt.headless=true']

export interface BrokerOptions {
  /** Lines of server.properties that differ. */
  readonly more?: readonly string[]
  /** Words for the tool that makes its disk, such as users. */
  readonly format?: readonly string[]
  /** Other ways in: `SASL_SSL://127.0.0.1:9093`. */
  readonly listeners?: readonly string[]
  /** It will be killed or stopped, and is to lead again soon after; one that stays up is not to be taken for dead when the machine is busy. */
  readonly comesBack?: boolean
}

export async function startKafkaBroker(options: BrokerOptions = {}): Promise<KafkaBroker> {
  const ports = [{ broker: await freePort(), controller: await freePort() }]
  const broker = await kafkaNode({ ...options, id: 1, ports })
  await broker.start()
  return broker
}

export interface KafkaCluster {
  readonly addresses: readonly string[]
  readonly nodes: readonly KafkaBroker[]
  close(): Promise<void>
}

/** Three of them keep everything three times, and a write counts when two have it; any one may die. */
export async function startKafkaCluster(
  size: 1 | 3,
  { more = [], comesBack = true }: Pick<BrokerOptions, 'more' | 'comesBack'> = {},
): Promise<KafkaCluster> {
  const ids = Array.from({ length: size }, (_, n) => n + 1)
  const ports = await Promise.all(ids.map(async () => ({ broker: await freePort(), controller: await freePort() })))
  const lines = [...(size === 1 ? [] : keptThrice), ...more]
  const nodes = await Promise.all(ids.map((id) => kafkaNode({ id, ports, more: lines, comesBack })))
  await Promise.all(nodes.map((node) => node.start()))
  return {
    addresses: nodes.map((node) => node.address),
    nodes,
    close: async () => void (await Promise.all(nodes.map((node) => node.close()))),
  }
}

const keptThrice = [
  'default.replication.factor=3',
  'min.insync.replicas=2',
  'offsets.topic.replication.factor=3',
  'transaction.state.log.replication.factor=3',
  'transaction.state.log.min.isr=2',
  'share.coordinator.state.topic.replication.factor=3',
  'share.coordinator.state.topic.min.isr=2',
  // Leadership goes back to where it belongs soon after a broker is back, so that a run sees it move.
  'leader.imbalance.check.interval.seconds=5',
]

interface Ports {
  readonly broker: number
  readonly controller: number
}
interface NodeOptions extends BrokerOptions {
  readonly id: number
  /** Of all nodes, in the order of their ids from 1 on. */
  readonly ports: readonly Ports[]
}

/** Not started. */
async function kafkaNode(options: NodeOptions): Promise<KafkaBroker> {
  const { id, ports, more = [], format = [] } = options
  const jars = kafkaJars()
  if (jars === null) throw new Error('Kafka is not here. Run: npm run servers')
  const folder = await mkdtemp(join(tmpdir(), 'inlet-kafka-'))
  const data = join(folder, 'data')
  const config = join(folder, 'server.properties')
  await writeFile(config, [...propertiesOf(options, data), ...more].join('\n'))
  const classes = ['-cp', join(jars, '*')]
  const address = `127.0.0.1:${ports[id - 1]?.broker}`
  const makeDisk = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config, '--ignore-formatted', ...format]
  let child: ChildProcess | null = null

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = child
    child = null
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return
    const ended = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill(signal)
    await ended
  }
  return {
    address,
    data,
    pid: () => child?.pid ?? 0,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async start({ emptied = false } = {}) {
      if (emptied) await rm(data, { recursive: true, force: true })
      await run('java', [...quick, '-Xmx128m', ...classes, ...makeDisk])
      const words = [...quick, '-Xms128m', '-Xmx512m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', ...classes]
      const starting = spawn('java', [...words, 'kafka.Kafka', config], { stdio: ['ignore', 'ignore', 'inherit'] })
      child = starting
      running.add(starting)
      starting.once('exit', () => running.delete(starting))
      await untilItAnswers(address, starting)
    },
    async close() {
      await end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** So many bytes a second may each client write and read; null: as many as it likes. As an operator does it (kafka-configs). */
export async function brake(address: string, bytesASecond: number | null): Promise<void> {
  const quotas = ['producer_byte_rate', 'consumer_byte_rate']
  const change =
    bytesASecond === null
      ? ['--delete-config', quotas.join(',')]
      : ['--add-config', quotas.map((name) => `${name}=${bytesASecond}`).join(',')]
  const classes = ['-XX:TieredStopAtLevel=1', '-cp', join(kafkaJars() ?? '', '*')]
  const where = ['--bootstrap-server', address, '--alter', '--entity-type', 'clients', '--entity-default']
  await run('java', [...classes, 'kafka.admin.ConfigCommand', ...where, ...change])
}

/** A test run that ends on the way leaves no broker behind. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** The controller takes a broker that said nothing for so long for dead. It is the floor of every fail-over, and of a start after a kill. */
const brokerSessionMs = { comesBack: 3_000, stays: 30_000 }

const propertiesOf = (
  { id, ports, listeners = [], comesBack = false }: NodeOptions,
  data: string,
): readonly string[] => {
  const { broker, controller } = ports[id - 1] ?? { broker: 0, controller: 0 }
  return [
    'process.roles=broker,controller',
    `node.id=${id}`,
    `controller.quorum.voters=${ports.map((it, n) => `${n + 1}@127.0.0.1:${it.controller}`).join(',')}`,
    `listeners=${[`PLAINTEXT://127.0.0.1:${broker}`, `CONTROLLER://127.0.0.1:${controller}`, ...listeners].join(',')}`,
    `advertised.listeners=${[`PLAINTEXT://127.0.0.1:${broker}`, ...listeners].join(',')}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    `log.dirs=${data}`,
    'num.partitions=1',
    'default.replication.factor=1',
    'min.insync.replicas=1',
    'offsets.topic.replication.factor=1',
    'offsets.topic.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'transaction.state.log.num.partitions=4',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'share.coordinator.state.topic.num.partitions=2',
    'group.initial.rebalance.delay.ms=0',
    'num.network.threads=2',
    'num.io.threads=2',
    'num.recovery.threads.per.data.dir=1',
    'log.cleaner.dedupe.buffer.size=4194304',
    'log.index.size.max.bytes=102400',
    'auto.create.topics.enable=false',
    `broker.session.timeout.ms=${comesBack ? brokerSessionMs.comesBack : brokerSessionMs.stays}`,
    'broker.heartbeat.interval.ms=500',
  ]
}

/** Three that start on a machine full of other work take minutes. */
const answersWithinMs = 180_000

async function untilItAnswers(address: string, child: ChildProcess): Promise<void> {
  const kafka = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 0 } })
  const endAt = performance.now() + answersWithinMs
  while (child.exitCode === null && performance.now() < endAt) {
    const admin = kafka.admin()
    try {
      await admin.connect()
      if ((await admin.describeCluster()).brokers.length > 0) return
    } catch {
      await new Promise((resolve) => void setTimeout(resolve, 100))
    } finally {
      await admin.disconnect().catch(() => undefined)
    }
  }
  throw new Error(`Kafka did not answer at ${address}; exit code ${child.exitCode}`)
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** How many batches of records lie in a topic: each begins with its offset and its length. */
export async function batchesIn(data: string, topic: string, read: (path: string) => Promise<Buffer>): Promise<number> {
  const folders = (await readdir(data)).filter((name) => name.startsWith(`${topic}-`))
  let batches = 0
  for (const folder of folders)
    for (const file of (await readdir(join(data, folder))).filter((name) => name.endsWith('.log'))) {
      const bytes = await read(join(data, folder, file))
      for (let at = 0; at + 12 <= bytes.length; at += 12 + bytes.readInt32BE(at + 8)) batches++
    }
  return batches
}
