// The way to the database under a gateway in parts: cut, shut, silent, and answers that are lost; judged by the ledger after each.
import { afterAll, beforeAll, it } from 'vitest'
import { faults } from './faults/database.ts'
import { holdsOn, stageInTest, type StageInTest } from './in-tests.ts'
import { endMembers } from './member.ts'

const [gone, unheard] = ['F4', 'F5'].map((id) => faults.find((it) => it.id === id)!)
let at: StageInTest
beforeAll(async () => {
  at = await stageInTest(gone!.settings[0]!)
}, 60_000)
afterAll(async () => {
  await at.close()
  await endMembers()
})

it.each([
  // Cut, refused and hung, a round each.
  { ...gone!, fault: gone!, count: 3 },
  { ...unheard!, fault: unheard!, count: 1 },
])(
  '$id G1 G2 G4 G12 $says: nothing lost, doubled or left empty',
  ({ fault, count }) => holdsOn(at, fault, count),
  120_000,
)
