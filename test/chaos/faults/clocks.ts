// Clocks of whole processes that are wrong: hours off, minutes apart, and stepping back while everything runs.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { clockEnv, secondsBehind, writeShift } from '../../support/shifted-clock.ts'
import type { Fault } from '../fault.ts'

const stepSeconds = 5
/** `steps` of five seconds back in a round, each after so long. */
export function steppingBack(everyMs: number, steps: number): Fault {
  const files: string[] = []
  const behind = [0, 0, 0]
  const set = (n: number): void => writeShift(files[n] ?? '', -(behind[n] ?? 0))
  return {
    id: 'F12-steps',
    says: `clocks that step back ${stepSeconds} s, one process after another, every ${everyMs / 1000} s`,
    settings: [{ layout: 'three' }],
    rounds: 3,
    async prepare(setting) {
      const folder = mkdtempSync(join(tmpdir(), 'inlet-chaos-clock-'))
      files.splice(0, 3, ...[0, 1, 2].map((n) => join(folder, `clock-${n}`)))
      behind.fill(0)
      for (const n of files.keys()) set(n)
      return {
        setting: { ...setting, envOf: (n) => clockEnv({ FAKETIME_TIMESTAMP_FILE: files[n] ?? '' }) },
        end: async () => rmSync(folder, { recursive: true, force: true }),
      }
    },
    async disturb(_stage, { n: round }) {
      for (let step = 0; step < steps; step += 1) {
        await pause(everyMs)
        const n = (round + step) % files.length
        behind[n] = (behind[n] ?? 0) + stepSeconds
        set(n)
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
