// A comment that is answered in private: what went out comes back in another conversation, and tells that two ids are one person.
import { describe, expect, it } from 'vitest'
import type { MessageId, ReplyId } from '../../schemas/ids.ts'
import type { Party } from '../../schemas/message.ts'
import { dm, echoed, id, received, replyRow } from '../../test/support/given.ts'
import { apply, emptyWorld, onlyTicket, take, type World } from '../../test/support/world.ts'
import outbound from '../outbound/index.ts'
import threading from './index.ts'

const author: Party = { id: 'a-1', name: 'maria', address: '@maria', keys: ['author:1'] }
const user: Party = { id: 'u-1', name: null, address: 'u-1', keys: ['user:1'] }
const reply = id('rep', 'one') as ReplyId
const message = id('msg', 'reply') as MessageId
const comment = { ...dm, live: false, windows: [], threads: 'message', once: { part: 'private_reply', withinHours: 168 } } as const // prettier-ignore

async function answered(more: { readonly isPublic?: boolean; readonly externalId?: string } = {}): Promise<World> {
  const world: World = { ...emptyWorld(), kinds: { dm, comment } }
  await take(world, threading, received('c1', { kind: 'comment', from: author, threadKeys: ['comment:c1'] }))
  const { id: ticket, conversation } = onlyTicket(world)
  const externalId = more.externalId ?? null
  const row = { ...[...world.messages.values()][0]!, id: message, direction: 'out' as const, externalId }
  apply(world, [{ do: 'add-message', message: row }])
  const base = replyRow({ ticket, conversation: conversation!, externalId })
  const parts = more.isPublic === true ? [] : [{ kind: 'private_reply' as const }]
  world.replies.set(reply, { ...base, outbound: { ...base.outbound, kind: 'comment', parts } })
  return world
}
const comesBack = (more: Parameters<typeof echoed>[1] = {}) =>
  echoed('w1', { text: 'Yola çıktı.', to: [user], threadKeys: ['user:1'], mayBeOurs: true, ...more })
const people = (world: World) => [...world.contacts.values()].map((it) => it.keys.toSorted())

describe('a comment that is answered in private', () => {
  it('G19 is proven by its echo, which stands where nobody has written yet, in whatever order things are told', async () => {
    for (const order of [[threading, outbound] as const, [outbound, threading] as const]) {
      const world = await answered()
      for (const worker of order) await take(world, worker as typeof outbound, comesBack())
      expect(world.replies.get(reply)).toMatchObject({ state: 'sent', externalId: 'w1' })
      expect([world.tickets.size, world.messages.size, world.conversations.size]).toEqual([1, 2, 1])
    }
  })

  it('B18 tells under which id its author is known in private: what they write there is theirs', async () => {
    for (const [more, echo] of [
      [{}, {}],
      [{}, { ours: reply }],
      [{ externalId: 'w1' }, {}],
    ] as const) {
      const world = await answered(more)
      for (const _ of [1, 2]) await take(world, threading, comesBack(echo))
      expect(people(world)).toEqual([['author:1', 'user:1']])
      await take(world, threading, received('d1', { from: user, threadKeys: ['user:1'] }))
      expect(people(world)).toEqual([['author:1', 'user:1']])
      expect([...world.tickets.values()].map((it) => it.requesterName)).toEqual(['maria', 'maria'])
    }
  })

  it('B18 joins two contacts where they had written privately before', async () => {
    const world = await answered()
    await take(world, threading, received('d1', { from: user, threadKeys: ['user:1'] }))
    const told = await take(world, threading, comesBack())
    expect(told.map((it) => it.type)).toContain('contact.merged')
    expect(world.messages.size).toBe(3)
  })

  it('an answer in public proves nothing of a private message, and joins nobody', async () => {
    const world = await answered({ isPublic: true })
    await take(world, outbound, comesBack())
    await take(world, threading, comesBack())
    expect(world.replies.get(reply)).toMatchObject({ state: 'sending', externalId: null })
    expect(people(world)).toEqual([['author:1'], ['user:1']])
  })
})
