// A vendor that keeps one answer: what stood there before is marked, whoever wrote what stands there now, whichever worker hears first.
import { describe, expect, it } from 'vitest'
import type { MessageId, ReplyId } from '../../schemas/ids.ts'
import { after, echoed, event, id, received, replyRow } from '../../test/support/given.ts'
import { apply, emptyWorld, onlyTicket, take, type World } from '../../test/support/world.ts'
import outbound from '../outbound/index.ts'
import threading from './index.ts'

const once = { replies: 'one-editable' } as const

async function given(kind: object = once): Promise<World> {
  const world = emptyWorld()
  world.kinds['dm'] = { ...world.kinds['dm']!, ...kind }
  await take(world, threading, received('review'))
  return world
}
/** One of ours that the vendor has, and the event that says so. */
function sent(world: World, name: string, hours: number) {
  const { id: ticket, conversation } = onlyTicket(world)
  const message = id('msg', name) as MessageId
  const reply = id('rep', name) as ReplyId
  const row = {
    ...[...world.messages.values()][0]!,
    id: message,
    direction: 'out' as const,
    state: 'sent' as const,
    externalId: name,
    text: name,
    receivedAt: after({ hours }),
  }
  apply(world, [{ do: 'add-message', message: row }])
  world.replies.set(
    reply,
    replyRow({ id: reply, message, ticket, conversation: conversation!, state: 'sent', externalId: name }),
  )
  const data = { message, ticket, conversation: conversation!, reply, externalId: name, text: name }
  return event('message.sent', name, data, { at: after({ hours }) })
}
const seen = (name: string, hours: number) => echoed(name, { text: name, stands: [name] }, { at: after({ hours }) })
const marks = (world: World) =>
  Object.fromEntries(
    [...world.messages.values()]
      .filter((it) => it.direction === 'out')
      .map((it) => [it.externalId, world.messages.get(it.replacedBy ?? '')?.externalId ?? null]),
  )

describe('where a vendor keeps one answer', () => {
  it('D34 P19 a second answer of ours takes the place of the first, told in the history of its ticket', async () => {
    const world = await given()
    const [first, second] = [sent(world, 'first', 1), sent(world, 'second', 2)]
    await take(world, outbound, first)
    const raised = await take(world, outbound, second)
    expect(marks(world)).toEqual({ first: 'second', second: null })
    expect(raised).toMatchObject([
      { type: 'ticket.message_replaced', key: onlyTicket(world).id, data: { message: id('msg', 'first') } },
    ])
  })

  it('D34 P19 a colleague’s in the store’s console takes the place of ours, and ours stands again when its words come back', async () => {
    const world = await given()
    await take(world, outbound, sent(world, 'ours', 1))
    await take(world, threading, seen('theirs', 2))
    expect(marks(world)).toEqual({ ours: 'theirs', theirs: null })
    const again = echoed(
      'ours',
      { text: 'ours', stands: ['ours'] },
      { at: after({ hours: 3 }), id: 'evt_again' as never },
    )
    await take(world, threading, again)
    expect(marks(world)).toEqual({ ours: null, theirs: 'ours' })
    expect(world.messages.size).toBe(3)
  })

  it('G7 is the same whichever is heard first, and a repeat says nothing twice', async () => {
    for (const isLate of [false, true]) {
      const world = await given()
      const [ours, theirs] = [sent(world, 'ours', 3), seen('theirs', 2)]
      const tell = [() => take(world, outbound, ours), () => take(world, threading, theirs)]
      for (const it of isLate ? tell : tell.toReversed()) await it()
      expect(marks(world)).toEqual({ ours: null, theirs: 'ours' })
      const before = world.events.length
      await take(world, threading, seen('ours', 4))
      expect(world.events).toHaveLength(before)
    }
  })

  it('and where it keeps many, nothing is marked', async () => {
    const world = await given({ replies: 'many' })
    for (const [name, hours] of [['first', 1] as const, ['second', 2] as const])
      await take(world, outbound, sent(world, name, hours))
    expect(marks(world)).toEqual({ first: null, second: null })
  })
})
