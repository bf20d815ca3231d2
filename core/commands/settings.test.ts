// Settings by command: checked, versioned, and written into the audit without a secret's value.
import { describe, expect, it } from 'vitest'
import { after, agent, start, contactRow } from '../../test/support/given.ts'
import { call, emptyWorld, keyOf, type World } from '../../test/support/world.ts'
import { createAccount, dropAccount, updateAccount } from './accounts.ts'
import { dropBrand, putBrand } from './brands.ts'
import { keepUpload } from './keep-upload.ts'
import { makeKey, revokeKey } from './keys.ts'
import { updateContact } from './update-contact.ts'
import { putWorkspace } from './workspace.ts'

const audited = (world: World) => world.audit.map((it) => it.what)
const head = { channel: 'pigeon', id: 'main' }
const made = async () => {
  const world = emptyWorld()
  await call(world, createAccount, { ...head, settings: { number: '90850' }, secrets: { token: 'sealed:1' } })
  return { world, row: () => world.accounts.get(keyOf('pigeon', 'main')) }
}

describe('accounts', () => {
  it('S28 making one and turning its secret are lines of the audit, without the value', async () => {
    const { world, row } = await made()
    expect(row()).toMatchObject({ state: 'connecting', version: 1 })
    await call(world, updateAccount, { ...head, version: 1, secrets: { token: 'sealed:2' } })
    expect(row()).toMatchObject({ secrets: { token: 'sealed:2' }, version: 2 })
    expect(audited(world)).toEqual(['account.created', 'secret.changed', 'account.changed', 'secret.changed'])
    expect(world.audit[0]).toMatchObject({ subject: 'pigeon/main', by: agent.actor, from: '127.0.0.1', at: start })
    expect(JSON.stringify(world.audit)).not.toContain('sealed:')
  })

  it('what does not fit the channel is refused by its field', async () => {
    const world = emptyWorld()
    expect(await call(world, createAccount, { ...head, settings: {}, secrets: {} })).toMatchObject({
      field: 'settings/number',
    })
    const odd = { ...head, settings: { number: '1' }, secrets: { tokenn: 'x' } }
    expect(await call(world, createAccount, odd)).toMatchObject({ refuse: 'invalid', field: 'secrets/tokenn' })
    expect(world.accounts.size).toBe(0)
  })

  it('a stale version, a second one of that name, an unknown brand are refused', async () => {
    const { world } = await made()
    expect(await call(world, updateAccount, { ...head, version: 9 })).toMatchObject({ code: 'stale_version' })
    expect(await call(world, createAccount, { ...head, settings: { number: '1' }, secrets: {} })).toMatchObject({
      code: 'exists',
    })
    expect(await call(world, updateAccount, { ...head, version: 1, brand: 'none' })).toMatchObject({
      code: 'unknown_brand',
    })
  })

  it('switched off stays off until it is switched on; new settings connect anew; null takes a secret away', async () => {
    const { world, row } = await made()
    await call(world, updateAccount, { ...head, version: 1, enabled: false }, { now: after({ hours: 1 }) })
    expect(row()).toMatchObject({ state: 'disabled', since: after({ hours: 1 }) })
    await call(world, updateAccount, { ...head, version: 2, secrets: { token: null } })
    expect(row()).toMatchObject({ state: 'disabled', secrets: {} })
    await call(world, updateAccount, { ...head, version: 3, enabled: true })
    expect(row()?.state).toBe('connecting')
    await call(world, dropAccount, head)
    expect(row()).toBeUndefined()
  })
})

it('D71 a brand answers in a language by its tag: what it is called would be the language of tickets, and fit nothing', async () => {
  const world = emptyWorld()
  const of = (language: string) => call(world, putBrand, { id: language, name: 'Shop', language })
  for (const odd of ['Turkish', 'tr_TR', 'Türkçe'])
    expect(await of(odd)).toMatchObject({ code: 'unknown_language', field: 'language' })
  for (const tag of ['tr', 'pt-BR', 'zh-Hant']) expect(await of(tag)).toMatchObject({ answer: { status: 201 } })
})

it('a brand has a name that can be seen', async () => {
  const world = emptyWorld()
  const unseen = { code: 'name_missing', field: 'name' }
  expect(await call(world, putBrand, { id: 'shop', name: ' ' })).toMatchObject(unseen)
  await call(world, putBrand, { id: 'shop', name: 'Shop' })
  expect(await call(world, putBrand, { id: 'shop', version: 1, name: '\t' })).toMatchObject(unseen)
})

