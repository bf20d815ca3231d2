// The log in Kafka: brokers that die, come back and come back empty, leaders that move, processes that die, freeze, come and go.
import { setTimeout as pause } from 'node:timers/promises'
import { startProbe } from '../kafka-probe.ts'
import type { Fault, Round, Setting } from '../fault.ts'
import type { Member } from '../member.ts'
import type { Stage } from '../stage.ts'

const one: Setting = { layout: 'scaled', kafka: 1 }
/** The processes are what breaks. */
const steady: Setting = { ...one, brokersStay: true }
const three: Setting = { layout: 'scaled', kafka: 3 }
/** Longer than a member of a group may be silent (10 s) and than the relay's lease (10 s). */
const frozenMs = 13_000

const brokerOf = ({ kafka }: Stage, { n }: Round) => {
  const node = kafka?.nodes[n % kafka.nodes.length]
  if (node === undefined) throw new Error('This fault needs a Kafka of its own.')
  return node
}
const workersOf = ({ members }: Stage): readonly Member[] => members.filter(({ name }) => name.startsWith('workers'))

/** Around what breaks: how long a writer and a reader of the log stood still, partition by partition. The worst of all rounds. */
function stalls() {
  const worst = { producerMs: 0, consumerMs: 0, beyondMs: 0 }
  return {
    async around({ kafka }: Stage, work: () => Promise<void>): Promise<void> {
      const probe = await startProbe(kafka?.addresses ?? [], kafka?.nodes.length ?? 1)
      try {
        await work()
        await pause(probeAfterMs)
      } finally {
        const found = await probe.stop()
        for (const name of Object.keys(worst) as (keyof typeof worst)[])
          worst[name] = Math.max(worst[name], found[name])
      }
    },
    measured: () => ({
      'longest a writer waited (ms)': worst.producerMs,
      'longest a reader got nothing (ms)': worst.consumerMs,
      'longest a reader stood beyond its writer (ms)': worst.beyondMs,
    }),
    tooLong: (): readonly string[] =>
      worst.beyondMs <= mostBeyondMs
        ? []
        : [`readers stood still ${Math.round(worst.beyondMs)} ms longer than writers, and ${mostBeyondMs} is the aim`],
  }
}
const probeAfterMs = 5_000
const mostBeyondMs = 2_000
const whenKilled = stalls()
const whenMoved = stalls()

