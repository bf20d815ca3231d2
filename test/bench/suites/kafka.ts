// The same measurements with the log in Kafka: taking in, waiting, end to end, and what more processes of workers carry through.
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ownServer, type OwnServer } from '../../chaos/own-database.ts'
import { masterKey } from '../../support/gateway-process.ts'
import { startKafkaBroker, type KafkaBroker } from '../../support/kafka-broker.ts'
import { allAccepted, load, type Job } from '../load-job.ts'
import type { Inlet, InletOptions } from '../inlet.ts'
import { suite, type Bench, type Finding } from '../suite.ts'
import { median, percentile, ratios } from '../stats.ts'

const partitions = 12
const connections = 64
const rates = [200, 1_000]
const processes = [1, 2, 4]
/** The broker and the database are there for all of it; each gateway has its own topics and its own database in them. */
interface Ground {
  readonly bench: Bench
  readonly broker: KafkaBroker
  readonly server: OwnServer
}
type Target = Pick<Job, 'port' | 'path' | 'line'>
type Found = Pick<Finding, 'measures' | 'aims'>

export default suite({
  name: 'kafka',
  title: 'With the log in Kafka',
  says: `One broker of Kafka on this machine, ${partitions} partitions a topic, acks all. Taking in: ${connections} connections, each call sent when the one before was answered. Waiting: open loop, 20 % sent twice, the receiving process alone. The control: node:http, HMAC, JSON.parse, one batch under way in each partition of the same broker. End to end: the whole gateway in one process, 200 new customers a second. Workers: what waits is handled by so many processes of \`--only workers\`; the figure that scales beyond these cores is the CPU a message costs them.`,
  async run(bench) {
    const broker = await startKafkaBroker()
    const server = await ownServer(join(bench.folder(), 'database'))
    try {
      const ground = { bench, broker, server }
      const found = [await receiving(ground), await endToEnd(ground), await workers(ground)]
      return { measures: found.flatMap((it) => it.measures), aims: found.flatMap((it) => it.aims) }
    } finally {
      await server.stop()
      await broker.close()
    }
  },
})

async function settings({ broker, server }: Ground): Promise<Readonly<Record<string, string>>> {
  return {
    KAFKA_BROKERS: broker.address,
    INLET_KAFKA_PREFIX: `bench${randomUUID().slice(0, 8)}.`,
    INLET_KAFKA_PARTITIONS: String(partitions),
    DATABASE_URL: (await server.database()).url,
    INLET_MASTER_KEY: masterKey,
  }
}

async function receiving(ground: Ground): Promise<Found> {
  const { bench, broker } = ground
  const inlet = await bench.inlet({ only: 'connectors,api', env: await settings(ground) })
  const words = [broker.address, `control${randomUUID().slice(0, 8)}`, inlet.target.line.appSecret, String(partitions)]
  const control = await bench.control('receive-kafka', ...words)
  const sides = [
    { who: 'Inlet', to: inlet.target },
    { who: 'the control', to: { ...inlet.target, port: control.port } },
  ] as const
  const found = [await ingest(sides, bench), await latency(sides, bench)]
  await inlet.end()
  await control.end()
  return { measures: found.flatMap((it) => it.measures), aims: found.flatMap((it) => it.aims) }
}

type Sides = readonly { readonly who: string; readonly to: Target }[]
let from = 0
/** Never the same messages twice. */
const next = (): number => (from += 10_000_000)

async function ingest(sides: Sides, bench: Bench): Promise<Found> {
  const seconds = bench.size(8, 0.3)
  const found = sides.map(() => ({ rates: [] as number[], p99: [] as number[] }))
  for (let round = bench.firstRound; round < bench.rounds; round += 1) {
    for (const [at, { who, to }] of sides.entries()) {
      const job: Job = { ...to, is: 'closed', connections, seconds, from: next(), seed: 1, customers: 5_000 }
      const done = allAccepted(await load(job, bench.stop), who)
      if (round < 0) continue // both were cold
      found[at]!.rates.push(done.accepted / done.seconds)
      found[at]!.p99.push(percentile(done.latencies, 0.99))
      bench.say(`${who} ${(done.accepted / done.seconds).toFixed(0)}/s`)
    }
  }
  const [inlet, control] = [found[0]!, found[1]!]
  return {
    measures: [
      { name: 'calls on Kafka', unit: 'a second', better: 'higher', inlet: inlet.rates, control: control.rates },
      {
        name: 'answer at full load on Kafka, p99',
        unit: 'ms',
        better: 'lower',
        inlet: inlet.p99,
        control: control.p99,
      },
    ],
    aims: [
      {
        name: 'calls taken in on Kafka, of what the control takes',
        unit: '×',
        value: median(ratios(inlet.rates, control.rates)),
        is: 'at least',
        bound: 0.5,
      },
    ],
  }
}

async function latency(sides: Sides, bench: Bench): Promise<Found> {
  const all: Found[] = []
  for (const rate of rates) {
    const found = sides.map(() => ({ p50: [] as number[], p99: [] as number[] }))
    for (let round = 0; round < bench.rounds; round += 1)
      for (const [at, { who, to }] of sides.entries()) {
        const rest = { rate, repeatShare: 0.2, seconds: bench.size(5, 0.3), from: next(), seed: 2, customers: 5_000 }
        const { latencies } = allAccepted(await load({ ...to, is: 'open', ...rest }, bench.stop), who)
        found[at]!.p50.push(percentile(latencies, 0.5))
        found[at]!.p99.push(percentile(latencies, 0.99))
        bench.say(`${who}, ${rate}/s: p99 ${found[at]!.p99.at(-1)!.toFixed(1)} ms`)
      }
    const [inlet, control] = [found[0]!, found[1]!]
    const title = `answer at ${rate}/s on Kafka, the receiving process alone`
    const both = (['p50', 'p99'] as const).map((part) => ({
      name: `${title}, ${part}`,
      unit: 'ms',
      better: 'lower' as const,
      inlet: inlet[part],
      control: control[part],
    }))
    const value = median(ratios(inlet.p99, control.p99))
    const aim = { name: `${title}, p99, of the control’s`, unit: '×', value, is: 'at most', bound: 2 } as const
    all.push({ measures: both, aims: [aim] })
  }
  return { measures: all.flatMap((it) => it.measures), aims: all.flatMap((it) => it.aims) }
}

