// A few rounds of what `npm run chaos -- F1` does two hundred times.
import { afterAll, expect, it } from 'vitest'
import { endMembers } from './member.ts'
import { faults } from './faults/kill.ts'
import { runInTest } from './in-tests.ts'
import { once } from './once.ts'
import { seed } from '../support/seed.ts'

const [kill] = faults
afterAll(() => endMembers(), 30_000)

it.each(kill!.settings)(
  'F1 G1 G4 G12 G19 kill -9 at random moments under load ($layout): nothing lost, doubled or left empty',
  async (setting) => {
    const { findings, accepted, repeats, deadlocks } = await runInTest((options) =>
      once(kill!, setting, { ...options, rounds: 2 }),
    )
    expect(findings, `seed ${seed}`).toEqual({ lost: [], doubled: [], empty: [], wrong: [] })
    expect(accepted).toBeGreaterThan(50)
    expect(repeats).toBeGreaterThan(5)
    expect(deadlocks ?? 0).toBe(0)
  },
  120_000,
)
