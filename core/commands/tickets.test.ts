// Opening and changing tickets by people and tools, over a record in memory.
import { describe, expect, it } from 'vitest'
import { accountRow, after, agent, id, received, start } from '../../test/support/given.ts'
import {
  call,
  emptyWorld,
  keyOf,
  onlyTicket,
  setTicket,
  take,
  type Done,
  type World,
} from '../../test/support/world.ts'
import threading from '../../workers/threading/index.ts'
import { historyOf } from '../rules/history.ts'
import { addNote } from './add-note.ts'
import { createTicket, type CreateTicketInput } from './create-ticket.ts'
import { markSeen } from './mark-seen.ts'
import { updateTicket, type UpdateTicketInput } from './update-ticket.ts'

async function given(): Promise<World> {
  const world = emptyWorld()
  world.accounts.set(keyOf('pigeon', 'main'), accountRow())
  await take(world, threading, received('m1'))
  return world
}
const patch = (world: World, more: Partial<UpdateTicketInput>) => {
  const { id: ticket, version } = [...world.tickets.values()][0]!
  return call(world, updateTicket, { ticket, version, ...more })
}
const typesOf = (done: unknown) => (done as Done).raised.map((it) => it.type)

describe('changing a ticket', () => {
  it('L5 two agents take it at once: the second learns that it has changed', async () => {
    const world = await given()
    const { version } = onlyTicket(world)
    await patch(world, { assignee: 'agent-1' })
    expect(await patch(world, { assignee: 'agent-2', version })).toMatchObject({
      refuse: 'conflict',
      code: 'stale_version',
      facts: { version: version + 1 },
    })
    expect(onlyTicket(world).assignee).toBe('agent-1')
  })

  it('D10 every change is one row of the history, with actor, from and to', async () => {
    const world = await given()
    await patch(world, { priority: 'high', type: 'question', assignee: 'agent-1', tags: ['İade'] })
    await patch(world, { assignee: null, tags: [] })
    await patch(world, { status: 'resolved', why: 'done' })
    const rows = historyOf(world.events.filter((it) => it.actor.kind === 'agent'))
    expect(rows.map(({ actor, change }) => [actor.id, change?.field, change?.from, change?.to])).toEqual([
      ['agent-7', 'priority', 'low', 'high'],
      ['agent-7', 'type', null, 'question'],
      ['agent-7', 'assignee', null, 'agent-1'],
      ['agent-7', 'tags', null, 'İade'],
      ['agent-7', 'assignee', 'agent-1', null],
      ['agent-7', 'tags', 'İade', null],
      ['agent-7', 'status', 'new', 'resolved'],
    ])
    expect(rows.at(-1)?.why).toBe('done')
  })

  it('D19 the same tag again, in other letters, is no change and keeps the version', async () => {
    const world = await given()
    await patch(world, { tags: ['İADE'] })
    const { version } = onlyTicket(world)
    expect(typesOf(await patch(world, { tags: ['iade'] }))).toEqual([])
    expect(onlyTicket(world).version).toBe(version)
  })

  it('B9 a snooze ends when that is asked for together with a status that waits, and nothing rings at its hour', async () => {
    for (const status of ['pending', 'on_hold'] as const) {
      const world = await given()
      await patch(world, { snoozeUntil: after({ hours: 5 }) })
      const done = await patch(world, { status, snoozeUntil: null })
      expect(onlyTicket(world)).toMatchObject({ status, snoozedUntil: null })
      expect(typesOf(done).filter((it) => it !== 'ticket.status_changed')).toEqual(['ticket.unsnoozed'])
      expect([...world.wakes.values()].filter(({ kind }) => kind === 'snooze')).toEqual([])
    }
  })

  it('3.3 resolving asks to be closed later; reopening takes that back', async () => {
    const world = await given()
    await patch(world, { status: 'resolved' })
    const wakes = () => [...world.wakes.values()].filter((it) => it.kind === 'close_ticket')
    expect(wakes()).toMatchObject([{ dueAt: after({ days: 14 }), basis: start }])
    expect(onlyTicket(world).resolvedAt).toBe(start)
    await patch(world, { status: 'reopened' })
    expect(wakes()).toEqual([])
    expect(onlyTicket(world)).toMatchObject({ status: 'reopened', resolvedAt: null })
  })

  it('B6 3.3 given to another group, what is resolved closes by the days of that group', async () => {
    const world = await given()
    const group = { name: 'A group', description: null, channels: [], isDefault: false, version: 1 } as const
    const groups = [
      { ...group, id: 'loyal', followUp: { reopen: 'always' } },
      { ...group, id: 'month', followUp: { reopen: 'within', days: 30 } },
    ] as const
    world.desk = { ...world.desk, groups }
    const closes = () => [...world.wakes.values()].filter((it) => it.kind === 'close_ticket')
    await patch(world, { group: 'loyal' })
    await patch(world, { status: 'resolved' })
    expect(closes()).toMatchObject([{ dueAt: after({ days: 365 }), basis: start }])
    await patch(world, { group: 'month' })
    expect(closes()).toMatchObject([{ dueAt: after({ days: 30 }), basis: start }])
    await patch(world, { group: null })
    expect(closes()).toMatchObject([{ dueAt: after({ days: 14 }), basis: start }])
    await patch(world, { status: 'reopened', group: 'loyal' })
    expect(closes()).toEqual([])
    await patch(world, { status: 'resolved', group: null })
    expect(closes()).toMatchObject([{ dueAt: after({ days: 14 }), basis: start }])
  })

  it('3.3 closed is for good, and a move that is none says which there are', async () => {
    const world = await given()
    expect(await patch(world, { status: 'reopened' })).toMatchObject({ code: 'bad_transition', field: 'status' })
    await patch(world, { status: 'spam' })
    expect(await patch(world, { status: 'pending' })).toMatchObject({ facts: { from: 'spam', allowed: ['open'] } })
    await patch(world, { status: 'open' })
    await patch(world, { status: 'closed' })
    expect(await patch(world, { status: 'open' })).toMatchObject({ refuse: 'conflict', code: 'ticket_closed' })
    expect(await patch(world, { priority: 'high' })).toMatchObject({ code: 'ticket_closed' })
  })

  it('B6 reopening while a follow-up is open names it', async () => {
    const world = await given()
    const old = onlyTicket(world)
    setTicket(world, old.id, { status: 'resolved', resolvedAt: start })
    await take(world, threading, received('m2', {}, { at: after({ days: 9 }) }))
    const fresh = [...world.tickets.values()].find((it) => it.parent === old.id)
    expect(await patch(world, { status: 'reopened' })).toMatchObject({
      code: 'another_open_ticket',
      facts: { ticket: fresh?.id, number: fresh?.number },
    })
  })
})

