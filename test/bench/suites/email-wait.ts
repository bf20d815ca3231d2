// How long a new mail waits until it is an event, when it comes to one of many mailboxes in which nothing happens.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { ownServer } from '../../chaos/own-database.ts'
import { startDovecot, type Dovecot } from '../../support/dovecot.ts'
import { masterKey } from '../../support/gateway-process.ts'
import { mailOf, makeMailboxes, mailControl } from '../mail.ts'
import { median, percentile } from '../stats.ts'
import { suite, type Bench, type Finding } from '../suite.ts'

/** A mail that is no event by then is a fault, not a figure. */
const longestMs = 60_000

export default suite({
  name: 'email-wait',
  title: 'The wait of a new mail',
  says: 'One mail of 7 kB a second is delivered to one after the other of 100 mailboxes of a real Dovecot, all watched over TLS and idle but for it; from the moment it lies in the mailbox to the moment another connection to the database reads its event in the log (asked every 10 ms). The control: 100 other mailboxes of the same Dovecot, a connection in IDLE each and nothing else, to the moment the server tells of the mail; its mails come half a second after ours.',
  async run(bench) {
    const dovecot = await startDovecot()
    const server = await ownServer(join(bench.folder(), 'database'))
    try {
      const { url } = await server.database()
      return await measured(bench, dovecot, url)
    } finally {
      await server.stop()
      await dovecot.stop()
    }
  },
})

async function measured(bench: Bench, dovecot: Dovecot, url: string): Promise<Finding> {
  const inlet = await bench.inlet({ bare: true, env: { DATABASE_URL: url, INLET_MASTER_KEY: masterKey } })
  const control = await mailControl(bench, dovecot)
  const boxes = bench.size(100, 3)
  const names = (prefix: string): readonly string[] => Array.from({ length: boxes }, (_, n) => `${prefix}${n}`)
  const users = await makeMailboxes(inlet, dovecot, names('wait'))
  const others = names('told').map((name) => `${name}@shop.test`)
  await fetch(`http://127.0.0.1:${control.port}/`, { method: 'POST', body: JSON.stringify({ idle: others }) })
  const log = await logReader(url)
  const found = { inlet: [] as number[][], control: [] as number[][] }
  try {
    // In front one that is not counted: code is cold in it.
    const everyMs = bench.size(1_000, 200)
    for (let round = bench.firstRound; round < bench.rounds; round += 1) {
      const mine: Delivered[] = []
      const theirs: Delivered[] = []
      for (let n = 0; n < bench.size(60, 2); n += 1) {
        const began = performance.now()
        mine.push(delivered(dovecot, users[n % boxes] ?? '', `wait${round}`, n))
        await pause(everyMs / 2, undefined, { signal: bench.stop })
        theirs.push(delivered(dovecot, others[n % boxes] ?? '', `told${round}`, n))
        await pause(Math.max(0, began + everyMs - performance.now()), undefined, { signal: bench.stop })
      }
      const events = await waits(mine, () => log.seen, bench)
      const told = await waits(theirs, async () => heardOf(await control.stats<Told>()), bench)
      bench.say(
        `p50 ${percentile(events, 0.5).toFixed(0)} ms, p99 ${percentile(events, 0.99).toFixed(0)} ms; told after ${percentile(told, 0.5).toFixed(0)} ms`,
      )
      if (round < 0) continue
      found.inlet.push(events)
      found.control.push(told)
    }
  } finally {
    await log.end()
  }
  return findingOf(found)
}

interface Delivered {
  /** The name by which it is found again: its Message-ID at the log, its mailbox at the control. */
  readonly id: string
  readonly user: string
  readonly at: number
}
function delivered(dovecot: Dovecot, user: string, run: string, n: number): Delivered {
  dovecot.deliver(user, mailOf(run, n))
  return { id: `<${run}.${n}@people.test>`, user, at: Date.now() }
}

/** When somebody saw it: by its Message-ID, or by mailbox where only that is told, in the order of the mails. */
type Seen = (mail: Delivered) => number | undefined
interface Told {
  readonly told: readonly { readonly user: string; readonly at: number }[]
}
const heardOf =
  ({ told }: Told): Seen =>
  (mail) =>
    told.find(({ user, at }) => user === mail.user && at >= mail.at)?.at

async function waits(mails: readonly Delivered[], look: () => Seen | Promise<Seen>, bench: Bench): Promise<number[]> {
  for (const began = performance.now(); ; await pause(20, undefined, { signal: bench.stop })) {
    const seen = await look()
    const left = mails.filter((it) => seen(it) === undefined)
    if (left.length === 0) return mails.map((it) => Math.max(1, (seen(it) ?? 0) - it.at))
    if (performance.now() - began > longestMs) throw new Error(`${left.length} mails were not seen: ${left[0]?.id}`)
  }
}

/** Asks the log for what is new again and again, as one of its readers would. */
async function logReader(url: string): Promise<{ readonly seen: Seen; end(): Promise<void> }> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const at = new Map<string, number>()
  let from = '-infinity'
  const over = new AbortController()
  const text = `select event -> 'data' ->> 'externalId' as id, stored_at::text as stored from inlet.log_event
    where type = 'message.received' and stored_at > $1::timestamptz order by stored_at`
  const reading = (async () => {
    while (!over.signal.aborted) {
      const { rows } = await client.query<{ readonly id: string; readonly stored: string }>({
        name: 'new',
        text,
        values: [from],
      })
      for (const { id, stored } of rows) {
        at.set(id.split(' ')[0] ?? '', Date.now())
        from = stored
      }
      await pause(10)
    }
    await client.end()
  })()
  return {
    seen: ({ id }) => at.get(id),
    async end() {
      over.abort()
      await reading
    },
  }
}

function findingOf(found: { readonly inlet: readonly number[][]; readonly control: readonly number[][] }): Finding {
  const parts = [
    { name: 'p50', share: 0.5, bound: 300 },
    { name: 'p99', share: 0.99, bound: 2_000 },
  ] as const
  const of = (rounds: readonly number[][], share: number) => rounds.map((it) => percentile(it, share))
  return {
    measures: parts.map(({ name, share }) => ({
      name: `delivery → event, ${name}`,
      unit: 'ms',
      better: 'lower',
      inlet: of(found.inlet, share),
      control: of(found.control, share),
    })),
    aims: parts.map(({ name, share, bound }) => ({
      name: `a new mail in one of 100 mailboxes, delivery → event, ${name}`,
      unit: 'ms',
      // Of all rounds together: a percentile of the few mails of one says little.
      value: percentile(found.inlet.flat(), share),
      is: 'at most',
      bound,
    })),
    notes: [
      `Dovecot itself told of a mail after ${median(found.control.flat()).toFixed(0)} ms (median): no client can be sooner by IDLE.`,
    ],
  }
}
