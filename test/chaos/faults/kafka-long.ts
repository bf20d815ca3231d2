// The log in Kafka and things that last: a broker that is away for minutes, one that throttles, a database that is away while intake runs at full rate.
import { setTimeout as pause } from 'node:timers/promises'
import { brake } from '../../support/kafka-broker.ts'
import type { Fault, Setting } from '../fault.ts'
import { flood, growthOf, mayGrowMegabytes } from '../flood.ts'
import type { Stage } from '../stage.ts'

const one: Setting = { layout: 'scaled', kafka: 1 }
const minuteMs = 60_000

const connectorsOf = ({ members }: Stage) => members.find(({ name }) => name === 'connectors')
const nodeOf = ({ kafka }: Stage) => {
  const node = kafka?.nodes[0]
  if (node === undefined) throw new Error('This fault needs a Kafka of its own.')
  return node
}

const awayMs = 5 * minuteMs
const throttledMs = 30_000
/** So many bytes a second of each process: far less than the load has. */
const braked = 30_000

/** Found while it went on; judged at the end. */
const wrong: string[] = []
const measures: Record<string, number> = {}
const judge = async (): Promise<readonly string[]> => wrong.splice(0)

const storeAwayMs = minuteMs
/** Larger than what lies in the log itself: such a call needs the database. */
const large = 'büyük '.repeat(15_000)

/** At full rate into Kafka alone; every second somebody sends a large one. */
async function intakeWithoutStore(stage: Stage, round: number): Promise<void> {
  const { vendor, ledger, run } = stage
  const end = performance.now() + storeAwayMs
  const grew = growthOf(connectorsOf(stage))
  const flooding = flood(stage, round, () => performance.now() > end)
  const ofLarge: number[] = []
  for (let n = 0; performance.now() < end; n += 1) {
    const id = `wamid.${run}large${round}x${n}`
    const knock = await vendor.write({ customer: 700, id, text: large }, { retry: false })
    ledger.add({ is: 'sent', id, customer: 700, answers: knock.statuses })
    ofLarge.push(knock.status)
    await pause(1_000)
  }
  const statuses = await flooding
  const { before, most } = grew()
  const taken = statuses.filter((it) => it === 200).length
  Object.assign(measures, {
    'taken in without the database': taken,
    'told to come again': statuses.length - taken,
    'grew at most (MB)': most - before,
  })
  if (taken < 1_000) wrong.push(`only ${taken} calls were taken with Kafka alone`)
  if (statuses.some((it) => it !== 200 && it !== 503))
    wrong.push(`calls were answered ${[...new Set(statuses)].join()}`)
  if (ofLarge.some((it) => it !== 503)) wrong.push(`large calls were answered ${[...new Set(ofLarge)].join()}, not 503`)
  if (most - before > mayGrowMegabytes) wrong.push(`the process grew from ${before} to ${most} MB`)
}

/** A large one is taken as soon as the database is back; the vendor repeats it until then. */
async function takenAtLast({ vendor, ledger, run }: Stage, round: number): Promise<void> {
  const id = `wamid.${run}large${round}x0`
  const knock = await vendor.write({ customer: 700, id, text: large })
  ledger.add({ is: 'sent', id, customer: 700, answers: knock.statuses })
  if (knock.statuses.at(-1) !== 200) wrong.push(`with the database back a large call was answered ${knock.statuses}`)
}

export const faults: readonly Fault[] = [
  {
    id: 'kafka-F6-long',
    says: 'the only broker is away for five minutes, and there again with its disk',
    settings: [one],
    rounds: 1,
    async disturb(stage, { n }) {
      const node = nodeOf(stage)
      await (n % 2 === 1 ? node.kill() : node.stop())
      await pause(awayMs)
      await node.start()
    },
  },
  {
    id: 'kafka-F7-throttled',
    says: 'a broker that lets each process write and read less than there is (quotas), and then as much as it likes',
    settings: [one],
    rounds: 1,
    async disturb(stage) {
      const { address } = nodeOf(stage)
      await brake(address, braked)
      await pause(throttledMs)
      await brake(address, null)
    },
  },
  {
    id: 'kafka-G14',
    says: 'the database is away for a minute while intake runs at full rate: small calls go into Kafka, large ones are told to come again, and the backlog drains',
    settings: [{ ...one, brokersStay: true, databaseDoor: true, env: { INLET_ANSWER_SECONDS: '3' } }],
    rounds: 1,
    // Whatever one process of intake took in a minute, three of workers on the same machine may take several over.
    drainWithinMs: 10 * minuteMs,
    // Replies need the database, and their agents would only wait for it.
    load: { writers: 1, agents: 0 },
    async disturb(stage, { n }) {
      if (stage.door === null) throw new Error('This fault needs a door before the database.')
      stage.door.be('refuse')
      try {
        await intakeWithoutStore(stage, n)
      } finally {
        stage.door.be('open')
      }
      await takenAtLast(stage, n)
    },
    measured: () => measures,
    alsoWrong: judge,
  },
]
