// Wake-ups act on what is true when they ring, not on what was true when they were asked for.
import { describe, expect, it } from 'vitest'
import { idFrom, type Instant, type TicketId } from '../../schemas/ids.ts'
import type { WakeKind } from '../../schemas/time.ts'
import { after, event, received, start } from '../../test/support/given.ts'
import { emptyWorld, keyOf, onlyTicket, setTicket, take, type World } from '../../test/support/world.ts'
import closing from './index.ts'
import threading from '../threading/index.ts'

const wake = (kind: WakeKind, subject: string, of: { readonly dueAt: Instant; readonly basis: string | null }) =>
  event(
    'wake.due',
    `${kind}${subject}${of.dueAt}`,
    { wake: 'wak_1', kind, subject, ...of },
    { at: of.dueAt, channel: null },
  )

async function given() {
  const world = emptyWorld()
  await take(world, threading, received('m1'))
  return { world, ticket: onlyTicket(world).id, talk: [...world.conversations.values()][0]!.id }
}

describe('a resolved ticket', () => {
  const dueAt = after({ days: 14 })
  it('3.3 closes after its days, and keeps when it was resolved', async () => {
    const { world, ticket } = await given()
    setTicket(world, ticket, { status: 'resolved', resolvedAt: start })
    const raised = await take(world, closing, wake('close_ticket', ticket, { dueAt, basis: start }))
    expect(onlyTicket(world)).toMatchObject({ status: 'closed', category: 'done', resolvedAt: start })
    expect(raised).toMatchObject([{ type: 'ticket.status_changed', data: { to: 'closed', why: 'close_days' } }])
  })

  it.each([
    ['was reopened', { status: 'reopened', resolvedAt: null }],
    ['was resolved anew, so that its days count again', { status: 'resolved', resolvedAt: after({ days: 3 }) }],
  ] as const)('3.3 does not when it %s', async (_name, set) => {
    const { world, ticket } = await given()
    setTicket(world, ticket, set)
    expect(await take(world, closing, wake('close_ticket', ticket, { dueAt, basis: start }))).toEqual([])
    expect(onlyTicket(world).status).toBe(set.status)
  })
})

describe('a window', () => {
  it('B16 ends where a lesser step begins, and that one ends for good', async () => {
    const { world, talk } = await given()
    const first = await take(world, closing, wake('close_window', talk, { dueAt: after({ hours: 24 }), basis: start }))
    expect(first.map((it) => [it.type, it.data])).toMatchObject([
      ['conversation.window_closed', { kind: 'free' }],
      ['conversation.window_opened', { kind: 'tagged', closesAt: after({ hours: 168 }) }],
    ])
    expect([...world.wakes.values()]).toMatchObject([{ dueAt: after({ hours: 168 }), basis: start }])
    const second = await take(
      world,
      closing,
      wake('close_window', talk, { dueAt: after({ hours: 168 }), basis: start }),
    )
    expect(second.map((it) => [it.type, it.data])).toMatchObject([['conversation.window_closed', { kind: 'tagged' }]])
  })

  it('W3 stays open when the customer wrote meanwhile', async () => {
    const { world, talk } = await given()
    await take(world, threading, received('m2', {}, { at: after({ hours: 1 }) }))
    expect(
      await take(world, closing, wake('close_window', talk, { dueAt: after({ hours: 24 }), basis: start })),
    ).toEqual([])
  })
})

