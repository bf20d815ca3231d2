// Leases of a process that died: free a moment later, however long they would still run; those of the living stay.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../test/contracts/event-log/under-test.ts'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { makeLeases } from '../store/queues/leases.ts'
import { onLoops } from '../store/queues/on-loops.ts'
import { openDatabase } from './database.ts'
import { makeWatch } from './deaths.ts'
import { heirOfLeases, leaseOwner } from './lease-owners.ts'

/** Nobody waits for one to run out. */
const longSeconds = 500
let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

it('F18 G15 what a process held is taken by another as soon as it is dead, also by one that came later; what the living hold is theirs', async () => {
  const leases = makeLeases(onLoops(database))
  await database.presence.show()
  await eventually('the server to be up for a while', async () => (await database.presence.alive()) !== null)
  const me = leaseOwner(database.presence)
  const stranger = 'of-a-release-that-named-no-process'
  expect(await leases.take('receive/mine', me, longSeconds)).toEqual({ epoch: 1 })
  expect(await leases.take('receive/unnamed', stranger, longSeconds)).toEqual({ epoch: 1 })
  const watch = makeWatch(database.presence, heirOfLeases(leases))
  // Two that die: one before anybody looks, one while somebody does.
  for (const [name, looksBefore] of [
    ['relay', 0],
    ['housekeep', 1],
  ] as const) {
    const other = await openDatabase({ databaseUrl: database.url, dataDir: '', log: keptLog() })
    await other.presence.show()
    expect(await leases.take(name, leaseOwner(other.presence), longSeconds)).toEqual({ epoch: 1 })
    for (let n = 0; n < looksBefore; n++) expect(await watch.look()).toBe(false)
    await other.close()
    await eventually('its session to be over', async () => (await database.presence.alive())?.size === 1)
    expect(await watch.look()).toBe(true)
    expect(await leases.take(name, me, longSeconds)).toBeNull()
    expect(await watch.look()).toBe(false)
    expect(await leases.take(name, me, longSeconds)).toEqual({ epoch: 2 })
  }
  expect(await leases.take('receive/mine', 'somebody', 1)).toBeNull()
  expect(await leases.take('receive/unnamed', 'somebody', 1)).toBeNull()
}, 60_000)
