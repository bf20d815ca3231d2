// Wake-ups act on what is true when they ring, not on what was true when they were asked for.
import { describe, expect, it } from 'vitest'
import type { Instant } from '../schemas/ids.ts'
import type { WakeKind } from '../schemas/time.ts'
import { after, event, received, start } from '../test/support/given.ts'
import { emptyWorld, onlyTicket, setTicket, take } from '../test/support/world.ts'
import closing from './closing.ts'
import threading from './threading/index.ts'

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
  ] as const)('does not when it %s', async (_name, set) => {
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
