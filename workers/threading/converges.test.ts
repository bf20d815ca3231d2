// Any order and any repetition of what is said about one message ends in one state.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messageIdOf } from '../../schemas/ids.ts'
import { after, ayse, deleted, edited, event, reacted, received, start } from '../../test/support/given.ts'
import { emptyWorld, take, type World } from '../../test/support/world.ts'
import threading from './index.ts'
import type { Threaded } from './read.ts'
import { seed } from '../../test/support/seed.ts'

const options = { seed, numRuns: 300 }

async function run(events: readonly Threaded[]): Promise<World> {
  const world = emptyWorld()
  for (const one of events) await take(world, threading, one, after({ days: 1 }))
  return world
}

/** What an agent sees, without what only tells in which order it came. */
function seen(world: World) {
  const messages = [...world.messages.values()]
    .map(({ text, deleted, reactions, externalId, kind }) => ({
      externalId,
      kind,
      // Gone for good: which text it had last is nobody's any more.
      text: deleted ? null : text,
      reactions: reactions.map(({ by, emoji }) => ({ by, emoji })),
    }))
    .sort((a, b) => ((a.externalId ?? '') < (b.externalId ?? '') ? -1 : 1))
  const [talk] = world.conversations.values()
  const waiting = [...world.refs.values()].flatMap((it) => it.waiting)
  const statuses = [...world.tickets.values()].map((it) => it.status)
  return { messages, waiting, statuses, customerAt: talk?.customerAt, party: talk?.party, keys: world.contacts.size }
}

/** What every order and repetition came to. */
async function convergesTo(events: readonly Threaded[]): Promise<ReturnType<typeof seen>> {
  const expected = seen(await run(events))
  const orders = fc.shuffledSubarray([...events], { minLength: events.length })
  const repeats = fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 })
  await fc.assert(
    fc.asyncProperty(fc.oneof(orders, repeats), async (order) => {
      expect(seen(await run(order))).toEqual(expected)
    }),
    options,
  )
  return expected
}

describe(`any order, seed ${seed}`, () => {
  it('G7 of a message, two edits and a reaction that is taken back and given again', async () => {
    const end = await convergesTo([
      received('m1'),
      edited('m1', '100', 'first'),
      edited('m1', '1000', 'second'),
      reacted('m1', '1', '👍'),
      reacted('m1', '2', null),
      reacted('m1', '10', '❤️'),
    ])
    expect(end).toMatchObject({
      messages: [{ text: 'second', reactions: [{ emoji: '❤️' }] }],
      waiting: [],
      statuses: ['new'],
    })
  })

  it('G7 of a message, an edit, a deletion and a reaction: the deletion wins', async () => {
    const events = [received('m1'), edited('m1', '3', 'late'), deleted('m1', '2'), reacted('m1', '1', '👍')]
    expect((await convergesTo(events)).messages).toMatchObject([{ text: null }])
  })

  it('G7 of several messages of one customer and their edits', async () => {
    const end = await convergesTo([
      received('m1', {}, { at: start, receivedAt: after({ hours: 1 }) }),
      received('m2', { text: 'two' }, { at: after({ minutes: 1 }), receivedAt: after({ hours: 1 }) }),
      received('m3', { text: '', automatic: 'away' }, { at: after({ minutes: 2 }), receivedAt: after({ hours: 1 }) }),
      edited('m2', '5', 'two, mended'),
      reacted('m1', '1', '👍'),
    ])
    expect(end).toMatchObject({ customerAt: after({ minutes: 1 }), keys: 1, statuses: ['new'] })
    expect(end.messages).toHaveLength(3)
  })

  it('two people’s reactions stand beside each other', async () => {
    const other = reacted('m1', '1', '😡')
    const ali = { ...other, id: reacted('m1', 'ali', null).id, data: { ...other.data, by: { ...ayse, id: 'ali' } } }
    const world = await run([reacted('m1', '1', '👍'), ali, received('m1')])
    expect(seen(world).messages[0]?.reactions).toEqual([
      { by: ayse.id, emoji: '👍' },
      { by: 'ali', emoji: '😡' },
    ])
  })

  it('a fact about a message that never comes waits, once, and blocks nothing', async () => {
    const world = await run([edited('ghost', '1', 'x'), received('m1')])
    expect([...world.refs.values()].flatMap((it) => it.waiting)).toHaveLength(1)
    expect(world.messages.size).toBe(1)
  })
})

describe('a mended reading', () => {
  const first = received('m1', { text: 'broken' })
  const mended = (text: string): Threaded =>
    event('message.corrected', `corrected ${text}`, {
      original: first.id,
      originalType: 'message.received',
      data: { ...first.data, text },
    })
  const textOf = (world: World) => world.messages.get(messageIdOf(first.id))?.text

  it('replaces the text that was read wrongly, also a second time', async () => {
    expect(textOf(await run([first, mended('whole')]))).toBe('whole')
    expect(textOf(await run([first, mended('whole'), mended('whole and right')]))).toBe('whole and right')
  })

  it('leaves alone what the customer has edited or deleted since', async () => {
    expect(textOf(await run([first, edited('m1', '5', 'edited'), mended('whole')]))).toBe('edited')
    expect(textOf(await run([first, deleted('m1', '5'), mended('whole')]))).toBe('')
  })

  it('of a message that is not here changes nothing', async () => {
    const world = await run([mended('whole')])
    expect(world.messages.size).toBe(0)
  })
})
