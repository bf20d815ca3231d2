// What a ticket names of the desk: its type and topic, its people, its folders; and what resolving asks for.
import { describe, expect, it } from 'vitest'
import { accountRow, after, received, start } from '../../test/support/given.ts'
import { call, emptyWorld, keyOf, onlyTicket, setTicket, take, type World } from '../../test/support/world.ts'
import threading from '../../workers/threading/index.ts'
import { putAgent } from './agents.ts'
import { putBrand } from './brands.ts'
import { dropType, putTopic, putType } from './catalogue.ts'
import { createTicket, type CreateTicketInput } from './create-ticket.ts'
import { dropFolder, putFolder } from './folders.ts'
import { putGroup } from './groups.ts'
import { updateTicket, type UpdateTicketInput } from './update-ticket.ts'

async function given(): Promise<World> {
  const world = emptyWorld()
  world.accounts.set(keyOf('pigeon', 'main'), accountRow())
  await call(world, putBrand, { id: 'shop', name: 'Shop' })
  await take(world, threading, received('m1'))
  return world
}
const patch = (world: World, more: Partial<UpdateTicketInput>, now = start) => {
  const { id: ticket, version } = [...world.tickets.values()][0]!
  return call(world, updateTicket, { ticket, version, ...more }, { now })
}
const open = (world: World, more: Partial<CreateTicketInput>) => call(world, createTicket, { subject: 'x', ...more })

describe('type and topic', () => {
  it.each(['type', 'topic'] as const)(
    'D7 D8 a %s is a word of the catalogue of its brand, where there is one',
    async (what) => {
      const world = await given()
      expect(await patch(world, { [what]: 'whatever' })).toMatchObject({ raised: [{ type: `ticket.${what}_changed` }] })
      const put = what === 'type' ? putType : putTopic
      await call(world, put, { key: 'billing/refund', name: 'Refund', brands: ['shop'] })
      const code = `unknown_${what}`
      for (const said of [
        await patch(world, { [what]: 'billing/refnd' }),
        await open(world, { brand: 'shop', [what]: 'refund' }),
      ])
        expect(said).toMatchObject({
          refuse: 'invalid',
          code,
          field: what,
          why: expect.stringContaining('billing/refund'),
        })
      expect(await patch(world, { [what]: 'billing/refund' })).toMatchObject({
        raised: [{ data: { to: 'billing/refund' } }],
      })
      expect(await open(world, { brand: 'shop', [what]: 'billing/refund' })).toMatchObject({ answer: { status: 201 } })
      expect(await open(world, { [what]: 'of no brand' })).toMatchObject({ answer: { status: 201 } })
    },
  )

  it('D7 what a ticket has already stays when the catalogue changes, and null is always a type', async () => {
    const world = await given()
    await call(world, putType, { key: 'old', name: 'Old' })
    await patch(world, { type: 'old' })
    await call(world, putType, { key: 'new', name: 'New' })
    await call(world, dropType, { key: 'old' })
    expect(await patch(world, { type: 'old', priority: 'high' })).toMatchObject({
      raised: [{ type: 'ticket.priority_changed' }],
    })
    expect(await patch(world, { type: null })).toMatchObject({ raised: [{ data: { from: 'old', to: null } }] })
    expect(await patch(world, { type: 'old' })).toMatchObject({ code: 'unknown_type' })
  })

  it('D8 resolving needs a topic where the workspace says so: set before or with it', async () => {
    const world = await given()
    world.workspace = { ...world.workspace, requireTopic: true }
    for (const status of ['resolved', 'closed'] as const)
      expect(await patch(world, { status })).toMatchObject({
        refuse: 'invalid',
        code: 'topic_required',
        field: 'topic',
      })
    expect(await patch(world, { status: 'spam' })).toMatchObject({ answer: { status: 200 } })
    await patch(world, { status: 'open' })
    expect(await patch(world, { status: 'resolved', topic: 'late' })).toMatchObject({ answer: { status: 200 } })
    await patch(world, { status: 'reopened' })
    expect(await patch(world, { status: 'resolved', topic: null })).toMatchObject({ code: 'topic_required' })
    expect(await patch(world, { status: 'resolved' })).toMatchObject({ answer: { status: 200 } })
  })
})

