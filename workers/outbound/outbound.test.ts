// What became of a reply, told in any order and by any name it is known by.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnyEvent, EventOf } from '../../schemas/events.ts'
import { raisedEventId, type MessageId, type ReplyId, type TicketId } from '../../schemas/ids.ts'
import type { ReplyState } from '../../schemas/reply.ts'
import {
  after,
  delivery,
  echoed,
  event,
  id,
  received,
  reacted,
  replyRow,
  start,
  workspace,
} from '../../test/support/given.ts'
import { apply, emptyWorld, keyOf, onlyTicket, setTicket, take, type World } from '../../test/support/world.ts'
import threading from '../threading/index.ts'
import outbound from './index.ts'
import type { Heard } from './read.ts'
import { seed } from '../../test/support/seed.ts'

const reply = id('rep', 'one') as ReplyId
const message = id('msg', 'reply') as MessageId

/** A pending ticket whose answer stands at this state. */
async function given(state: ReplyState, externalId: string | null = null): Promise<World> {
  const world = emptyWorld()
  await take(world, threading, received('m1'))
  const ticket = onlyTicket(world)
  setTicket(world, ticket.id, { status: 'pending' })
  const row = { ...[...world.messages.values()][0]!, id: message, direction: 'out' as const, state, externalId }
  apply(world, [{ do: 'add-message', message: row }])
  world.replies.set(reply, replyRow({ state, externalId, ticket: ticket.id, conversation: ticket.conversation! }))
  return world
}
const stateOf = (world: World) => world.replies.get(reply)?.state
const sentEvent = (world: World, externalId = 'w1'): EventOf<'message.sent'> =>
  event('message.sent', 'sent', {
    message,
    ticket: onlyTicket(world).id,
    conversation: onlyTicket(world).conversation!,
    reply,
    externalId,
    text: '',
  })

