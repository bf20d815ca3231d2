// Agents, groups, folders, types, topics and rules by command: made, changed from a version, dropped when nobody needs them.
import { describe, expect, it } from 'vitest'
import { accountRow, agent, received, start } from '../../test/support/given.ts'
import { call, emptyWorld, keyOf, onlyTicket, setTicket, take, type World } from '../../test/support/world.ts'
import threading from '../../workers/threading/index.ts'
import { dropAccount } from './accounts.ts'
import { dropAgent, putAgent } from './agents.ts'
import { dropBrand, putBrand } from './brands.ts'
import { dropType, putTopic, putType } from './catalogue.ts'
import { dropFolder, putFolder } from './folders.ts'
import { dropGroup, putGroup } from './groups.ts'
import { dropRule, putRule } from './rules.ts'
import { dropStatus, putStatus } from './statuses.ts'

const audited = (world: World) => world.audit.map((it) => `${it.what} ${it.subject}`)
const admin = { ...agent, scopes: ['admin'] } as const
const ada = { id: 'ada', name: 'Ada', email: 'ada@shop.example' }

async function given(): Promise<World> {
  const world = emptyWorld()
  world.accounts.set(keyOf('pigeon', 'main'), accountRow())
  await call(world, putBrand, { id: 'shop', name: 'Shop' })
  await call(world, putGroup, { id: 'money', name: 'Money' })
  await call(world, putAgent, { ...ada, groups: ['money'], brands: ['shop'] })
  await call(world, putFolder, { id: 'vault', name: 'Vault' })
  return world
}
const find = <T extends { readonly id: string }>(rows: readonly T[], id: string): T | undefined =>
  rows.find((it) => it.id === id)