it('brands are made, changed on a version, and dropped', async () => {
  const world = emptyWorld()
  await call(world, putBrand, { id: 'shop', name: 'Mağaza', timezone: 'Europe/Istanbul' })
  expect(await call(world, putBrand, { id: 'shop', name: 'x' })).toMatchObject({ code: 'exists' })
  expect(await call(world, putBrand, { id: 'shop', version: 1, timezone: 'Mars/Base' })).toMatchObject({
    field: 'timezone',
  })
  await call(world, putBrand, { id: 'shop', version: 1, language: 'tr' })
  expect(world.brands.get('shop')).toEqual({
    id: 'shop',
    name: 'Mağaza',
    lifecycle: null,
    autoReplyBudgets: null,
    language: 'tr',
    timezone: 'Europe/Istanbul',
    calendar: null,
    version: 2,
  })
  await call(world, dropBrand, { id: 'shop' })
  expect(audited(world)).toEqual(['brand.created', 'brand.changed', 'brand.dropped'])
})

it('B6 3.8 where a brand or an account with days of its own goes, or is there again, what waits to be closed is counted anew', async () => {
  const world = emptyWorld()
  const lifecycle = { closeDays: 60 }
  const account = { ...head, settings: { number: '90850' }, secrets: { token: 'sealed:1' } }
  const isCounted = async (asked: Promise<unknown>): Promise<boolean> => {
    world.wakes.clear()
    await asked
    return world.wakes.has(keyOf('close_days', 'desk'))
  }
  for (const days of [lifecycle, { followUpDays: 3 }]) {
    const brand = { id: 'shop', name: 'Shop', lifecycle: days }
    expect(await isCounted(call(world, putBrand, brand))).toBe(days === lifecycle)
    expect(await isCounted(call(world, dropBrand, { id: 'shop' }))).toBe(days === lifecycle)
    expect(await isCounted(call(world, createAccount, { ...account, lifecycle: days }))).toBe(days === lifecycle)
    expect(await isCounted(call(world, dropAccount, head))).toBe(days === lifecycle)
  }
})

it('the workspace keeps what is not named', async () => {
  const world = emptyWorld()
  await call(world, putWorkspace, { version: 1, followUpDays: 0 })
  expect(world.workspace).toMatchObject({ followUpDays: 0, closeDays: 14, version: 2 })
  expect(await call(world, putWorkspace, { version: 1 })).toMatchObject({
    code: 'stale_version',
    facts: { version: 2 },
  })
})

it('S28 a key is made with no more than its maker holds, and revoked once', async () => {
  const world = emptyWorld()
  const hash = 'h'.repeat(64)
  const input = { name: 'crm', scopes: ['tickets:read' as const], prefix: 'inl_ab', hash }
  const by = { ...agent, scopes: ['keys:write'] as const }
  expect(await call(world, makeKey, input, { by })).toMatchObject({ refuse: 'forbidden', field: 'scopes' })
  expect(await call(world, makeKey, { ...input, expiresAt: start })).toMatchObject({ code: 'already_over' })
  await call(world, makeKey, input)
  const [key] = world.keys.keys()
  await call(world, revokeKey, { key: key! })
  await call(world, revokeKey, { key: key! })
  expect(audited(world)).toEqual(['key.created', 'key.revoked'])
  expect(JSON.stringify(world.audit)).not.toContain(hash)
})

it('a contact’s name is corrected once', async () => {
  const world = emptyWorld()
  const row = contactRow('Ayse')
  world.contacts.set(row.id, row)
  await call(world, updateContact, { contact: row.id, name: 'Ayşe' })
  await call(world, updateContact, { contact: row.id, name: 'Ayşe' })
  expect(world.events.map((it) => it.data)).toEqual([{ contact: row.id, field: 'name', from: 'Ayse', to: 'Ayşe' }])
})

it('an upload waits to be used', async () => {
  const world = emptyWorld()
  const sha256 = 'a'.repeat(64)
  await call(world, keepUpload, { name: 'fiş.png', type: 'image/png', size: 3, sha256, blob: `sha256:${sha256}` })
  expect([...world.uploads.values()]).toMatchObject([{ attachment: { name: 'fiş.png', state: 'stored' } }])
})
