// The way to the database under a gateway in parts: cut, shut, silent, and answers that are lost; judged by the ledger after each.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { seed } from '../support/seed.ts'
import { faults } from './faults/database.ts'
import { stageInTest, type StageInTest } from './in-tests.ts'
import { endMembers } from './member.ts'
import { runFault } from './run-fault.ts'

const [gone, unheard] = ['F4', 'F5'].map((id) => faults.find((it) => it.id === id)!)
let at: StageInTest
beforeAll(async () => {
  at = await stageInTest(gone!.settings[0]!)
}, 60_000)
afterAll(async () => {
  await at.close()
  await endMembers()
}, 30_000)

it.each([
  // Cut, refused and hung, a round each.
  { ...gone!, fault: gone!, count: 3 },
  { ...unheard!, fault: unheard!, count: 1 },
])(
  '$id G1 G2 G4 G12 $says: nothing lost, doubled or left empty',
  async ({ fault, count }) => {
    const before = at.stage.ledger.accepted().length
    const { findings, accepted } = await runFault(fault, at.stage, { ...at.options, rounds: count })
    expect(findings, `seed ${seed}`).toEqual({ lost: [], doubled: [], empty: [], wrong: [] })
    expect(accepted - before).toBeGreaterThan(15)
  },
  120_000,
)