describe('what is made and changed', () => {
  it('S28 has its line in the audit, with the names of what was given and no value', async () => {
    const world = await given()
    await call(world, putRule, { id: 'vip', name: 'VIP', then: { priority: 'high' } })
    await call(world, putRule, { id: 'vip', version: 1, weight: 5 })
    await call(world, dropRule, { id: 'vip' })
    expect(audited(world).slice(-3)).toEqual(['rule.created vip', 'rule.changed vip', 'rule.dropped vip'])
    expect(world.audit.at(-2)).toMatchObject({ about: { fields: 'weight' }, from: '127.0.0.1', at: start })
    expect(JSON.stringify(world.audit)).not.toContain('ada@')
  })

  it('gets an id where none was given, and what was left out as it is by default', async () => {
    const world = emptyWorld()
    for (const [command, input] of [
      [putGroup, { name: 'A' }],
      [putFolder, { name: 'B' }],
    ] as const)
      await call(world, command, input)
    await call(world, putAgent, { name: 'C', email: 'c@shop.example' })
    await call(world, putRule, { name: 'D', then: { tags: ['d'] } })
    const { groups, folders, agents, rules } = world.desk
    expect([groups[0]?.id, folders[0]?.id, agents[0]?.id, rules[0]?.id]).toEqual([
      expect.stringMatching(/^grp_[0-9a-f]{32}$/),
      expect.stringMatching(/^fld_[0-9a-f]{32}$/),
      expect.stringMatching(/^agt_[0-9a-f]{32}$/),
      expect.stringMatching(/^rul_[0-9a-f]{32}$/),
    ])
    expect(agents[0]).toMatchObject({ role: 'agent', isActive: true, brands: null, languages: [], capacity: {} })
    expect(rules[0]).toMatchObject({ weight: 0, isActive: true, on: 'created', when: null, accounts: null, version: 1 })
  })

  it('is changed from the version that was seen, and only what was given changes', async () => {
    const world = await given()
    expect(await call(world, putAgent, { ...ada })).toMatchObject({ code: 'exists', field: 'id' })
    expect(await call(world, putAgent, { id: 'ada', version: 7, name: 'x' })).toMatchObject({ code: 'stale_version' })
    expect(await call(world, putAgent, { id: 'bob', version: 1, name: 'x' })).toMatchObject({ refuse: 'not-found' })
    expect(await call(world, putAgent, { id: 'bob', email: 'b@x.example' })).toMatchObject({ code: 'name_missing' })
    expect(await call(world, putAgent, { id: 'bob', name: 'x' })).toMatchObject({ code: 'email_missing' })
    expect(await call(world, putRule, { id: 'r', name: 'x' })).toMatchObject({ code: 'then_missing' })
    expect(await call(world, putType, { key: 'refund', name: 'Refund' })).toMatchObject({ raised: [] })
    expect(await call(world, putType, { key: 'refund', name: 'Refund' })).toMatchObject({
      code: 'exists',
      field: 'key',
    })
    await call(world, putAgent, { id: 'ada', version: 1, languages: ['tr'] })
    expect(find(world.desk.agents, 'ada')).toMatchObject({ ...ada, languages: ['tr'], groups: ['money'], version: 2 })
  })

  it('D54 one e-mail address is one agent, however a Turkish keyboard writes its i', async () => {
    const world = await given()
    await call(world, putAgent, { id: 'elif', name: 'Elif', email: 'elif@shop.example' })
    for (const email of ['ELİF@shop.example', 'ELIF@SHOP.EXAMPLE', 'elıf@shop.example', 'eli\u0307f@shop.example'])
      expect(await call(world, putAgent, { id: 'other', name: 'Other', email })).toMatchObject({ code: 'email_taken' })
  })

  it('D13 a rule that names somebody who is not active any more is switched off, called otherwise and made anew: a desk is written down with both', async () => {
    const world = await given()
    await call(world, putRule, { id: 'r', name: 'R', then: { agent: 'ada' } })
    await call(world, putAgent, { id: 'ada', version: 1, isActive: false })
    expect(await call(world, putRule, { id: 'r', version: 1, isActive: false })).toMatchObject({ raised: [] })
    expect(await call(world, putRule, { id: 'r', version: 2, name: 'Later', weight: 3 })).toMatchObject({ raised: [] })
    expect(find(world.desk.rules, 'r')).toMatchObject({ name: 'Later', weight: 3, isActive: false, version: 3 })
    const fewer = { id: 'r', version: 3, channels: ['pigeon'] }
    for (const kept of [fewer, { id: 'new', name: 'R', then: { agent: 'ada' } }])
      expect(await call(world, putRule, kept)).toMatchObject({ raised: [] })
  })

  it('D54 D55 has a name that can be seen, when it is made and when it is changed', async () => {
    const world = await given()
    const unseen = { code: 'name_missing', field: 'name' }
    for (const name of [' ', '\u00a0\t', '\u200b']) {
      expect(await call(world, putAgent, { id: 'bob', name, email: 'b@x.example' })).toMatchObject(unseen)
      expect(await call(world, putAgent, { id: 'ada', version: 1, name })).toMatchObject(unseen)
      expect(await call(world, putRule, { id: 'r', name, then: { tags: ['x'] } })).toMatchObject(unseen)
      expect(await call(world, putType, { key: 'refund', name })).toMatchObject(unseen)
    }
    expect(find(world.desk.agents, 'ada')?.name).toBe('Ada')
  })

  it('D7 D8 of two keys that differ by case alone, the Turkish i too, there is one', async () => {
    const world = await given()
    for (const [command, what] of [
      [putTopic, 'topic'],
      [putType, 'type'],
    ] as const) {
      const make = (key: string) => call(world, command, { key, name: key })
      expect(await make('delivery/late')).toMatchObject({ raised: [] })
      expect(await make('Delivery/Late')).toMatchObject({
        refuse: 'conflict',
        code: 'exists',
        field: 'key',
        why: expect.stringContaining(`the ${what} "delivery/late" already`),
        facts: { [what]: 'delivery/late' },
      })
      expect(await make('DELIVERY/LATE')).toMatchObject({ code: 'exists' })
      expect(await make('delivery/latest')).toMatchObject({ raised: [] })
      expect(await call(world, command, { key: 'delivery/late', version: 1, name: 'Late' })).toMatchObject({
        raised: [],
      })
    }
  })

  it('D54 one person has one address, however it is written', async () => {
    const world = await given()
    const twin = { id: 'eda', name: 'Eda', email: 'ADA@Shop.example' }
    expect(await call(world, putAgent, twin)).toMatchObject({
      refuse: 'conflict',
      code: 'email_taken',
      facts: { agent: 'ada' },
    })
    await call(world, putAgent, { ...twin, email: 'eda@shop.example' })
    expect(await call(world, putAgent, { id: 'eda', version: 1, email: 'Ada@shop.example' })).toMatchObject({
      code: 'email_taken',
    })
    expect(await call(world, putAgent, { id: 'ada', version: 1, email: 'Ada@shop.example' })).toMatchObject({
      raised: [],
    })
  })

  it('D55 a group says all of its members; a default group says of which channels', async () => {
    const world = await given()
    await call(world, putAgent, { id: 'bob', name: 'Bob', email: 'bob@shop.example' })
    await call(world, putGroup, { id: 'money', version: 1, agents: ['bob'] })
    expect(world.desk.agents.map((it) => [it.id, it.groups])).toEqual([
      ['ada', []],
      ['bob', ['money']],
    ])
    const bare = { id: 'money', version: 2, isDefault: true }
    expect(await call(world, putGroup, bare)).toMatchObject({ code: 'channels_missing' })
    expect(await call(world, putGroup, { ...bare, channels: ['pigeon'] })).toMatchObject({ raised: [] })
  })

  it.each([
    [
      'an agent of a brand',
      putAgent,
      { id: 'x', name: 'x', email: 'x@y.z', brands: ['shp'] },
      'unknown_brand',
      'brands',
    ],
    [
      'an agent in a group',
      putAgent,
      { id: 'x', name: 'x', email: 'x@y.z', groups: ['mony'] },
      'unknown_group',
      'groups',
    ],
    ['a group of agents', putGroup, { id: 'x', name: 'x', agents: ['adda'] }, 'unknown_agent', 'agents'],
    ['a type of a brand', putType, { key: 'x', name: 'x', brands: ['shp'] }, 'unknown_brand', 'brands'],
    ['a type for a group', putType, { key: 'x', name: 'x', group: 'mony' }, 'unknown_group', 'group'],
    ['a type for an agent', putType, { key: 'x', name: 'x', agent: 'adda' }, 'unknown_agent', 'agent'],
    ['a topic of a brand', putTopic, { key: 'x', name: 'x', brands: ['shp'] }, 'unknown_brand', 'brands'],
    [
      'a rule of an account',
      putRule,
      { id: 'x', name: 'x', accounts: ['pigeon/mian'], then: { tags: ['x'] } },
      'unknown_account',
      'accounts',
    ],
    [
      'a rule that gives to a group',
      putRule,
      { id: 'x', name: 'x', then: { group: 'mony' } },
      'unknown_group',
      'then.group',
    ],
    ['a rule that sets a type', putRule, { id: 'x', name: 'x', then: { type: 'refund' } }, 'unknown_type', 'then.type'],
    [
      'a rule that puts into a folder',
      putRule,
      { id: 'x', name: 'x', then: { folders: ['valt'] } },
      'unknown_folder',
      'then.folders',
    ],
  ] as const)('a name that leads nowhere is refused: %s', async (_what, command, input, code, field) => {
    const world = await given()
    const lines = world.audit.length
    expect(await call(world, command as typeof putRule, input as never)).toMatchObject({
      refuse: 'invalid',
      code,
      field,
    })
    expect(world.audit).toHaveLength(lines)
  })
})

