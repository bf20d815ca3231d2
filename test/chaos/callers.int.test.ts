// Who calls, whom we call, and the database below, on one gateway with its own database: a fault after the other, each judged by the ledger.
import { afterAll, beforeAll, it } from 'vitest'
import { faults as ofCallers, idle } from './faults/callers.ts'
import { faults as ofDatabase } from './faults/database.ts'
import { holdsOn, stageInTest, type StageInTest } from './in-tests.ts'
import { endMembers } from './member.ts'

/** `npm run chaos -- F17` opens ten thousand. */
const open = idle(1_500)
const named = (id: string) => [...ofCallers, ...ofDatabase].find((it) => it.id === id)!
// What F14 sends is set aside and stays so: it is the last.
const rounds = [
  [named('F3'), 2],
  [named('F4-flood'), 1],
  [named('F13'), 1],
  [open, 1],
  [named('F14'), 1],
] as const

let at: StageInTest
beforeAll(async () => {
  at = await stageInTest({ layout: 'one', env: { INLET_ANSWER_SECONDS: '2' } })
}, 60_000)
afterAll(async () => {
  await at.close()
  await endMembers()
})

it.each(rounds.map(([fault, count]) => ({ ...fault, fault, count })))(
  '$id G1 G2 G4 G14 $says: nothing lost, doubled or left empty',
  ({ fault, count }) => holdsOn(at, fault, count),
  120_000,
)
