// How far a customer has read, told while the answer to our call is still on its way: not lost, and believed only when it went out.
import { describe, expect, it } from 'vitest'
import type { MessageId, ReplyId } from '../../schemas/ids.ts'
import type { ReplyState } from '../../schemas/reply.ts'
import { after, delivery, event, id, received, replyRow } from '../../test/support/given.ts'
import { apply, emptyWorld, onlyTicket, take, type World } from '../../test/support/world.ts'
import threading from '../threading/index.ts'
import outbound from './index.ts'

const reply = id('rep', 'one') as ReplyId
const message = id('msg', 'reply') as MessageId

async function given(state: ReplyState): Promise<World> {
  const world = emptyWorld()
  await take(world, threading, received('m1'))
  const { id: ticket, conversation } = onlyTicket(world)
  const row = { ...[...world.messages.values()][0]!, id: message, direction: 'out' as const, state, externalId: null }
  apply(world, [{ do: 'add-message', message: row }])
  world.replies.set(reply, replyRow({ state, ticket, conversation: conversation! }))
  return world
}
const read = delivery({ upTo: after({ hours: 1 }), conversationKey: 'phone:905321112233', state: 'read' })
const asked = (world: World) => [...world.wakes.values()].filter((it) => it.kind === 'read_up_to')
async function wake(world: World, name: string) {
  const { kind, subject, dueAt, basis } = asked(world)[0]!
  world.wakes.clear()
  await take(world, outbound, event('wake.due', name, { wake: `wak_${name}`, kind, subject, dueAt, basis }))
}

describe('read, while a reply is under way', () => {
  it('P4 G7 is looked at again until the reply is known to have gone out, and is then believed', async () => {
    const world = await given('sending')
    await take(world, outbound, read)
    expect(asked(world)).toHaveLength(1)
    await wake(world, 'still under way')
    expect(world.replies.get(reply)?.state).toBe('sending')
    expect(asked(world)).toHaveLength(1)
    apply(world, [{ do: 'set-reply', reply, state: 'sent', externalId: 'w1', at: after({ hours: 2 }) }])
    await wake(world, 'it went out')
    expect(world.replies.get(reply)?.state).toBe('read')
    expect(asked(world)).toEqual([])
  })

  it('is given up where nobody learns what became of it, and asks for nothing where nothing is under way', async () => {
    const world = await given('unsure')
    await take(world, outbound, read)
    let looks = 0
    for (; asked(world).length > 0; looks += 1) await wake(world, `look ${looks}`)
    expect([looks, world.replies.get(reply)?.state]).toEqual([6, 'unsure'])
    const sent = await given('sent')
    await take(sent, outbound, read)
    expect([asked(sent), sent.replies.get(reply)?.state]).toEqual([[], 'read'])
  })
})
