// What surrounds a process: clocks that are wrong, schedulers that are two, memory and file handles that run out.
import { setTimeout as pause } from 'node:timers/promises'
import { faketime } from '../../servers/faketime.server.ts'
import type { Fault } from '../fault.ts'

/** The time of a whole process, so much beside the right one. */
const clock = (offset: string): Readonly<Record<string, string>> => ({
  LD_PRELOAD: faketime() ?? 'libfaketime is missing: npm run servers',
  FAKETIME: offset,
  // What waits for a time that passes keeps its own clock, as on a machine whose clock was set.
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  FAKETIME_NO_CACHE: '1',
})
const oneAfterAnother = async (
  members: readonly { kill(signal: NodeJS.Signals): void; ended(): Promise<void>; start(): Promise<number> }[],
): Promise<void> => {
  for (const it of members) {
    it.kill('SIGKILL')
    await it.ended()
    await it.start()
  }
}

export const faults: readonly Fault[] = [
  {
    id: 'F12',
    says: 'clocks an hour ahead, an hour behind, and two minutes apart, while processes are killed',
    settings: [{ layout: 'three', envOf: (n) => clock(['+3600s', '-3600s', '+120s'][n] ?? '+0s') }],
    rounds: 10,
    disturb: async ({ members }, { n }) => oneAfterAnother(members.slice(n % 3, (n % 3) + 1)),
  },
  {
    id: 'F18',
    says: 'three of every scheduler, relay and sender; one is frozen longer than its leases, then goes on',
    settings: [{ layout: 'three' }],
    rounds: 10,
    async disturb({ members }, { n }) {
      const frozen = members[n % members.length]
      frozen?.kill('SIGSTOP')
      await pause(6_500)
      frozen?.kill('SIGCONT')
    },
  },
  {
    id: 'F20-memory',
    says: 'a process that the system ends for its memory: a heap of 96 MB, and kill -9 where that was enough',
    settings: [{ layout: 'three', envOf: (n) => (n === 0 ? { NODE_OPTIONS: '--max-old-space-size=96' } : {}) }],
    rounds: 10,
    disturb: async ({ members }) => oneAfterAnother(members.slice(0, 1)),
  },
  {
    id: 'F20-handles',
    says: 'file handles run out under a flood of connections, and are there again',
    settings: [{ layout: 'one', before: () => ['sh', '-c', 'ulimit -n 160; exec "$0" "$@"'] }],
    rounds: 5,
    async disturb({ webhook }) {
      const { hostname, port } = new URL(webhook)
      const { connect } = await import('node:net')
      const idle = Array.from({ length: 400 }, () => connect(Number(port), hostname).on('error', () => undefined))
      await pause(2_000)
      for (const socket of idle) socket.destroy()
    },
  },
]