describe('a setting of days that changes', () => {
  it('3.3 3.8 counts anew what waits already, piece after piece, and leaves what is right', async () => {
    const { world, ticket } = await given()
    for (let n = 0; n < 450; n += 1) {
      const id = idFrom('tkt', `waiting-${n}`) as TicketId
      world.tickets.set(id, {
        ...world.tickets.get(ticket)!,
        id,
        status: 'resolved',
        category: 'done',
        resolvedAt: start,
      })
      world.wakes.set(keyOf('close_ticket', id), {
        kind: 'close_ticket',
        subject: id,
        dueAt: after({ days: 14 }),
        basis: start,
      })
    }
    world.workspace = { ...world.workspace, closeDays: 3 }
    let basis: string | null = null
    let pieces = 0
    do {
      await take(world, closing, wake('close_days', 'desk', { dueAt: after({ minutes: pieces }), basis }))
      const next = world.wakes.get(keyOf('close_days', 'desk'))
      world.wakes.delete(keyOf('close_days', 'desk'))
      basis = next?.basis ?? null
      pieces += 1
    } while (basis !== null)
    expect(pieces).toBe(3)
    const dues = [...world.wakes.values()].filter((it) => it.kind === 'close_ticket').map((it) => it.dueAt)
    expect([dues.length, new Set(dues)]).toEqual([450, new Set([after({ days: 3 })])])
  })

  it('3.3 a wake-up that rings by an older setting closes nothing before its time', async () => {
    const { world, ticket } = await given()
    setTicket(world, ticket, { status: 'resolved', resolvedAt: start })
    world.workspace = { ...world.workspace, closeDays: 30 }
    await take(world, closing, wake('close_ticket', ticket, { dueAt: after({ days: 14 }), basis: start }))
    expect(onlyTicket(world).status).toBe('resolved')
    expect(world.wakes.get(keyOf('close_ticket', ticket))).toMatchObject({ dueAt: after({ days: 30 }), basis: start })
  })

  it('B6 what may always come back does not close by itself, and is looked at again', async () => {
    const { world, ticket } = await given()
    const group = { id: 'loyal', name: 'Loyal', description: null, channels: [], isDefault: false, version: 1 }
    world.desk = { ...world.desk, groups: [{ ...group, followUp: { reopen: 'always' } }] }
    setTicket(world, ticket, { status: 'resolved', resolvedAt: start, group: 'loyal' })
    await take(world, closing, wake('close_ticket', ticket, { dueAt: after({ days: 400 }), basis: start }))
    expect(onlyTicket(world).status).toBe('resolved')
    expect(world.wakes.get(keyOf('close_ticket', ticket))).toMatchObject({ dueAt: after({ days: 765 }) })
  })
})

describe('a ticket that was put away', () => {
  const until = after({ hours: 5 })
  const away = async () => {
    const { world, ticket } = await given()
    setTicket(world, ticket, { status: 'on_hold', snoozedUntil: until })
    return { world, ticket }
  }
  const rings = (world: World, ticket: string, basis: Instant) =>
    take(world, closing, wake('snooze', ticket, { dueAt: until, basis }))

  it('B9 comes back as open at its hour, and says why', async () => {
    const { world, ticket } = await away()
    const raised = await rings(world, ticket, until)
    expect(onlyTicket(world)).toMatchObject({ status: 'open', snoozedUntil: null })
    expect(raised.map(({ type, data }) => [type, data])).toMatchObject([
      ['ticket.status_changed', { from: 'on_hold', to: 'open', why: 'snooze_over' }],
      ['ticket.unsnoozed', { until, why: 'snooze_over' }],
    ])
  })

  it('B9 does not when it was put away until another hour meanwhile, or came back', async () => {
    const { world, ticket } = await away()
    expect(await rings(world, ticket, after({ hours: 4 }))).toEqual([])
    setTicket(world, ticket, { status: 'open', snoozedUntil: null })
    expect(await rings(world, ticket, until)).toEqual([])
  })

  it('B9 comes back when the customer writes, and its hour rings for nobody', async () => {
    const { world, ticket } = await away()
    world.wakes.set(keyOf('snooze', ticket), { kind: 'snooze', subject: ticket, dueAt: until, basis: until })
    const raised = await take(world, threading, received('m2', {}, { at: after({ hours: 1 }) }))
    expect(raised.map(({ type }) => type)).toContain('ticket.unsnoozed')
    expect(onlyTicket(world)).toMatchObject({ status: 'open', snoozedUntil: null })
    expect(world.wakes.has(keyOf('snooze', ticket))).toBe(false)
  })
})
