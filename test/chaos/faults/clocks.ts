// Clocks of whole processes that are wrong: hours off, minutes apart, and stepping back while everything runs.
import { setTimeout as pause } from 'node:timers/promises'
import { clockEnv } from '../../support/shifted-clock.ts'
import { secondsBehind, wrongClocks, type WrongClocks } from '../../support/wrong-clock.ts'
import type { Fault } from '../fault.ts'

const stepSeconds = 5
/** `steps` of five seconds back in a round, each after so long. */
export function steppingBack(everyMs: number, steps: number): Fault {
  const behind = [0, 0, 0]
  let clocks: WrongClocks | null = null
  return {
    id: 'F12-steps',
    says: `clocks that step back ${stepSeconds} s, one process after another, every ${everyMs / 1000} s`,
    settings: [{ layout: 'three' }],
    rounds: 3,
    async prepare(setting) {
      behind.fill(0)
      const made = (clocks = wrongClocks(behind.length))
      return { setting: { ...setting, envOf: made.envOf }, end: async () => made.end() }
    },
    async disturb(_stage, { n: round }) {
      for (let step = 0; step < steps; step += 1) {
        await pause(everyMs)
        const n = (round + step) % behind.length
        behind[n] = (behind[n] ?? 0) + stepSeconds
        clocks?.set(n, -behind[n])
      }
    },
    async alsoWrong({ members }) {
      const offs = await Promise.all(members.map(({ url }) => secondsBehind(url)))
      return offs.flatMap((off, n) =>
        Math.abs(off - (behind[n] ?? 0)) < 4
          ? []
          : [`the clock of ${n} is ${off} s behind, not ${behind[n]} s: it did not step`],
      )
    },
  }
}
export const faults: readonly Fault[] = [
  {
    id: 'F12',
    says: 'clocks an hour ahead, an hour behind, and two minutes apart, while processes are killed',
    settings: [{ layout: 'three', envOf: (n) => clockEnv({ FAKETIME: ['+3600s', '-3600s', '+120s'][n] ?? '+0s' }) }],
    rounds: 10,
    async disturb({ members }, { n }) {
      const victim = members[n % 3]
      victim?.kill('SIGKILL')
      await victim?.ended()
      await victim?.start()
    },
  },
  steppingBack(60_000, 3),
]
