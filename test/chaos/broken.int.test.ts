// The judgement can fail: real processes of builds that break one promise each are killed like the right one, and what they lose must be found.
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { newFolder } from '../support/gateway-process.ts'
import { endMembers } from './member.ts'
import { brokenBuilds, patchedCopy } from './patched-copy.ts'
import { runInTest } from './in-tests.ts'
import type { Outcome } from './run-fault.ts'
import { once } from './once.ts'
import { faults } from './faults/kill.ts'
import { seed } from '../support/seed.ts'

const [kill] = faults
afterAll(() => endMembers(), 30_000)

/** Kills fall where they fall: a build that was lucky is killed again, by other seeds. */
const tries = 4

async function foundIn(name: string, rounds: number, isEnough: (it: Outcome) => boolean = () => true) {
  const copy = await patchedCopy(brokenBuilds[name] ?? [])
  const setting = { layout: 'whole', root: copy.root } as const
  try {
    for (let n = 0; ; n += 1) {
      const found = await runInTest((options) =>
        once(kill!, setting, { ...options, seed: seed + n, rounds, drainWithinMs: 7_000 }),
      )
      if (isEnough(found) || n + 1 === tries) return found
    }
  } finally {
    await copy.remove()
  }
}

// Each waits most of its time, on gateways of its own.
it.concurrent.each(Object.keys(brokenBuilds))(
  'F1 G1 finds what is lost by a build with this: %s',
  async (name) => {
    const { findings, accepted } = await foundIn(name, 3, (it) => it.findings.lost.length > 0)
    expect(accepted).toBeGreaterThan(30)
    expect(findings.lost.length, `seed ${seed}`).toBeGreaterThan(0)
  },
  180_000,
)

it.concurrent(
  'F1 G1 finds nothing in a copy of the right build, killed the same way',
  async () => {
    const { findings } = await foundIn('none: the right one', 2)
    expect(findings, `seed ${seed}`).toEqual({ lost: [], doubled: [], empty: [], wrong: [] })
  },
  90_000,
)

it('a patch whose words are not there is refused, so that no broken build is the right one', async () => {
  const nowhere = { file: 'core/runtime/ingest.ts', from: join(newFolder(), 'nowhere'), to: '' }
  await expect(patchedCopy([nowhere])).rejects.toThrow('0 times, not once')
})