async function endToEnd(ground: Ground): Promise<Found> {
  const { bench } = ground
  const inlet = await bench.inlet({ env: await settings(ground) })
  const watch = { path: '/v1/tickets?limit=50', headers: inlet.asAdmin }
  const found = { p50: [] as number[], p99: [] as number[] }
  for (let round = bench.firstRound; round < bench.rounds; round += 1) {
    const rest = { rate: 200, repeatShare: 0, seconds: bench.size(8, 0.5), from: next(), seed: 3, customers: 0, watch }
    const { seen } = allAccepted(await load({ ...inlet.target, is: 'open', ...rest }, bench.stop), 'Inlet')
    if (round < 0) continue
    found.p50.push(percentile(seen, 0.5))
    found.p99.push(percentile(seen, 0.99))
    bench.say(`call to readable ticket, p99 ${found.p99.at(-1)!.toFixed(0)} ms`)
  }
  await inlet.end()
  const name = 'call to readable ticket on Kafka'
  return {
    measures: (['p50', 'p99'] as const).map((part) => ({
      name: `${name}, ${part}`,
      unit: 'ms',
      better: 'lower',
      inlet: found[part],
      control: [],
    })),
    aims: [{ name: `${name} at 200/s, p99`, unit: 'ms', value: median(found.p99), is: 'at most', bound: 200 }],
  }
}

async function workers(ground: Ground): Promise<Found> {
  const all: { readonly count: number; readonly perSecond: number; readonly cpuMs: number }[] = []
  for (const count of ground.bench.size(processes, [1])) {
    const { perSecond, cpuMs } = await drainBy(count, ground)
    all.push({ count, perSecond, cpuMs })
    ground.bench.say(`${count} of workers: ${perSecond.toFixed(0)}/s, ${cpuMs.toFixed(2)} ms of CPU a message`)
  }
  const named = (count: number): string => `${count} ${count === 1 ? 'process' : 'processes'} of workers`
  return {
    measures: all.flatMap(({ count, perSecond, cpuMs }) => [
      {
        name: `handled by ${named(count)}`,
        unit: 'a second',
        better: 'higher' as const,
        inlet: [perSecond],
        control: [],
      },
      { name: `CPU a message, ${named(count)}`, unit: 'ms', better: 'lower' as const, inlet: [cpuMs], control: [] },
    ]),
    aims: [
      {
        name: 'CPU a message, four processes of workers, of one’s',
        unit: '×',
        value: all.at(-1)!.cpuMs / all[0]!.cpuMs,
        is: 'at most',
        bound: 1.25,
      },
    ],
  }
}

/** Held still while messages gather, then let go: nothing but them is measured, all of them from the first moment on. */
async function drainBy(count: number, ground: Ground): Promise<{ readonly perSecond: number; readonly cpuMs: number }> {
  const { bench } = ground
  const env = await settings(ground)
  const start = (options: InletOptions): Promise<Inlet> => bench.inlet({ ...options, env })
  const hears = await start({ only: 'connectors,api' })
  const all = await Promise.all(Array.from({ length: count }, () => start({ only: 'workers', bare: true })))
  const of = async (name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> => {
    const each = await Promise.all(all.map(async (it) => it.metric(await it.metrics(), name, labels)))
    return each.reduce((sum, value) => sum + value, 0)
  }
  const threaded = () => of('inlet_handled_total', { worker: 'threading' })
  const drained = () => Promise.all(all.map((it) => it.drained()))
  await drained()
  const before = { cpu: await of('process_cpu_seconds_total'), handled: await threaded() }
  for (const it of all) it.kill('SIGSTOP')
  const rest = { rate: bench.size(2_000, 200), repeatShare: 0, seconds: bench.size(5, 1), from: next(), seed: 4 }
  const job: Job = { ...hears.target, ...rest, is: 'open', customers: 5_000 }
  const { accepted } = allAccepted(await load(job, bench.stop), 'Inlet')
  for (const it of all) it.kill('SIGCONT')
  // From the moment they were let go: a small run is over before anybody looks twice.
  const points = [{ seconds: performance.now() / 1000, handled: 0 }]
  for (let handled = 0; handled < accepted;) {
    bench.stop.throwIfAborted()
    handled = (await threaded()) - before.handled
    points.push({ seconds: performance.now() / 1000, handled })
    await pause(200)
  }
  await drained()
  const cpuMs = (1000 * ((await of('process_cpu_seconds_total')) - before.cpu)) / accepted
  const middle = points.filter(({ handled }) => handled > accepted * 0.1 && handled < accepted * 0.9)
  const [first, last] = middle.length > 1 ? [middle[0]!, middle.at(-1)!] : [points[0]!, points.at(-1)!]
  for (const it of [...all, hears]) await it.end()
  return { perSecond: (last.handled - first.handled) / Math.max(0.2, last.seconds - first.seconds), cpuMs }
}
