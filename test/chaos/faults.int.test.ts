// Faults on whole processes in a round each; `npm run chaos -- F2` and so on does more. What has a short form elsewhere (F3, F4, F11, F13, F14, F17) is not repeated.
import { afterAll, expect, it } from 'vitest'
import { allFaults } from './all-faults.ts'
import { endMembers } from './member.ts'
import { runInTest } from './in-tests.ts'
import { once } from './once.ts'
import { seed } from '../support/seed.ts'

const here = ['F2-append', 'F2-effect', 'F2-send', 'F2-outbox', 'F5', 'F12', 'F18', 'F20-handles']
const chosen = (await allFaults()).filter(({ id }) => here.includes(id))
afterAll(() => endMembers(), 30_000)

it('all that are meant are here', () => expect(chosen.map(({ id }) => id).toSorted()).toEqual(here.toSorted()))

it.each(chosen)(
  '$id G1 G4 G12 $says: nothing lost, doubled or left empty',
  async (fault) => {
    const { findings, accepted } = await runInTest((options) =>
      once(fault, fault.settings[0]!, { ...options, rounds: 1 }),
    )
    expect(findings, `seed ${seed}`).toEqual({ lost: [], doubled: [], empty: [], wrong: [] })
    expect(accepted).toBeGreaterThan(15)
  },
  120_000,
)