/** How old the oldest event that threading has not handled became, over all partitions: none stood still for longer. */
function ages() {
  let oldestMs = 0
  return {
    async around(stage: Stage, work: () => Promise<void>): Promise<void> {
      const over = new AbortController()
      const watching = (async () => {
        while (!over.signal.aborted) {
          const [page] = await stage.metrics('connectors').catch(() => [])
          const found = page?.text.matchAll(/^inlet_lag_seconds\{worker="threading",partition="[^"]+"\} (\S+)/gm) ?? []
          oldestMs = Math.max(oldestMs, ...[...found].map((it) => Number(it[1]) * 1_000))
          await pause(1_000)
        }
      })()
      try {
        await work()
      } finally {
        over.abort()
        await watching
      }
    },
    measured: () => ({ 'oldest event not handled (ms)': oldestMs }),
    tooLong: (): readonly string[] =>
      oldestMs <= mostStillMs
        ? []
        : [`a partition stood still for ${Math.round(oldestMs)} ms, and ${mostStillMs} is the most`],
  }
}
/** A group's session and ten seconds (G15). */
const mostStillMs = 20_000
const whenStormy = ages()
const whenDying = ages()

/** One after the other, a change in the group every second or as soon as a process is up. */
async function comeAndGo(stage: Stage, how: (turn: number) => NodeJS.Signals): Promise<void> {
  const all = workersOf(stage)
  for (let turn = 0; turn < 30; turn += 1) {
    const it = all[turn % all.length]
    it?.kill(how(turn))
    await Promise.all([it?.ended(), pause(1_000)])
    await Promise.all([it?.start(), pause(1_000)])
  }
}

export const faults: readonly Fault[] = [
  {
    id: 'kafka-F1',
    says: 'kill -9 of gateway processes at random moments, their log in Kafka',
    settings: [steady],
    rounds: 20,
    async disturb({ members }, { n, chance }) {
      const victim = members[chance.number(members.length, 'victim', n)]
      victim?.kill('SIGKILL')
      await victim?.ended()
      if (chance.number(5, 'away', n) === 0) await pause(1_500)
      await victim?.start()
    },
  },
  {
    id: 'kafka-F6-away',
    says: 'the only broker killed or stopped, away for a while, and there again with its disk',
    settings: [one],
    rounds: 5,
    async disturb(stage, round) {
      const node = brokerOf(stage, round)
      await (round.n % 2 === 1 ? node.kill() : node.stop())
      await pause(1_000 + round.chance.number(8_000, 'away', round.n))
      await node.start()
    },
  },
  {
    id: 'kafka-F6-killed',
    says: 'one broker of three killed with -9 under load, away for a while, and there again',
    settings: [three],
    rounds: 6,
    async disturb(stage, round) {
      const node = brokerOf(stage, round)
      await whenKilled.around(stage, async () => {
        await node.kill()
        await pause(8_000 + round.chance.number(4_000, 'away', round.n))
        await node.start()
      })
    },
    measured: whenKilled.measured,
    alsoWrong: async () => whenKilled.tooLong(),
  },
  {
    id: 'kafka-F6-emptied',
    says: 'one broker of three killed under load, and there again with an empty disk',
    settings: [three],
    rounds: 3,
    async disturb(stage, round) {
      const node = brokerOf(stage, round)
      await node.kill()
      await pause(4_000)
      await node.start({ emptied: true })
      await pause(8_000) // it takes what it lost from the others
    },
  },
  {
    id: 'kafka-F6-leaders',
    says: 'leaders move under load: three brokers stopped and started one after the other, and leadership goes home again',
    settings: [three],
    rounds: 2,
    async disturb(stage) {
      await whenMoved.around(stage, async () => {
        for (const node of stage.kafka?.nodes ?? []) {
          await node.stop()
          await pause(500)
          await node.start()
          await pause(6_000)
        }
      })
    },
    measured: whenMoved.measured, // said; the aim is of a broker that dies
  },
  {
    id: 'kafka-F9-frozen',
    says: 'a process that reads is frozen longer than its group waits and its leases hold, then goes on as if nothing had been',
    settings: [steady],
    rounds: 6,
    async disturb(stage, { n }) {
      const frozen = workersOf(stage)[n % 3]
      frozen?.kill('SIGSTOP')
      await pause(frozenMs)
      frozen?.kill('SIGCONT')
      await pause(1_000)
    },
  },
  {
    id: 'kafka-F9-storm',
    says: 'G15: processes that read leave and join again all the time, politely',
    settings: [steady],
    rounds: 2,
    // What is measured is how long a partition stands still, not how far workers that are seldom there fall behind.
    load: { writers: 4, pauseMs: 150 },
    disturb: (stage) => whenStormy.around(stage, () => comeAndGo(stage, () => 'SIGTERM')),
    measured: whenStormy.measured,
    alsoWrong: async () => whenStormy.tooLong(),
  },
  {
    id: 'kafka-F9-deaths',
    says: 'G15: processes that read join and leave all the time, by turns politely and killed',
    settings: [steady],
    rounds: 2,
    load: { writers: 4, pauseMs: 150 },
    disturb: (stage) => whenDying.around(stage, () => comeAndGo(stage, (n) => (n % 2 === 0 ? 'SIGTERM' : 'SIGKILL'))),
    measured: whenDying.measured,
    alsoWrong: async () => whenDying.tooLong(),
  },
]
