// An echo that carries no key of ours: the reply under way that says the same is proven by it, in whatever order things are told.
import { describe, expect, it } from 'vitest'
import type { MessageId, ReplyId } from '../../schemas/ids.ts'
import type { ReplyState } from '../../schemas/reply.ts'
import { echoed, id, received, replyRow } from '../../test/support/given.ts'
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
const echo = (text: string, name = 'w1') => echoed(name, { text, mayBeOurs: true })

describe('an echo without our key', () => {
  it('G19 proves the reply whose answer was lost, or has not come yet, and is no second message', async () => {
    for (const state of ['sending', 'unsure'] as const)
      for (const order of [[threading, outbound] as const, [outbound, threading] as const]) {
        const world = await given(state)
        for (const worker of order) await take(world, worker as typeof outbound, echo(' Yola çıktı.\n'))
        expect(world.replies.get(reply)).toMatchObject({ state: 'sent', externalId: 'w1' })
        expect(world.messages.size).toBe(2)
      }
  })

  it('G19 proves one reply: of two that say the same the other is another tool’s message, whoever hears first', async () => {
    const [first, second] = [echo('Yola çıktı.'), echo('Yola çıktı.', 'w2')]
    for (const told of [
      [
        [threading, first],
        [threading, second],
        [outbound, first],
        [outbound, second],
      ],
      [
        [outbound, first],
        [outbound, second],
        [threading, first],
        [threading, second],
      ],
      [
        [threading, first],
        [outbound, first],
        [outbound, second],
        [threading, second],
      ],
    ] as const) {
      const world = await given('sending')
      for (const [worker, event] of told) await take(world, worker as typeof outbound, event)
      expect(world.replies.get(reply)).toMatchObject({ state: 'sent', externalId: 'w1' })
      expect(world.messages.size).toBe(3)
      expect([...world.messages.values()].at(-1)).toMatchObject({ direction: 'out', externalId: 'w2' })
    }
  })

  it('with other words, or where nothing is under way, is another tool’s message', async () => {
    for (const [state, text] of [
      ['sending', 'Başka bir söz'],
      ['queued', 'Yola çıktı.'],
    ] as const) {
      const world = await given(state)
      await take(world, outbound, echo(text))
      await take(world, threading, echo(text))
      expect(world.replies.get(reply)).toMatchObject({ state, externalId: null })
      expect([...world.messages.values()].at(-1)).toMatchObject({ direction: 'out', kind: 'agent', text })
    }
  })

  it('proves nothing where the vendor gives keys back', async () => {
    const world = await given('sending')
    await take(world, outbound, echoed('w1', { text: 'Yola çıktı.' }))
    expect(world.replies.get(reply)?.state).toBe('sending')
  })
})
