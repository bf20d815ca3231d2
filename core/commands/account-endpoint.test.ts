// Who may be behind which endpoint, decided from the record in memory.
import { describe, expect, it } from 'vitest'
import { call, emptyWorld, keyOf, type World } from '../../test/support/world.ts'
import { createAccount, dropAccount, updateAccount } from './accounts.ts'

const account = (id: string, number: string, endpoint?: string) => ({
  channel: 'pigeon',
  id,
  settings: { number },
  secrets: {},
  ...(endpoint === undefined ? {} : { endpoint }),
})
const make = (world: World, id: string, number: string, endpoint?: string) =>
  call(world, createAccount, account(id, number, endpoint))
const pair = async () => {
  const world = emptyWorld()
  await make(world, 'main', '1')
  await make(world, 'sales', '2', 'main')
  return world
}

describe('an endpoint', () => {
  it('S27 must be an endpoint of this workspace: none, itself, or one that is behind another is refused', async () => {
    const world = await pair()
    for (const endpoint of ['nobody', 'late', 'sales'])
      expect(await make(world, 'late', '3', endpoint), endpoint).toMatchObject({
        refuse: 'invalid',
        code: 'unknown_endpoint',
        field: 'endpoint',
      })
    const moved = await call(world, updateAccount, { channel: 'pigeon', id: 'sales', version: 1, endpoint: 'nobody' })
    expect(moved).toMatchObject({ code: 'unknown_endpoint' })
    expect([...world.accounts.keys()]).toEqual([keyOf('pigeon', 'main'), keyOf('pigeon', 'sales')])
  })

  it('has each route once, the receiver’s own among them; one that is switched off claims nothing', async () => {
    const world = await pair()
    for (const number of ['1', '2'])
      expect(await make(world, 'twin', number, 'main')).toMatchObject({ refuse: 'conflict', code: 'route_taken' })
    const turned = { channel: 'pigeon', id: 'sales', version: 1, settings: { number: '1' } }
    expect(await call(world, updateAccount, turned)).toMatchObject({ code: 'route_taken' })
    await call(world, updateAccount, { channel: 'pigeon', id: 'sales', version: 1, enabled: false })
    expect(await make(world, 'twin', '2', 'main')).toMatchObject({ answer: { status: 201 } })
    const again = { channel: 'pigeon', id: 'sales', version: 2, enabled: true }
    expect(await call(world, updateAccount, again)).toMatchObject({ code: 'route_taken' })
  })

  it('stays while others knock at it', async () => {
    const world = await pair()
    const main = { channel: 'pigeon', id: 'main' }
    expect(await call(world, dropAccount, main)).toMatchObject({ refuse: 'conflict', code: 'is_endpoint' })
    await make(world, 'other', '5')
    const under = await call(world, updateAccount, { ...main, version: 1, endpoint: 'other' })
    expect(under).toMatchObject({ code: 'is_endpoint' })
    await call(world, dropAccount, { channel: 'pigeon', id: 'sales' })
    expect(await call(world, dropAccount, main)).toMatchObject({ answer: { status: 204 } })
  })
})
