// Who is led out of a group: the dead alone, and nobody while it is not sure who lives.
import { describe, expect, it } from 'vitest'
import { keptLog } from '../../../test/support/quiet-log.ts'
import { makeWatch } from '../deaths.ts'
import { clientIdOf, heirOfMembers } from './dead.ts'

const [us, them, gone] = ['0000aaaa', '0000bbbb', '0000cccc'] as const
type Needs = Parameters<typeof heirOfMembers>[0]

/** A broker that knows these members, and a database that says who lives. */
function world(...members: readonly string[]) {
  const said: { alive: ReadonlySet<string> | null } = { alive: new Set([us, them]) }
  const left: string[] = []
  const clientIds = [...members.map((mark) => clientIdOf({ mark })), 'inlet', 'somebody-else']
  const described = clientIds.map((clientId) => ({ clientId, memberId: `${clientId}-1`, clientHost: '' }))
  const heir = heirOfMembers({
    groups: () => ['inlet.threading'],
    admin: {
      describeGroups: async () => ({ groups: [{ groupId: 'inlet.threading', members: described }] }),
    } as unknown as Needs['admin'],
    direct: { dismiss: async (_group, memberId) => void left.push(memberId) },
    log: keptLog(),
  })
  const watch = makeWatch({ alive: async () => said.alive }, heir)
  return { said, left, look: watch.look }
}

describe('who is led out of a group', () => {
  it('G15 who died while somebody looked, once it was missing twice', async () => {
    const { said, left, look } = world(us, them)
    await look()
    said.alive = new Set([us])
    expect(await look()).toBe(true)
    expect(left).toEqual([])
    expect(await look()).toBe(false)
    expect(left).toEqual([`inlet-${them}-1`])
  })

  it('G15 who died before anybody looked', async () => {
    const { left, look } = world(us, them, gone)
    await look()
    await look()
    expect(left).toEqual([`inlet-${gone}-1`])
  })

  it('G15 nobody who was missing for a moment', async () => {
    const { said, left, look } = world(us, them)
    await look()
    said.alive = new Set([us])
    await look()
    said.alive = new Set([us, them])
    await look()
    said.alive = new Set([us])
    await look()
    expect(left).toEqual([])
  })

  it('G15 nobody while the database cannot say who lives, and it begins anew after that', async () => {
    const { said, left, look } = world(us, them)
    await look()
    said.alive = new Set([us])
    await look()
    said.alive = null
    for (let n = 0; n < 3; n++) expect(await look()).toBe(false)
    said.alive = new Set([us])
    await look()
    expect(left).toEqual([])
    await look()
    expect(left).toEqual([`inlet-${them}-1`])
  })
})
