// Answers, from the ask to the queue, over a record in memory.
import { describe, expect, it } from 'vitest'
import type { Done, World } from '../../test/support/world.ts'
import type { Refusal } from '../ports/command.ts'
import { accountRow, after, echoed, id, received } from '../../test/support/given.ts'
import { apply, call, emptyWorld, keyOf, onlyTicket, setTicket, take } from '../../test/support/world.ts'
import threading from '../../workers/threading/index.ts'
import { cancelReply, resendReply } from './decide-reply.ts'
import { reply, type ReplyInput } from './reply.ts'

async function given(): Promise<World> {
  const world = emptyWorld()
  world.accounts.set(keyOf('pigeon', 'main'), accountRow())
  await take(world, threading, received('m1'))
  return world
}
const ask = (world: World, more: Partial<ReplyInput> = {}, now = after({ hours: 1 })): Promise<Done | Refusal> =>
  call(world, reply, { ticket: onlyTicket(world).id, text: 'Yola çıktı.', ...more }, { now })
const onlyReply = (world: World) => [...world.replies.values()][0]!

describe('an answer', () => {
  it('is written down and queued in one decision, and it is the customer’s turn', async () => {
    const world = await given()
    const done = (await ask(world)) as Done
    const queued = onlyReply(world)
    expect(done.answer).toEqual({ status: 202, body: { id: queued.id, state: 'queued' } })
    expect(world.messages.get(queued.message)).toMatchObject({ direction: 'out', kind: 'agent', state: 'queued' })
    expect(queued.outbound).toMatchObject({ ours: queued.id, text: 'Yola çıktı.', to: { id: '905321112233' } })
    expect(done.raised.map((it) => it.type)).toEqual([
      'ticket.message_added',
      'reply.requested',
      'ticket.status_changed',
    ])
    expect(done.raised).toMatchObject([
      { channel: 'pigeon' },
      { data: { as: 'free' } },
      { data: { why: 'reply_sent' } },
    ])
    expect(onlyTicket(world).status).toBe('pending')
  })

  it('P16 outside the window is refused and nothing is written', async () => {
    const world = await given()
    expect(await ask(world, {}, after({ days: 8 }))).toMatchObject({ refuse: 'invalid', code: 'window_closed' })
    expect(world.replies.size).toBe(0)
    expect(onlyTicket(world).status).toBe('new')
  })

  it.each(['auth_failed', 'disabled'] as const)('is refused while the account is %s', async (state) => {
    const world = await given()
    world.accounts.set(keyOf('pigeon', 'main'), accountRow({ state, why: 'token expired' }))
    expect(await ask(world)).toMatchObject({ code: 'account_down', facts: { state } })
  })

  it('quotes a message of the conversation by the vendor’s id, and no other', async () => {
    const world = await given()
    await ask(world, { replyTo: [...world.messages.keys()][0]! })
    expect(onlyReply(world).outbound.repliesTo).toEqual(['m1'])
    expect(await ask(world, { replyTo: id('msg', 'other') })).toMatchObject({
      code: 'unknown_message',
      field: 'replyTo',
    })
  })

  it('of a bot leaves the ticket where people see it', async () => {
    const world = await given()
    await ask(world, { author: 'bot' })
    expect(onlyTicket(world).status).toBe('new')
  })

  it('to nobody’s ticket, a closed one, or with a file that is not there, is refused', async () => {
    const world = await given()
    expect(await call(world, reply, { ticket: id('tkt', 'none'), text: 'x' })).toMatchObject({ refuse: 'not-found' })
    expect(await ask(world, { attachments: [id('att', 'none')] })).toMatchObject({ code: 'unknown_attachment' })
    setTicket(world, onlyTicket(world).id, { status: 'closed' })
    expect(await ask(world)).toMatchObject({ refuse: 'conflict', code: 'ticket_closed' })
  })

  it('edits the one answer where there can be only one', async () => {
    const world = await given()
    const { dm } = world.kinds
    world.kinds['dm'] = { ...dm!, replies: 'one-editable' }
    await ask(world)
    const first = onlyReply(world)
    apply(world, [{ do: 'set-reply', reply: first.id, state: 'sent', externalId: 'r1', at: after({ hours: 1 }) }])
    await ask(world, { text: 'Düzeltme' })
    expect([...world.replies.values()].at(-1)?.outbound.replaces).toBe('r1')
    // What a colleague put in its place is what the next one overwrites.
    await take(world, threading, echoed('c1', { stands: ['c1'] }, { at: after({ hours: 2 }) }))
    await ask(world, { text: 'Son söz' })
    expect([...world.replies.values()].at(-1)?.outbound.replaces).toBe('c1')
  })
})

describe('a reply that did not simply go out', () => {
  const unsure = async () => {
    const world = await given()
    await ask(world)
    const row = onlyReply(world)
    world.replies.set(row.id, { ...row, state: 'unsure' })
    setTicket(world, row.ticket, { status: 'open' })
    return { world, reply: row.id }
  }
  it('G19 is sent again only when a person says so', async () => {
    const { world, reply: one } = await unsure()
    await call(world, resendReply, { reply: one })
    expect([onlyReply(world).state, onlyTicket(world).status]).toEqual(['queued', 'pending'])
    expect(await call(world, resendReply, { reply: one })).toMatchObject({ refuse: 'conflict', code: 'reply_state' })
  })

  it('or given up, which gives the ticket back', async () => {
    const { world, reply: one } = await unsure()
    setTicket(world, onlyTicket(world).id, { status: 'pending' })
    const done = (await call(world, cancelReply, { reply: one, why: 'arrived by phone' })) as Done
    expect(onlyReply(world)).toMatchObject({ state: 'cancelled', why: 'arrived by phone' })
    expect(done.raised.map((it) => it.type)).toEqual(['reply.cancelled', 'ticket.status_changed'])
    expect(onlyTicket(world).status).toBe('open')
  })
})
