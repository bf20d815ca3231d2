// What only root can take away and give back, a round each: the disk under everything, and every name.
import { afterAll, expect, it } from 'vitest'
import { allFaults } from './all-faults.ts'
import { holdsAlone } from './in-tests.ts'
import { endMembers } from './member.ts'

const chosen = (await allFaults()).filter(({ needsRoot }) => needsRoot === true)
afterAll(() => endMembers(), 30_000)

it('all that only root can do is here', () => expect(chosen.map(({ id }) => id)).toEqual(['F11', 'F20-names']))

it.each(chosen)('$id G1 G2 G4 $says: nothing lost, doubled or left empty', (fault) => holdsAlone(fault), 120_000)
