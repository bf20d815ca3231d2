// Faults on whole processes in a round each; `npm run chaos -- F2` and so on does more. Those that can share a gateway have files of their own.
import { afterAll, expect, it } from 'vitest'
import { allFaults } from './all-faults.ts'
import { steppingBack } from './faults/clocks.ts'
import { holdsAlone } from './in-tests.ts'
import { endMembers } from './member.ts'

const here = ['F2-append', 'F2-effect', 'F2-send', 'F2-outbox', 'F12', 'F18', 'F20-memory', 'F20-handles']
/** A minute is half a second: a hundred and twenty times as often as a bad clock does it. */
const often = steppingBack(500, 5)
const chosen = [...(await allFaults()).filter(({ id }) => here.includes(id)), often]
afterAll(() => endMembers(), 30_000)

it('all that are meant are here', () =>
  expect(chosen.map(({ id }) => id).toSorted()).toEqual([...here, often.id].toSorted()))

it.each(chosen)('$id G1 G4 G12 $says: nothing lost, doubled or left empty', (fault) => holdsAlone(fault), 120_000)