it('D13 D15 a condition on a kind of conversation names one that a channel here has', async () => {
  const world = await given()
  const rule = (value: string) =>
    call(world, putRule, {
      name: 'x',
      when: { not: { field: 'message.kind', op: 'is', value } },
      then: { tags: ['x'] },
    })
  expect(await rule('direct')).toMatchObject({
    refuse: 'invalid',
    code: 'unknown_kind',
    why: 'There is no kind of conversation "direct". There are: dm.',
  })
  expect(await rule('DM')).toMatchObject({ raised: [] })
})

it('D15 B13 a rule that could never be asked, or whose conditions do not fit, is not kept', async () => {
  const world = await given()
  const rule = (more: object) => call(world, putRule, { id: 'r', name: 'R', then: { tags: ['x'] }, ...more } as never)
  for (const [more, field] of [
    [{ on: 'changed' }, 'fields'],
    [{ on: 'time' }, 'after'],
    [{ when: { all: [{ field: 'message.subjct', op: 'contains', value: 'x' }] } }, 'when.all.0.field'],
    [{ when: { field: 'ticket.messageCount', op: 'contains', value: 'x' } }, 'when.op'],
    [{ on: 'message', then: { status: 'open' } }, 'then.status'],
  ] as const)
    expect(await rule(more), field).toMatchObject({ refuse: 'invalid', code: 'invalid_rule', field })
  expect(world.desk.rules).toEqual([])
})

