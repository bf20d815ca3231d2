// Clocks of whole processes that are wrong: hours off, minutes apart, and stepping back while everything runs.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { faketime } from '../../servers/faketime.server.ts'
import type { Fault } from '../fault.ts'

/** The time of a whole process, so much beside the right one. What waits for a time that passes keeps its own clock, as on a machine. */
const clock = (how: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  LD_PRELOAD: faketime() ?? 'libfaketime is missing: npm run servers',
  FAKETIME_DONT_FAKE_MONOTONIC: '1',
  FAKETIME_NO_CACHE: '1',
  ...how,
})

const stepSeconds = 5
/** `steps` of five seconds back in a round, each after so long. */
export function steppingBack(everyMs: number, steps: number): Fault {
  const files: string[] = []
  const behind = [0, 0, 0]
  const set = (n: number): void => {
    // Whole or not at all: who reads half of it has another time.
    writeFileSync(`${files[n]}.next`, `-${behind[n]}s`)
    renameSync(`${files[n]}.next`, files[n] ?? '')
  }
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
        setting: { ...setting, envOf: (n) => clock({ FAKETIME_TIMESTAMP_FILE: files[n] ?? '' }) },
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
/** As its answers say. */
async function secondsBehind(url: string): Promise<number> {
  const answer = await fetch(`${url}/healthz`)
  await answer.arrayBuffer()
  return Math.round((Date.now() - Date.parse(answer.headers.get('date') ?? '')) / 1000)
}

export const faults: readonly Fault[] = [
  {
    id: 'F12',
    says: 'clocks an hour ahead, an hour behind, and two minutes apart, while processes are killed',
    settings: [{ layout: 'three', envOf: (n) => clock({ FAKETIME: ['+3600s', '-3600s', '+120s'][n] ?? '+0s' }) }],
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