describe('people and folders', () => {
  it('D45 an agent and a group that are set are there, where the workspace has some', async () => {
    const world = await given()
    expect(await patch(world, { assignee: 'of another tool', group: 'as well' })).toMatchObject({
      answer: { status: 200 },
    })
    await call(world, putAgent, { id: 'ada', name: 'Ada', email: 'ada@shop.example' })
    await call(world, putGroup, { id: 'money', name: 'Money' })
    world.presences.set('ada', { agent: 'ada', presence: 'online', since: start })
    expect(await patch(world, { assignee: 'adda' })).toMatchObject({
      code: 'unknown_agent',
      field: 'assignee',
      why: expect.stringContaining('did you mean "ada"?'),
    })
    expect(await patch(world, { group: 'mony' })).toMatchObject({ code: 'unknown_group', field: 'group' })
    expect(await open(world, { assignee: 'adda' })).toMatchObject({ code: 'unknown_agent' })
    expect(await patch(world, { assignee: 'ada', group: 'money' })).toMatchObject({ answer: { status: 200 } })
  })

  it('D45 D54 a ticket is opened for nobody who may not see it or is not active; who is away may have it', async () => {
    const world = await given()
    await call(world, putBrand, { id: 'club', name: 'Club' })
    for (const [id, more] of Object.entries({ ada: { brands: ['shop'] }, bob: { isActive: false }, cem: {} }))
      await call(world, putAgent, { id, name: id, email: `${id}@shop.example`, ...more })
    const opens = (assignee: string) => open(world, { brand: 'club', assignee })
    expect(await opens('ada')).toMatchObject({ refuse: 'forbidden', code: 'not_authorised', field: 'assignee' })
    expect(await opens('bob')).toMatchObject({ refuse: 'conflict', code: 'not_available', field: 'assignee' })
    expect(await opens('cem')).toMatchObject({ answer: { status: 201 } })
    expect(await open(world, { brand: 'shop', assignee: 'ada' })).toMatchObject({ answer: { status: 201 } })
  })

  it('D45 since when a ticket is theirs goes with whose it is', async () => {
    const world = await given()
    await patch(world, { assignee: 'ada' }, after({ minutes: 1 }))
    expect(onlyTicket(world).assignedAt).toBe(after({ minutes: 1 }))
    await patch(world, { assignee: 'ada', priority: 'high' }, after({ minutes: 2 }))
    expect(onlyTicket(world).assignedAt).toBe(after({ minutes: 1 }))
    await patch(world, { assignee: 'bob' }, after({ minutes: 3 }))
    expect(onlyTicket(world).assignedAt).toBe(after({ minutes: 3 }))
    await patch(world, { assignee: null }, after({ minutes: 4 }))
    expect(onlyTicket(world)).toMatchObject({ assignee: null, assignedAt: null })
  })

  it('D16 a person puts a ticket into folders and takes it out, an event each; priority is not touched', async () => {
    const world = await given()
    for (const id of ['a', 'b']) await call(world, putFolder, { id, name: id })
    expect(await patch(world, { folders: ['a', 'x'] })).toMatchObject({ code: 'unknown_folder', field: 'folders' })
    expect(await patch(world, { folders: ['a', 'b'] })).toMatchObject({
      raised: [
        { type: 'ticket.foldered', data: { folder: 'a', isIn: true } },
        { type: 'ticket.foldered', data: { folder: 'b', isIn: true } },
      ],
    })
    expect(await patch(world, { folders: ['b', 'a'] })).toMatchObject({ raised: [] })
    expect(await patch(world, { folders: ['b'] })).toMatchObject({
      raised: [{ type: 'ticket.foldered', data: { folder: 'a', isIn: false } }],
    })
    expect(onlyTicket(world)).toMatchObject({ folders: ['b'], priority: 'low' })
    await call(world, dropFolder, { id: 'b' })
    expect(onlyTicket(world).folders).toEqual([])
    await call(world, putFolder, { id: 'c', name: 'c' })
    await open(world, { folders: ['c'] })
    expect([...world.tickets.values()].at(-1)?.folders).toEqual(['c'])
  })

  it('D27 D71 a language is kept by its tag, however it was typed, and the same tag is no change', async () => {
    const world = await given()
    expect(await patch(world, { language: 'TR-tr' })).toMatchObject({
      raised: [{ data: { to: 'tr-TR' } }, { type: 'contact.updated', data: { to: 'tr-TR' } }],
    })
    for (const language of ['tr-tr', 'tr-TR', 'Tr-Tr'])
      expect(await patch(world, { language })).toMatchObject({ raised: [] })
    await open(world, { language: 'ZH-hant-tw' })
    expect([...world.tickets.values()].at(-1)?.language).toBe('zh-Hant-TW')
  })

  it('D16 D19 what rules put on a ticket is sent back whole and taken off, more of it than a person may add', async () => {
    const world = await given()
    const [tags, folders] = ['t', 'f'].map((it) => Array.from({ length: 60 }, (_, n) => `${it}${n}`)) as [
      string[],
      string[],
    ]
    for (const id of [...folders, 'more']) await call(world, putFolder, { id, name: id })
    setTicket(world, onlyTicket(world).id, { tags, folders })
    expect(await patch(world, { tags, folders, priority: 'high' })).toMatchObject({
      raised: [{ type: 'ticket.priority_changed' }],
    })
    expect(await patch(world, { tags: [...tags, 'more'] })).toMatchObject({ code: 'too_many_tags', field: 'tags' })
    expect(await patch(world, { folders: [...folders, 'more'] })).toMatchObject({ code: 'too_many_folders' })
    expect(await patch(world, { tags: tags.slice(1) })).toMatchObject({ raised: [{ type: 'ticket.untagged' }] })
    expect(await patch(world, { tags: [...tags.slice(11), 'more'] })).toMatchObject({ raised: { length: 11 } })
    expect(onlyTicket(world).tags).toHaveLength(50)
    expect(await open(world, { tags: tags.slice(0, 51) })).toMatchObject({ code: 'too_many_tags' })
  })
})
