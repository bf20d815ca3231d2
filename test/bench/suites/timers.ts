// Wake-ups at scale: a million that wait, a thousand due a second, and as many that were cancelled for the same hours.
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { ownServer, type OwnServer } from '../../chaos/own-database.ts'
import { masterKey } from '../../support/gateway-process.ts'
import { processorMs } from '../memory.ts'
import { suite, type Bench } from '../suite.ts'
import { median, percentile } from '../stats.ts'

const perSecond = 1_000

export default suite({
  name: 'timers',
  title: 'Wake-ups by the million',
  says: 'A gateway beside whose due wake-ups a million others wait, of the next thirty days; a thousand fall due a second, by the clock of the database. Lateness is from when one was due to when its event stood in the log. The control is the same stream, in the same round, where nothing else waits. In a third part half a million more were asked for in one second and cancelled just before it, a thousand of that second stay: beside the same second without them, with the processor time of gateway and database over it.',
  async run(bench) {
    const waiting = bench.size(1_000_000, 20_000)
    const server = await ownServer(bench.folder())
    try {
      const [full, empty] = [await opened(bench, server), await opened(bench, server)]
      bench.say('two gateways are there')
      await full.wait(waiting)
      const found: Record<keyof Found, Stream[]> = { full: [], empty: [], plain: [], cancelled: [] }
      for (let round = bench.firstRound; round < bench.rounds; round += 1) {
        const mine = await full.stream(bench)
        const control = await empty.stream(bench)
        bench.say(`p99 ${mine.p99.toFixed(0)} ms, nothing else waiting ${control.p99.toFixed(0)} ms`)
        const plain = await full.second(bench, 0)
        const cancelled = await full.second(bench, bench.size(500_000, 20_000))
        bench.say(
          `one second: p99 ${plain.p99.toFixed(0)} ms and ${plain.cpuMs.toFixed(0)} ms of processor, with the cancelled ones ${cancelled.p99.toFixed(0)} ms and ${cancelled.cpuMs.toFixed(0)} ms`,
        )
        if (round < 0) continue
        found.plain.push(plain)
        found.full.push(mine)
        found.empty.push(control)
        found.cancelled.push(cancelled)
      }
      return { ...figuresOf(found), notes: [`${waiting.toLocaleString('en')} waited.`] }
    } finally {
      await server.stop()
    }
  },
})

interface Stream {
  readonly p50: number
  readonly p99: number
  readonly most: number
  readonly early: number
  readonly fired: number
  readonly asked: number
  /** Of the table and its indexes that were looked at, for each that fired: what a look costs, whatever else runs on the machine. */
  readonly pagesEach: number
  /** Of the gateway and the server that both gateways share; 0 where there is no /proc. */
  readonly cpuMs: number
}
type Found = { readonly [K in 'full' | 'empty' | 'plain' | 'cancelled']: readonly Stream[] }

function figuresOf({ full, empty, plain, cancelled }: Found) {
  const of = (all: readonly Stream[], what: keyof Stream) => all.map((it) => it[what])
  const measure = (name: string, unit: string, [inlet, control]: readonly [readonly number[], readonly number[]]) => ({
    name,
    unit,
    better: 'lower' as const,
    inlet: [...inlet],
    control: [...control],
  })
  const all = [...full, ...empty, ...plain, ...cancelled]
  return {
    measures: [
      measure('lateness, p50', 'ms', [of(full, 'p50'), of(empty, 'p50')]),
      measure('lateness, p99', 'ms', [of(full, 'p99'), of(empty, 'p99')]),
      measure('lateness, the latest', 'ms', [of(full, 'most'), of(empty, 'most')]),
      measure('looked at for one that is due', 'pages', [of(full, 'pagesEach'), of(empty, 'pagesEach')]),
      measure('processor time a wake-up', 'ms', [
        full.map((it) => it.cpuMs / it.asked),
        empty.map((it) => it.cpuMs / it.asked),
      ]),
      measure('a second with cancelled ones, lateness, p99', 'ms', [of(cancelled, 'p99'), of(plain, 'p99')]),
      measure('a second with cancelled ones, processor time', 'ms', [of(cancelled, 'cpuMs'), of(plain, 'cpuMs')]),
    ],
    aims: [
      aim('lateness beside all that wait, p99', 'ms', median(of(full, 'p99')), 1_000),
      aim('lateness beside cancelled ones, p99', 'ms', median(of(cancelled, 'p99')), 1_000),
      aim(
        'fired before their time',
        '',
        all.reduce((sum, it) => sum + it.early, 0),
        0,
      ),
      aim(
        'fired twice, or never',
        '',
        all.reduce((sum, it) => sum + Math.abs(it.asked - it.fired), 0),
        0,
      ),
    ],
  }
}
const aim = (name: string, unit: string, value: number, bound: number) => ({
  name,
  unit,
  value,
  is: 'at most' as const,
  bound,
})