describe('receipts', () => {
  it('W5 find the reply by the vendor’s id and by our own key', async () => {
    const byVendor = await given('sent', 'w1')
    await take(byVendor, outbound, delivery({ externalId: 'w1', state: 'delivered' }))
    expect(stateOf(byVendor)).toBe('delivered')
    const byKey = await given('sent', 'w1')
    await take(byKey, outbound, delivery({ ours: reply, state: 'read' }))
    expect(stateOf(byKey)).toBe('read')
    expect(byKey.messages.get(message)?.state).toBe('read')
  })

  it('a watermark moves all that was sent until then, and nothing whose sending is unknown', async () => {
    for (const [state, expected] of [
      ['sent', 'read'],
      ['delivered', 'read'],
      ['unsure', 'unsure'],
      ['queued', 'queued'],
    ] as const) {
      const world = await given(state, 'w1')
      const told = { upTo: after({ hours: 1 }), conversationKey: 'phone:905321112233', state: 'read' } as const
      await take(world, outbound, delivery(told))
      expect(stateOf(world)).toBe(expected)
    }
  })

  it(`P4 in any order and repeated end at the furthest, seed ${seed}`, async () => {
    const told = (['sent', 'delivered', 'read'] as const).map((state) => delivery({ externalId: 'w1', state }))
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...told, ...told], { minLength: 1 }), async (order) => {
        const world = await given('sent', 'w1')
        for (const one of order) await take(world, outbound, one)
        const furthest = (['read', 'delivered', 'sent'] as const).find((it) =>
          order.some((one) => one.data.state === it),
        )
        expect(stateOf(world)).toBe(furthest)
      }),
      { seed },
    )
  })

  it('P5 a failure told later makes the reply fail and the ticket an agent’s again', async () => {
    const world = await given('sent', 'w1')
    const raised = await take(
      world,
      outbound,
      delivery({ externalId: 'w1', state: 'failed', code: '131047', why: 'window' }),
    )
    expect(world.replies.get(reply)).toMatchObject({ state: 'failed', code: '131047', why: 'window' })
    expect(onlyTicket(world).status).toBe('open')
    expect(raised.map((it) => it.data)).toMatchObject([{ from: 'pending', to: 'open', why: 'reply_failed' }])
    await take(world, outbound, delivery({ externalId: 'w1', state: 'delivered' }))
    expect(stateOf(world)).toBe('failed')
  })

  it('one member of a group who was not reached does not make it fail', async () => {
    const world = await given('sent', 'w1')
    await take(world, outbound, delivery({ externalId: 'w1', state: 'failed', participant: 'p1' }))
    expect(stateOf(world)).toBe('sent')
  })

  it('P11 S2 a report that anybody could have made counts only of whom the reply went to; of others it is put aside, where a person may believe it', async () => {
    const told = { ours: reply, state: 'failed', code: '5.1.1' } as const
    const ofTheirs = { ...told, recipient: 'ayse@a.example', proof: 'id:<m-1@us> email:ayse@a.example' }
    const forged = { ...told, recipient: 'mallory@evil.example', proof: 'id:<m-1@us> email:mallory@evil.example' }
    const world = await given('sent', 'w1')
    const lead = (key: string, to: string) => world.threadKeys.set(keyOf('pigeon', 'main', key), to)
    lead(ofTheirs.proof, onlyTicket(world).conversation!)
    await take(world, outbound, delivery(forged))
    expect([stateOf(world), onlyTicket(world).status, world.aside.length]).toEqual(['sent', 'pending', 1])
    // Who writes that they answer it has the key by that, in a conversation of their own.
    lead(forged.proof, id('cnv', 'theirs'))
    await take(world, outbound, delivery({ ...forged, externalId: 'w1' }))
    expect([stateOf(world), world.aside.length]).toEqual(['sent', 2])
    await take(world, outbound, delivery(ofTheirs))
    expect([stateOf(world), onlyTicket(world).status, world.aside.length]).toEqual(['failed', 'open', 2])
  })

  it('P11 S2 such a report that waited for the vendor’s answer counts only of whom the reply went to', async () => {
    for (const [recipient, state] of [
      ['mallory@evil.example', 'sent'],
      ['ayse@a.example', 'failed'],
    ] as const) {
      const world = await given('sending')
      const proof = `id:w1 email:${recipient}`
      await take(world, outbound, delivery({ externalId: 'w1', state: 'failed', recipient, proof }))
      world.replies.set(reply, {
        ...world.replies.get(reply)!,
        state: 'sent',
        externalId: 'w1',
        to: ['ayse@a.example'],
      })
      await take(world, outbound, sentEvent(world))
      expect(stateOf(world)).toBe(state)
    }
  })

  it('P11 a report on one of its copies does not make it fail, one on the customer’s address does', async () => {
    for (const [recipient, state, status] of [
      ['bora@a.example', 'sent', 'pending'],
      ['ayse@a.example', 'failed', 'open'],
      // Where the customer has their mail passed on, the report names an address nobody here wrote to.
      ['ayse@elsewhere.example', 'failed', 'open'],
    ] as const) {
      const world = await given('sent', 'w1')
      world.replies.set(reply, { ...world.replies.get(reply)!, to: ['ayse@a.example', 'bora@a.example'] })
      await take(world, outbound, delivery({ ours: reply, state: 'failed', code: '5.1.1', recipient }))
      expect([stateOf(world), onlyTicket(world).status]).toEqual([state, status])
    }
  })

  it('P11 who in copy was not reached is said on the reply, each once, and stays said when the customer has it', async () => {
    const world = await given('sent', 'w1')
    world.replies.set(reply, {
      ...world.replies.get(reply)!,
      to: ['ayse@a.example', 'bora@a.example', 'can@a.example'],
    })
    const bounce = (recipient: string) =>
      take(world, outbound, delivery({ ours: reply, state: 'failed', code: '5.1.1', why: 'no such user', recipient }))
    await bounce('bora@a.example')
    await bounce('can@a.example')
    await bounce('bora@a.example')
    await take(world, outbound, delivery({ ours: reply, state: 'delivered' }))
    expect(world.replies.get(reply)).toMatchObject({
      state: 'delivered',
      why: 'bora@a.example was not reached: no such user; can@a.example was not reached: no such user',
    })
  })

  it('P11 a report on a copy that comes before the vendor’s answer is said when it is there', async () => {
    const world = await given('sending')
    world.replies.set(reply, { ...world.replies.get(reply)!, to: ['ayse@a.example', 'bora@a.example'] })
    await take(
      world,
      outbound,
      delivery({ externalId: 'w1', state: 'failed', why: 'no such user', recipient: 'bora@a.example' }),
    )
    world.replies.set(reply, { ...world.replies.get(reply)!, state: 'sent', externalId: 'w1' })
    await take(world, outbound, sentEvent(world))
    expect(world.replies.get(reply)).toMatchObject({ state: 'sent', why: expect.stringContaining('bora@a.example') })
  })

  it('about another tool’s message change nothing and do not wait', async () => {
    const world = await given('sent', 'w1')
    await take(world, outbound, delivery({ externalId: 'm1', state: 'read' }))
    expect([...world.refs.values()].flatMap((it) => it.waiting)).toEqual([])
  })
})

