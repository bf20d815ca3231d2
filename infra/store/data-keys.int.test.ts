// Wrapped keys in the real database: made once by several processes, rotated all or none.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase } from '../../test/support/database.ts'
import type { FreshDatabase } from '../../test/support/database.ts'
import { handClock } from '../../test/support/hand-clock.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { masterKeyFrom } from '../drivers/master-key.ts'
import { makeSecretValues } from '../drivers/secret-values.ts'
import { makeSecrets } from '../drivers/secrets.ts'
import { dataKeysIn } from './data-keys.ts'

const before = masterKeyFrom('r8Jq0v3mZc1XwT5nKe7YbL2dHs9GfUaPiVoQx4EtMy6=')
const after = masterKeyFrom('Zk3uB8yQ1sWm5Jc7VtXo2LnRa9GdHe4FpTi6KqYvNxE=')
const main = 'main' as WorkspaceId

describe('data keys in PostgreSQL', () => {
  let database: FreshDatabase
  const process = (masterKey: typeof before) =>
    makeSecrets({
      masterKey,
      dataKeys: dataKeysIn(database),
      clock: handClock(),
      data: '/nowhere',
      env: {},
      keepSecret: makeSecretValues().keepSecret,
    })
  beforeAll(async () => {
    database = await freshDatabase()
  })
  afterAll(() => database.close())

  it('G4 S16 several processes at once make one key a workspace, and each opens what another sealed', async () => {
    const processes = Array.from({ length: 6 }, () => process(before))
    const sealed = await Promise.all(processes.map((one, n) => one.seal(main, 'p', `secret ${n}`)))
    expect(await dataKeysIn(database).all()).toHaveLength(1)
    expect(await Promise.all(sealed.map((one) => process(before).open(main, 'p', one)))).toEqual(
      sealed.map((_, n) => `secret ${n}`),
    )
  })

  it('G4 the first key of a workspace stays when a slower process puts its own', async () => {
    const keys = dataKeysIn(database)
    const row = (byte: number) => ({
      workspace: 'raced' as WorkspaceId,
      id: 1,
      wrapped: Buffer.alloc(60, byte),
      masterKeyId: before.id,
    })
    await keys.put(row(1))
    await keys.put(row(2))
    expect(await keys.get('raced' as WorkspaceId)).toEqual(row(1))
    expect(await keys.get('raced' as WorkspaceId, 1)).toEqual(row(1))
    expect(await keys.get('raced' as WorkspaceId, 2)).toBeNull()
    await database.pool('owner').query(`delete from inlet.data_key where workspace = 'raced'`)
  })

  it('S16 rotation rewraps every key; the dump holds no secret and no usable key', async () => {
    const workspaces = Array.from({ length: 30 }, (_, n) => `w${n}` as WorkspaceId)
    const old = process(before)
    const sealed = await Promise.all(workspaces.map((one) => old.seal(one, 'p', `canary of ${one}`)))
    expect(await old.rewrap(after)).toBe(31)
    expect(await old.rewrap(after)).toBe(0)
    const fresh = process(after)
    expect(await Promise.all(sealed.map((one, n) => fresh.open(workspaces[n] ?? main, 'p', one)))).toContain(
      'canary of w29',
    )
    await expect(process(before).open(main, 'p', sealed[0] ?? '')).rejects.toMatchObject({ code: 'settings.invalid' })
    const { rows } = await database
      .pool('owner')
      .query<{ dump: string }>(`select string_agg(data_key::text, '') as dump from inlet.data_key`)
    for (const secret of ['canary', before.bytes.toString('hex'), after.bytes.toString('hex')])
      expect(rows[0]?.dump).not.toContain(secret)
  })

  it('a rotation that stopped half way, or names the wrong former key, changes nothing', async () => {
    const rows = await dataKeysIn(database).all()
    await expect(process(before).rewrap(masterKeyFrom('third'.repeat(9)))).rejects.toMatchObject({
      code: 'settings.invalid',
    })
    expect(
      await dataKeysIn(database).replace(
        rows.map((row) => ({ ...row, wrapped: Buffer.alloc(60) })),
        before.id,
      ),
    ).toBe(0)
    expect(await dataKeysIn(database).all()).toEqual(rows)
  })
})