async function opened(bench: Bench, server: OwnServer) {
  const database = await server.database()
  const env = { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey }
  const gateway = await bench.inlet({ bare: true, env })
  const client = new Client({ connectionString: database.url })
  await client.connect()
  client.on('error', () => undefined) // the server ends with the suite
  await client.query('set search_path = inlet, public')
  let run = 0
  return {
    async wait(count: number): Promise<void> {
      await client.query(ask, ['waits', count, 3_600, 30 * 86_400])
      await client.query('vacuum analyze wakeup')
    },
    stream: (bench: Bench): Promise<Stream> => fired(bench, bench.size(10, 2)),
    /** A thousand due in one second, and as many more as are said that were asked for and cancelled. */
    async second(bench: Bench, cancelled: number): Promise<Stream> {
      if (cancelled === 0) return fired(bench, 1)
      // Asked for, cancelled, and the thousand after them: the filling takes its time, so the second lies beyond it.
      const inSeconds = bench.size(30, 5)
      const began = performance.now()
      await client.query(ask, [`gone${run}-`, cancelled, inSeconds, inSeconds + 1])
      await client.query(`delete from wakeup where subject like $1`, [`gone${run}-%`])
      const left = inSeconds - (performance.now() - began) / 1_000
      if (left < 1) throw new Error(`asking for ${cancelled} and cancelling them took longer than ${inSeconds - 1} s`)
      await pause((left - 1) * 1_000, undefined, { signal: bench.stop })
      return fired(bench, 1, 1)
    },
  }

  async function fired(bench: Bench, seconds: number, inSeconds = 2): Promise<Stream> {
    run += 1
    const [name, asked] = [`run${run}-`, perSecond * seconds]
    const [pages, cpu] = [await scanned(client), cpuOf()]
    await client.query(ask, [name, asked, inSeconds, inSeconds + seconds])
    await arrived(client, name, { asked, forMs: (seconds + 60) * 1_000, stop: bench.stop })
    const pagesEach = ((await scanned(client)) - pages) / asked
    return { ...(await latenessOf(client, name)), asked, pagesEach, cpuMs: cpuOf() - cpu }
  }
  function cpuOf(): number {
    return (processorMs(gateway.pid) ?? 0) + (processorMs(server.pid) ?? 0)
  }
}

/** Of tickets that are not there: what rings is heard by every worker, and does nothing. Spread evenly from a second on to another. */
const ask = `insert into wakeup (workspace, kind, subject, id, due_at, basis)
  select 'main', 'snooze', $1 || n, $1 || n, now() + make_interval(secs => $3 + ($4::float8 - $3) * n / $2), null from generate_series(1, $2::int) n`

async function arrived(
  client: Client,
  name: string,
  { asked, forMs, stop }: { readonly asked: number; readonly forMs: number; readonly stop: AbortSignal },
): Promise<void> {
  const end = performance.now() + forMs
  for (let fired = 0; fired < asked;) {
    if (stop.aborted) throw stop.reason
    if (performance.now() > end) throw new Error(`of ${asked} wake-ups ${fired} were fired in ${forMs} ms`)
    await new Promise((done) => setTimeout(done, 500))
    const { rows } = await client.query<{ waits: number }>(
      `select count(*)::int as waits from wakeup where workspace = 'main' and kind = 'snooze' and subject like $1`,
      [`${name}%`],
    )
    fired = asked - rows[0]!.waits
  }
}

async function latenessOf(client: Client, name: string) {
  const { rows } = await client.query<{ late: number }>(
    `select (extract(epoch from stored_at - (event -> 'data' ->> 'dueAt')::timestamptz) * 1000)::float8 as late
     from log_event where type = 'wake.due' and event -> 'data' ->> 'subject' like $1`,
    [`${name}%`],
  )
  const late = rows.map((it) => it.late)
  return {
    p50: percentile(late, 0.5),
    p99: percentile(late, 0.99),
    most: percentile(late, 1),
    // To the millisecond: an event says no less.
    early: late.filter((it) => it < -1).length,
    fired: late.length,
  }
}

async function scanned(client: Client): Promise<number> {
  await client.query(`select pg_stat_force_next_flush()`)
  const { rows } = await client.query<{ pages: number }>(
    `select (heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit)::float8 as pages from pg_statio_user_tables where schemaname = 'inlet' and relname = 'wakeup'`,
  )
  return rows[0]!.pages
}