describe('what is dropped', () => {
  it('D16 D54 D55 is not needed elsewhere; who needs it is said', async () => {
    const world = await given()
    world.desk = {
      ...world.desk,
      accounts: [{ channel: accountRow().channel, id: 'main', brand: null, mode: null, autoAfterMinutes: 10 }],
    }
    await call(world, putType, { key: 'refund', name: 'Refund', group: 'money', agent: 'ada' })
    await call(world, putRule, {
      id: 'one',
      name: 'One',
      accounts: ['pigeon/main'],
      then: { folders: ['vault'], type: 'refund' },
    })
    const refused = async (command: unknown, input: object, by: readonly string[]) => {
      const found = await call(world, command as typeof dropRule, input as never)
      expect(found).toMatchObject({ refuse: 'conflict', code: 'in_use', facts: { by } })
    }
    await refused(dropFolder, { id: 'vault' }, ['the rule one'])
    await refused(dropType, { key: 'refund' }, ['the rule one'])
    await refused(dropAccount, { channel: 'pigeon', id: 'main' }, ['the rule one'])
    await refused(dropGroup, { id: 'money' }, ['the type refund'])
    await refused(dropAgent, { id: 'ada' }, ['the type refund'])
    await refused(dropBrand, { id: 'shop' }, ['the agent ada'])
    for (const [command, input] of [
      [dropRule, { id: 'one' }],
      [dropType, { key: 'refund' }],
      [dropFolder, { id: 'vault' }],
      [dropGroup, { id: 'money' }],
      [dropAgent, { id: 'ada' }],
      [dropBrand, { id: 'shop' }],
      [dropAccount, { channel: 'pigeon', id: 'main' }],
    ] as const)
      expect(await call(world, command as typeof dropRule, input as never)).toMatchObject({ raised: [] })
    expect([world.desk.rules, world.desk.catalogue, world.desk.folders, world.desk.groups, world.desk.agents]).toEqual([
      [],
      [],
      [],
      [],
      [],
    ])
    expect(await call(world, dropRule, { id: 'one' })).toMatchObject({ refuse: 'not-found' })
  })

  it('D54 of an agent who goes what is not done is handed on, with why; what is done keeps their name', async () => {
    for (const status of ['open', 'resolved'] as const) {
      const world = await given()
      await take(world, threading, received('m1'))
      setTicket(world, onlyTicket(world).id, { assignee: 'ada', status })
      const dropped = await call(world, dropAgent, { id: 'ada' })
      const isOpen = status === 'open'
      const told = (dropped as { raised: readonly { type: string; data: object }[] }).raised
      expect(told.map(({ type }) => type)).toEqual(isOpen ? ['ticket.unassigned'] : [])
      expect(onlyTicket(world).assignee).toBe(isOpen ? null : 'ada')
    }
  })

  it('B24 a status is not dropped under a ticket that has it, and says how many there are', async () => {
    const world = await given()
    await call(world, putStatus, { key: 'stuck', name: 'Stuck', category: 'waiting' })
    await take(world, threading, received('m1'))
    setTicket(world, onlyTicket(world).id, { status: 'on_hold', customStatus: 'stuck' })
    expect(await call(world, dropStatus, { key: 'stuck' })).toMatchObject({
      code: 'in_use',
      why: 'One ticket is "stuck". Move it to another status first: GET /v1/tickets?status=stuck shows which.',
    })
  })

  it('D16 a folder lets its tickets out', async () => {
    const world = await given()
    await take(world, threading, received('m1'))
    setTicket(world, onlyTicket(world).id, { folders: ['vault', 'other'] })
    await call(world, dropFolder, { id: 'vault' })
    expect(onlyTicket(world).folders).toEqual(['other'])
  })
})

it('D56 S26 nobody makes of somebody what they do not hold: not by making, changing or dropping them', async () => {
  const world = await given()
  await call(
    world,
    putAgent,
    { id: 'boss', name: 'Boss', email: 'boss@shop.example', role: 'administrator' },
    { by: admin },
  )
  const refused = { refuse: 'forbidden', code: 'not_over' }
  const by = { ...agent, scopes: ['people:write'] } as const
  const asked = (command: unknown, input: object) => call(world, command as typeof putAgent, input, { by })
  expect(
    await asked(putAgent, { id: 'me', name: 'Me', email: 'me@shop.example', role: 'administrator' }),
  ).toMatchObject(refused)
  expect(await asked(putAgent, { id: 'ada', version: 1, role: 'administrator' })).toMatchObject(refused)
  expect(await asked(putAgent, { id: 'boss', version: 1, email: 'mine@shop.example' })).toMatchObject(refused)
  expect(await asked(dropAgent, { id: 'boss' })).toMatchObject(refused)
  expect(await asked(putAgent, { id: 'ada', version: 1, role: 'supervisor' })).toMatchObject({ raised: [] })
})

describe('who gets what changes with it', () => {
  it('D47 whoever is switched off goes offline, once, and says why', async () => {
    const world = await given()
    world.presences.set('ada', { agent: 'ada', presence: 'online', since: start })
    const off = await call(world, putAgent, { id: 'ada', version: 1, isActive: false })
    expect(off).toMatchObject({
      raised: [
        {
          type: 'agent.presence_changed',
          data: { agent: 'ada', from: 'online', to: 'offline', why: 'agent_inactive' },
        },
      ],
    })
    expect(world.presences.get('ada')?.presence).toBe('offline')
    expect(await call(world, putAgent, { id: 'ada', version: 2, isActive: true })).toMatchObject({ raised: [] })
    expect(await call(world, putAgent, { id: 'ada', version: 3, isActive: false })).toMatchObject({ raised: [] })
  })
})
