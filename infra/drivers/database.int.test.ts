// The database's promises on a real server: roles, types, bounded waits, notifications.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase } from '../../test/support/database.ts'
import type { FreshDatabase } from '../../test/support/database.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

describe('roles', () => {
  it('a desk connection is never the owner', async () => {
    const { rows } = await database.pool('desk').query('select current_user as who, session_user as login')
    expect(rows).toEqual([{ who: 'inlet_desk', login: 'inlet' }])
  })
})