describe('what comes before the vendor’s answer', () => {
  it('G7 waits, and is told when the answer says whose it is, in any order', async () => {
    const facts: Heard[] = (['delivered', 'read', 'sent'] as const).map((state) =>
      delivery({ externalId: 'w1', state }),
    )
    for (const order of [facts, facts.toReversed()]) {
      const world = await given('sending')
      for (const one of order) await take(world, outbound, one)
      await take(world, threading, reacted('w1', '1', '👍'))
      expect(stateOf(world)).toBe('sending')
      apply(world, [{ do: 'set-reply', reply, state: 'sent', externalId: 'w1', at: start }])
      world.refs.set(keyOf('pigeon', 'main', 'w1'), { ...world.refs.get(keyOf('pigeon', 'main', 'w1'))!, message })
      await take(world, outbound, sentEvent(world))
      expect(stateOf(world)).toBe('read')
      expect(world.messages.get(message)?.reactions).toMatchObject([{ emoji: '👍' }])
      expect([...world.refs.values()].flatMap((it) => it.waiting)).toEqual([])
    }
  })

  it('G19 an unsure reply that an echo proves was sent: the same event that deliver would have raised', async () => {
    const world = await given('unsure')
    const raised = await take(world, outbound, echoed('w1', { ours: reply }))
    expect(world.replies.get(reply)).toMatchObject({ state: 'sent', externalId: 'w1' })
    expect(raised).toMatchObject([
      {
        id: raisedEventId(workspace, 'deliver', reply, 'message.sent', ''),
        type: 'message.sent',
        data: { externalId: 'w1' },
      },
    ])
  })

  it('an echo of a reply that stands further already changes nothing', async () => {
    const world = await given('read', 'w1')
    expect(await take(world, outbound, echoed('w1', { ours: reply }))).toEqual([])
    expect(stateOf(world)).toBe('read')
  })
})

describe('outcomes', () => {
  const about = (world: World) => ({
    reply,
    message,
    ticket: onlyTicket(world).id as TicketId,
    conversation: onlyTicket(world).conversation!,
    why: 'no',
  })
  it.each([
    ['failed', 'reply.refused', 'reply_failed'],
    ['unsure', 'reply.unsure', 'reply_unsure'],
  ] as const)('a reply that is %s gives the ticket back to people', async (state, type, why) => {
    const world = await given(state)
    const said = event(type, 'x', { ...about(world), code: 'x' } as never) as EventOf<typeof type>
    const raised: readonly AnyEvent[] = await take(world, outbound, said)
    expect(raised).toMatchObject([{ type: 'ticket.status_changed', data: { to: 'open', why } }])
  })

  it.each([
    ['resolved', 'Automatic Replies', 'reopened'],
    ['resolved', null, 'resolved'],
    ['new', null, 'new'],
  ] as const)('D11 an automatic reply that is lost, on a ticket that is %s under %s: %s', async (status, topic, to) => {
    const world = await given('failed')
    world.replies.set(reply, { ...world.replies.get(reply)!, author: 'auto' })
    setTicket(world, onlyTicket(world).id, { status, topic })
    await take(world, outbound, event('reply.refused', 'x', { ...about(world), code: 'x' }))
    expect(onlyTicket(world).status).toBe(to)
  })

  it('not when a person has sent it again meanwhile', async () => {
    const world = await given('queued')
    const said = event('reply.refused', 'x', { ...about(world), code: 'x' })
    expect(await take(world, outbound, said)).toEqual([])
    expect(onlyTicket(world).status).toBe('pending')
  })
})
