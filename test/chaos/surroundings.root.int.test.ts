// What only root can take away and give back, a round each: the disk under everything, and every name.
import { afterAll, expect, it } from 'vitest'
import { seed } from '../support/seed.ts'
import { allFaults } from './all-faults.ts'
import { runInTest } from './in-tests.ts'
import { endMembers } from './member.ts'
import { once } from './once.ts'

const chosen = (await allFaults()).filter(({ needsRoot }) => needsRoot === true)
afterAll(() => endMembers(), 30_000)

it('all that only root can do is here', () => expect(chosen.map(({ id }) => id)).toEqual(['F11', 'F20-names']))

it.each(chosen)(
  '$id G1 G2 G4 $says: nothing lost, doubled or left empty',
  async (fault) => {
    const { findings, accepted } = await runInTest((options) =>
      once(fault, fault.settings[0]!, { ...options, rounds: 1 }),
    )
    expect(findings, `seed ${seed}`).toEqual({ lost: [], doubled: [], empty: [], wrong: [] })
    expect(accepted).toBeGreaterThan(15)
  },
  120_000,
)
