// The verbs of the desk: templates, accounts, brands, keys, what is set aside; and what is shown of a change.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChannelName, Instant } from '../../../schemas/ids.ts'
import type { TemplateRow } from '../../../core/ports/rows.ts'
import type { StoreTx } from '../../../core/ports/store.ts'
import type { Change } from '../../../core/ports/worker.ts'
import { accountRow, after, received, start } from '../../../test/support/given.ts'
import { applyIn, openThread, threadNamed } from '../../../test/support/record.ts'
import { main, openStoreRig, type StoreRig } from '../../../test/support/store-rig.ts'

const pigeon = 'pigeon' as ChannelName
const home = { channel: pigeon, account: 'main' } as const

describe('verbs of the desk', () => {
  let rig: StoreRig
  beforeAll(async () => {
    rig = await openStoreRig()
  })
  afterAll(() => rig.close())

  const apply = (...changes: readonly Change[]) => applyIn(rig.store, main, changes)
  const read = <T>(work: (read: StoreTx['read']) => Promise<T>): Promise<T> =>
    rig.store.transaction(async (enter) => work((await enter(main)).read))

  it('set-template: the newest fact stands, whatever order they come in', async () => {
    const fact = (at: Instant, state: TemplateRow['state']): Change => ({
      do: 'set-template',
      template: {
        ...home,
        template: '77',
        name: 'hi',
        language: 'tr',
        state,
        quality: null,
        category: 'UTILITY',
        why: null,
        at,
      },
    })
    await apply(fact(after({ hours: 2 }), 'approved'), fact(start, 'pending'))
    await apply(fact(after({ hours: 1 }), 'rejected'))
    const seen = await read(async ({ templates }) => [
      (await templates.one('pigeon', 'main', 'hi', 'tr'))?.state,
      (
        await templates.byIds([
          { ...home, template: '77', language: 'en' },
          { ...home, template: '77', language: 'tr' },
        ])
      ).map((row) => row?.at ?? null),
    ])
    expect(seen).toEqual(['approved', [null, after({ hours: 2 })]])
  })

  it('accounts: endpoints, routes and health, where an older fact changes nothing', async () => {
    await apply(
      { do: 'put-account', account: accountRow({ endpoint: null }), routes: ['1'], create: true },
      {
        do: 'put-account',
        account: accountRow({ id: 'sales', endpoint: 'main', tokenHash: 'h' }),
        routes: ['2', '1'],
        create: true,
      },
    )
    const health = (state: 'degraded' | 'connected' | null, at: Instant, facts = {}): Change => ({
      do: 'set-health',
      ...home,
      state,
      why: 'said so',
      facts,
      at,
    })
    await apply(
      health('degraded', after({ hours: 2 }), { quality: 'RED' }),
      health('connected', after({ hours: 1 })),
      health(null, after({ hours: 3 }), { limit: '5' }),
    )
    const seen = await read(async ({ accounts }) => [
      await accounts.one('pigeon', 'main'),
      (await accounts.ofEndpoint('pigeon', 'main')).map((row) => row.id),
    ])
    expect(seen).toMatchObject([
      { state: 'degraded', since: after({ hours: 2 }), why: 'said so', facts: { quality: 'RED', limit: '5' } },
      ['main', 'sales'],
    ])
    await apply({ do: 'drop-account', channel: 'pigeon', account: 'sales' })
    expect(await rig.sql('select route from inlet.account_route')).toEqual([{ route: '1' }])
  })

  it('brands, keys, workspace and audit', async () => {
    const brand = { id: 'shop', name: 'Shop', language: 'tr', timezone: 'Europe/Istanbul', calendar: null, version: 1 }
    await apply({ do: 'put-brand', brand })
    await apply({ do: 'put-brand', brand: { ...brand, name: 'Shop 2', version: 2 } })
    await apply({
      do: 'put-key',
      key: 'key_9',
      name: 'tool',
      prefix: 'ink_9',
      hash: 'h9',
      scopes: ['tickets:read'],
      expiresAt: null,
      at: start,
    })
    await apply(
      { do: 'revoke-key', key: 'key_9', at: after({ hours: 1 }) },
      {
        do: 'put-workspace',
        workspace: {
          id: 'main',
          name: 'Us',
          onReply: 'open',
          followUpDays: 0,
          closeDays: 3,
          requireTopic: true,
          version: 2,
        },
      },
    )
    await apply({
      do: 'audit',
      what: 'key.revoked',
      subject: 'key_9',
      by: { kind: 'agent', id: 'a' },
      from: '127.0.0.1',
      about: { n: 1 },
      at: start,
    })
    const seen = await read(async (it) => [
      await it.brands.one('shop'),
      await it.keys.one('key_9'),
      await it.workspace(),
    ])
    expect(seen).toMatchObject([
      { name: 'Shop 2', version: 2 },
      { scopes: ['tickets:read'], createdAt: start, revokedAt: after({ hours: 1 }), lastUsedAt: null },
      { name: 'Us', onReply: 'open', followUpDays: 0, closeDays: 3, version: 2 },
    ])
    await apply({ do: 'drop-brand', brand: 'shop' })
    expect(await read((it) => it.brands.one('shop'))).toBeNull()
    expect(await rig.sql('select what, actor_id, from_address, about from inlet.audit')).toEqual([
      { what: 'key.revoked', actor_id: 'a', from_address: '127.0.0.1', about: { n: 1 } },
    ])
  })

  it('set-aside keeps one row an event, under the name a retry looks for', async () => {
    const event = received('unreadable')
    await apply({ do: 'set-aside', event, why: 'no JSON' }, { do: 'set-aside', event, why: 'still no JSON' })
    expect(await rig.sql('select worker, why, attempts from inlet.parked')).toEqual([
      { worker: 'normalize', why: 'still no JSON', attempts: 1 },
    ])
  })

  it('what is shown is the resource as it stands inside the transaction', async () => {
    await apply(...openThread('s1'))
    const { ticket } = threadNamed('s1')
    const shown = await rig.store.transaction(async (enter) => {
      const tx = await enter(main)
      await tx.apply([{ do: 'set-ticket', ticket, set: { priority: 'urgent' }, at: start }])
      return [await tx.show('ticket', ticket), await tx.show('ticket', 'tkt_none')]
    })
    expect(shown).toMatchObject([{ id: ticket, priority: 'urgent', statusCategory: 'open', version: 2 }, null])
  })
})
