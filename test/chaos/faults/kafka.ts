// The log in Kafka: brokers that die, come back and come back empty, leaders that move, processes that die, freeze, come and go.
import { setTimeout as pause } from 'node:timers/promises'
import type { Fault, Round, Setting } from '../fault.ts'
import type { Member } from '../member.ts'
import type { Stage } from '../stage.ts'

const one: Setting = { layout: 'scaled', kafka: 1 }
const three: Setting = { layout: 'scaled', kafka: 3 }
/** Longer than a member of a group may be silent (10 s) and than the relay's lease (10 s). */
const frozenMs = 13_000

const brokerOf = ({ kafka }: Stage, { n }: Round) => {
  const node = kafka?.nodes[n % kafka.nodes.length]
  if (node === undefined) throw new Error('This fault needs a Kafka of its own.')
  return node
}
const workersOf = ({ members }: Stage): readonly Member[] => members.filter(({ name }) => name.startsWith('workers'))

export const faults: readonly Fault[] = [
  {
    id: 'kafka-F1',
    says: 'kill -9 of gateway processes at random moments, their log in Kafka',
    settings: [one],
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
      await node.kill()
      await pause(5_000 + round.chance.number(5_000, 'away', round.n))
      await node.start()
    },
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
    async disturb({ kafka }) {
      for (const node of kafka?.nodes ?? []) {
        await node.stop()
        await pause(500)
        await node.start()
        await pause(6_000)
      }
    },
  },
  {
    id: 'kafka-F9-frozen',
    says: 'a process that reads is frozen longer than its group waits and its leases hold, then goes on as if nothing had been',
    settings: [one],
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
    says: 'G15: processes that read join and leave every two seconds, by turns politely and killed',
    settings: [one],
    rounds: 2,
    async disturb(stage) {
      const all = workersOf(stage)
      for (let turn = 0; turn < 30; turn += 1) {
        const it = all[turn % all.length]
        it?.kill(turn % 2 === 0 ? 'SIGTERM' : 'SIGKILL')
        await Promise.all([it?.ended(), pause(1_000)])
        await Promise.all([it?.start(), pause(1_000)])
      }
    },
  },
]