it('a note is listed and moves nothing', async () => {
  const world = await given()
  setTicket(world, onlyTicket(world).id, { status: 'pending' })
  const done = await call(world, addNote, { ticket: onlyTicket(world).id, text: 'arayacak' })
  expect(typesOf(done)).toEqual(['ticket.note_added'])
  expect(onlyTicket(world).status).toBe('pending')
  expect([...world.messages.values()].at(-1)).toMatchObject({ direction: 'internal', kind: 'note', text: 'arayacak' })
})

it('the vendor is told what was seen: the customer’s messages since our last answer', async () => {
  const world = await given()
  await take(world, threading, received('m2', {}, { at: after({ minutes: 1 }) }))
  await call(world, markSeen, { ticket: onlyTicket(world).id })
  expect(world.seen).toEqual(['m2', 'm1'])
})

describe('opening a ticket', () => {
  const open = (world: World, more: Partial<CreateTicketInput> = {}) =>
    call(world, createTicket, {
      account: { channel: 'pigeon', id: 'main' },
      address: '+90 555 999 88 77',
      name: 'Can',
      ...more,
    })
  const fresh = () => {
    const world = emptyWorld()
    world.accounts.set(keyOf('pigeon', 'main'), accountRow())
    const channel = 'pigeon' as never
    const row = {
      channel,
      account: 'main',
      template: '1',
      name: 'order',
      language: 'tr',
      quality: null,
      category: null,
      why: null,
      at: start,
    }
    world.templates.set(keyOf('pigeon', 'main', '1', 'tr'), { ...row, state: 'approved' })
    return world
  }
  const template = { name: 'order', language: 'tr', values: {} }

  it('W2 to a customer who never wrote: with a template it goes out and the ticket waits', async () => {
    const world = fresh()
    expect(await open(world, { text: 'Merhaba' })).toMatchObject({ code: 'window_closed' })
    expect(world.tickets.size).toBe(0)
    const done = await open(world, { template, subject: 'Sipariş' })
    expect(typesOf(done)).toEqual(['contact.created', 'ticket.created', 'ticket.message_added', 'reply.requested'])
    expect(onlyTicket(world)).toMatchObject({
      status: 'pending',
      origin: 'agent',
      subject: 'Sipariş',
      requesterName: 'Can',
      brand: 'shop',
    })
    expect([...world.replies.values()][0]?.outbound.template).toEqual(template)
  })

  it('W2 the customer’s answer comes to that ticket, and their number is one contact', async () => {
    const world = fresh()
    await open(world, { template })
    const can = { id: '905559998877', name: null, address: '+905559998877', keys: ['phone:905559998877'] }
    await take(world, threading, received('m1', { from: can, threadKeys: can.keys }))
    expect(onlyTicket(world).status).toBe('open')
    expect(world.contacts.size).toBe(1)
  })

  it('T4 D2 by a tool and without a message it is new', async () => {
    const world = fresh()
    const tool = { ...agent, actor: { kind: 'tool', id: 'key_1' } } as const
    await call(
      world,
      createTicket,
      { account: { channel: 'pigeon', id: 'main' }, address: '+905559998877', tags: ['a', 'A'] },
      { by: tool },
    )
    expect(onlyTicket(world)).toMatchObject({ status: 'new', origin: 'tool', tags: ['a'] })
    expect(world.replies.size).toBe(0)
  })

  it('D2 without a channel what the customer said is kept as a note', async () => {
    const world = fresh()
    const done = await call(world, createTicket, { name: 'Can', text: 'Telefonla aradı:\nkargo', priority: 'high' })
    expect(typesOf(done)).toEqual(['ticket.created', 'ticket.message_added'])
    expect(onlyTicket(world)).toMatchObject({
      channel: null,
      status: 'new',
      subject: 'Telefonla aradı:',
      priority: 'high',
    })
    expect([...world.messages.values()][0]).toMatchObject({ kind: 'note', direction: 'internal' })
  })

  it('names the ticket that is open for that customer already, and what is not there', async () => {
    const world = fresh()
    await open(world, { template })
    expect(await open(world, { template })).toMatchObject({
      code: 'another_open_ticket',
      facts: { ticket: onlyTicket(world).id },
    })
    expect(await open(world, { address: '12' })).toMatchObject({ code: 'bad_address', field: 'address' })
    expect(await open(world, { account: { channel: 'pigeon', id: 'no' } })).toMatchObject({ code: 'unknown_account' })
    expect(await call(world, createTicket, { brand: 'none' })).toMatchObject({ code: 'unknown_brand', field: 'brand' })
    expect(await call(world, createTicket, { parent: id('tkt', 'none') })).toMatchObject({ code: 'unknown_ticket' })
  })
})
