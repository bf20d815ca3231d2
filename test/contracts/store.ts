// What every store must hold, whatever keeps the record: the runner's exactly-once and the commands' conflicts rest on it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isGatewayError } from '../../core/errors.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import { idFrom, type EventId, type Instant, type TicketId } from '../../schemas/ids.ts'
import type { ThreadQuestion } from '../../core/ports/reader.ts'
import type { Published } from '../../core/ports/queues.ts'
import type { Store, StoreTx } from '../../core/ports/store.ts'
import { lockOf } from '../../core/ports/worker.ts'
import { after, channel, conversationRow, id, received, start, ticketRow } from '../support/given.ts'
import { applyIn, messageRow, openThread, threadNamed } from '../support/record.ts'
import { main, other } from '../support/store-rig.ts'

export interface StoreUnderTest {
  readonly store: Store
  readonly published: Published
  /** What left, or is about to leave, for the log. */
  emitted(): Promise<readonly AnyEvent[]>
  /** The whole feed of workspace `main`, oldest first. */
  feed(): Promise<readonly { readonly sequence: number; readonly id: EventId }[]>
  close(): Promise<void>
}

/** Deterministic noise, so that a failure can be run again. */
const seed = 20261121
function shuffled<T>(items: readonly T[], turn: number): readonly T[] {
  let state = seed + turn
  const next = () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff)
  return items
    .map((item) => [next(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'went well',
    (error: unknown) => (isGatewayError(error) ? error.code : String(error)),
  )

export function storeContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a store (seed ${seed})`, () => {
    let under: StoreUnderTest
    beforeAll(async () => {
      under = await open()
    })
    afterAll(() => under.close())
    const inMain = <T>(work: (tx: StoreTx) => Promise<T>): Promise<T> =>
      under.store.transaction(async (enter) => work(await enter(main)))

    it('G4 gives each of 200 events to one of eight claimers at once, however they are repeated', async () => {
      const ids = Array.from({ length: 200 }, (_, n) => received(`claim-${n}`).id)
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, turn) =>
          inMain((tx) => tx.claim('g4', shuffled([...ids, ...ids.slice(0, 50)], turn))),
        ),
      )
      const taken = claims.flatMap((one) => [...one])
      expect(taken.length).toBe(200)
      expect(new Set(taken)).toEqual(new Set(ids))
      expect(await inMain((tx) => tx.claim('g4', ids))).toEqual(new Set())
      expect((await inMain((tx) => tx.claim('another', ids))).size).toBe(200)
    })

    it('G12 a claim, its changes and its events are all there or none is', async () => {
      const event = received('g12')
      const failing = inMain(async (tx) => {
        await tx.claim('g12', [event.id])
        await tx.apply(openThread('g12'))
        await tx.emit([event])
        throw new Error('the process thought better of it')
      })
      await expect(failing).rejects.toThrow('thought better')
      const found = await inMain(async (tx) => ({
        fresh: await tx.claim('g12', [event.id]),
        ticket: (await tx.read.tickets.byId([threadNamed('g12').ticket])).size,
      }))
      expect(found).toEqual({ fresh: new Set([event.id]), ticket: 0 })
      expect((await under.emitted()).some((one) => one.id === event.id)).toBe(false)
    })

    it('G12 events leave in the order given, and only after the commit', async () => {
      const events = [received('first'), received('second'), received('third')]
      await inMain(async (tx) => {
        await tx.emit(events.slice(0, 2))
        await tx.emit(events.slice(2))
        expect((await under.emitted()).some((one) => one.id === events[0]?.id)).toBe(false)
      })
      const left = (await under.emitted())
        .map((one) => one.id)
        .filter((one) => events.some((event) => event.id === one))
      expect(left).toEqual(events.map((event) => event.id))
    })

    it('G12 a failed statement that is passed over is not taken for a commit', async () => {
      const passedOver = inMain(async (tx) => {
        await tx
          .apply([{ do: 'set-ticket', ticket: id('tkt', 'nowhere') as TicketId, set: {}, at: start }])
          .catch(() => undefined)
        return 'all well'
      })
      expect(await codeOf(passedOver)).toBe('worker.fault')
    })

    it('takes locks in one order: eight transactions over the same tickets, each in its own order, all end', async () => {
      const keys = Array.from({ length: 30 }, (_, n) => [
        lockOf('ticket', `t${n}`),
        lockOf('thread', 'a', `k${n}`),
      ]).flat()
      const rounds = Array.from({ length: 8 }, (_, turn) => async () => {
        for (let n = 0; n < 10; n += 1) await inMain((tx) => tx.lock(shuffled(keys, turn * 10 + n)))
      })
      await expect(Promise.all(rounds.map((round) => round()))).resolves.toHaveLength(8)
    })

    it('a lock keeps a second transaction out until the first ends', async () => {
      const order: string[] = []
      const first = Promise.withResolvers<void>()
      const held = Promise.withResolvers<void>()
      const one = inMain(async (tx) => {
        await tx.lock([lockOf('ticket', 'x')])
        held.resolve()
        await first.promise
        order.push('first')
      })
      await held.promise
      const two = inMain(async (tx) => {
        await tx.lock([lockOf('ticket', 'x')])
        order.push('second')
      })
      await inMain((tx) => tx.lock([lockOf('ticket', 'y')]))
      first.resolve()
      await Promise.all([one, two])
      expect(order).toEqual(['first', 'second'])
    })

    it('refuses a second open ticket of a conversation as a conflict, and takes one after the first is done', async () => {
      await applyIn(under.store, main, openThread('one-open'))
      const { conversation, ticket } = threadNamed('one-open')
      const second = ticketRow({ id: id('tkt', 'second') as TicketId, conversation, number: 90_001 })
      const opening = () => applyIn(under.store, main, [{ do: 'open-ticket', ticket: second }])
      expect(await codeOf(opening())).toBe('store.conflict')
      await applyIn(under.store, main, [{ do: 'set-ticket', ticket, set: { status: 'closed' }, at: start }])
      expect(await codeOf(opening())).toBe('went well')
    })

    it('two conversations that want one thread key: the second is a conflict, and nothing of it stays', async () => {
      await applyIn(under.store, main, openThread('key'))
      const conversation = conversationRow({ id: id('cnv', 'twin') as never })
      const twin = applyIn(under.store, main, [
        { do: 'make-conversation', conversation, threadKeys: ['new-key', 'phone:key'] },
      ])
      expect(await codeOf(twin)).toBe('store.conflict')
      const facts = await inMain((tx) => tx.read.conversations.byId([conversation.id]))
      expect(facts.size).toBe(0)
    })

    it('a stale version is a conflict; the right one raises it by one', async () => {
      await applyIn(under.store, main, openThread('version'))
      const { ticket } = threadNamed('version')
      const set = (ifVersion: number) =>
        applyIn(under.store, main, [
          { do: 'set-ticket', ticket, set: { priority: 'urgent', tags: ['a'] }, at: after({ hours: 1 }), ifVersion },
        ])
      expect(await codeOf(set(2))).toBe('store.conflict')
      expect(await codeOf(set(1))).toBe('went well')
      const row = (await inMain((tx) => tx.read.tickets.byId([ticket]))).get(ticket)
      expect(row).toMatchObject({ version: 2, priority: 'urgent', tags: ['a'], updatedAt: after({ hours: 1 }) })
    })

    it('G7 the customer’s last moment only moves forward, and reactions end the same in any order', async () => {
      await applyIn(under.store, main, openThread('forward'))
      const { conversation } = threadNamed('forward')
      const message = messageRow('forward', 'hello', { externalId: 'forward-1' })
      await applyIn(under.store, main, [{ do: 'add-message', message }])
      for (const at of [after({ hours: 2 }), after({ hours: 1 })])
        await applyIn(under.store, main, [{ do: 'set-conversation', conversation, customerAt: at }])
      const facts = [
        { by: 'ayse', emoji: null, revision: '10' },
        { by: 'ayse', emoji: '👍', revision: '9' },
        { by: 'mehmet', emoji: '🎉', revision: '3' },
      ]
      for (const react of facts)
        await applyIn(under.store, main, [{ do: 'change-message', message: message.id, react }])
      const [asked] = await inMain((tx) =>
        tx.read.threads.of([
          { channel, account: 'main', threadKeys: ['phone:forward'], contactKeys: [], target: 'forward-1' },
        ]),
      )
      expect(asked?.conversation?.customerAt).toBe(after({ hours: 2 }))
      expect(new Set(asked?.target?.reactions)).toEqual(new Set([facts[0], facts[2]]))
    })

    it('answers a batch of questions in its order, with what each key leads to', async () => {
      await applyIn(under.store, main, [...openThread('ask-a'), ...openThread('ask-b')])
      const ask = (threadKeys: readonly string[], contactKeys: readonly string[]) => ({
        channel,
        account: 'main',
        threadKeys,
        contactKeys,
        target: null,
      })
      const found = await inMain((tx) =>
        tx.read.threads.of([
          ask(['nobody', 'phone:ask-b', 'phone:ask-a'], ['phone:ask-a', 'phone:ask-b', 'phone:ask-a']),
          ask([], []),
          ask(['phone:ask-a'], ['nobody']),
        ]),
      )
      expect(found.map((it) => it.ticket?.id ?? null)).toEqual([
        threadNamed('ask-b').ticket,
        null,
        threadNamed('ask-a').ticket,
      ])
      expect(found[0]?.keys.map((it) => it.key)).toEqual(['phone:ask-b', 'phone:ask-a'])
      expect(found[0]?.contacts.map((it) => it.id)).toEqual([
        threadNamed('ask-a').contact,
        threadNamed('ask-b').contact,
      ])
      expect(found[1]).toMatchObject({ conversation: null, contacts: [], target: null })
      expect([found[0]?.number, found[2]?.number]).toEqual([0, 0])
      expect(found[1]?.number).toBeGreaterThan(0)
    })

    it('P9 follows a colleague’s and a guest’s key where no other leads, and a weak one only to what was alive within 90 days', async () => {
      const open = (name: string, daysAgo: number, key: string) => {
        const customerAt = new Date(Date.now() - daysAgo * 86_400_000).toISOString() as Instant
        const changes = openThread(name).map((it) =>
          it.do === 'set-conversation' ? { ...it, customerAt, addKeys: [key] } : it,
        )
        return applyIn(under.store, main, changes)
      }
      await open('weak-a', 89, 'number:1')
      await open('weak-b', 91, 'number:2')
      const ask = (keys: Partial<ThreadQuestion>) => ({
        channel,
        account: 'main',
        threadKeys: ['nobody'],
        contactKeys: [],
        target: null,
        ...keys,
      })
      const found = await inMain((tx) =>
        tx.read.threads.of([
          ask({ weakKeys: ['number:1'] }),
          ask({ weakKeys: ['number:2'] }),
          ask({ guestKeys: ['number:2'], weakKeys: ['number:1'] }),
          ask({ threadKeys: ['phone:weak-a'], guestKeys: ['number:2'] }),
          ask({ guestKeys: ['nobody'] }),
          ask({ colleagueKeys: ['nobody', 'number:2'], guestKeys: ['number:1'], weakKeys: ['number:1'] }),
          ask({ threadKeys: ['phone:weak-a'], colleagueKeys: ['number:2'] }),
        ]),
      )
      const [a, b] = [threadNamed('weak-a').conversation, threadNamed('weak-b').conversation]
      expect(found.map((it) => [it.conversation?.id ?? null, it.isGuest, it.isColleague])).toEqual([
        [a, false, false],
        [null, false, false],
        [b, true, false],
        [a, false, false],
        [null, false, false],
        [b, false, true],
        [a, false, false],
      ])
      expect(found[0]?.keys).toEqual([])
    })

    it('F5 G12 keeps an idempotent answer once: a twin that kept one first is a conflict', async () => {
      const answer = { status: 202, body: { id: 'rep_1' } }
      await inMain((tx) => tx.keepAnswer('reply:key-1', 'hash', answer))
      expect(await inMain((tx) => tx.answered('reply:key-1'))).toEqual({ inputHash: 'hash', ...answer })
      expect(await codeOf(inMain((tx) => tx.keepAnswer('reply:key-1', 'hash', answer)))).toBe('store.conflict')
      expect(await inMain((tx) => tx.answered('reply:key-2'))).toBeNull()
    })

    it('G13 sets an event aside once, gives it back, and takes it away', async () => {
      const event = received('poison')
      for (const attempts of [3, 4]) await inMain((tx) => tx.park({ worker: 'g13', event, why: 'broken', attempts }))
      const id = idFrom('prk', 'g13', event.id)
      expect(await inMain((tx) => tx.parked(id))).toEqual({ worker: 'g13', event })
      expect(await inMain((tx) => tx.unpark(id))).toEqual({ worker: 'g13', event })
      expect(await inMain((tx) => tx.unpark(id))).toBeNull()
    })

    it('the feed is without gaps under eight writers, in the order given, and holds each event once', async () => {
      const events = Array.from({ length: 160 }, (_, n) => received(`feed-${n}`))
      const publish = (some: readonly AnyEvent[]) =>
        inMain((tx) => tx.apply(some.map((event) => ({ do: 'publish', event }) as const)))
      await Promise.all(
        Array.from({ length: 8 }, async (_, turn) => {
          const mine = shuffled(events, turn)
          for (let n = 0; n < mine.length; n += 20) await publish(mine.slice(n, n + 20))
        }),
      )
      const last = [received('last-b'), received('last-a'), received('last-c')]
      await publish(last)
      const feed = await under.feed()
      expect(feed.map((one) => one.sequence)).toEqual(feed.map((_, n) => n + 1))
      expect(feed.map((one) => one.id).toSorted()).toEqual([...events, ...last].map((one) => one.id).toSorted())
      expect(feed.slice(-3).map((one) => one.id)).toEqual(last.map((one) => one.id))
      expect((await under.published.data(main, [events[7]!.id])).get(events[7]!.id)).toEqual(events[7]!.data)
    })

    it('S27 a transaction may enter another workspace, and sees only that one', async () => {
      await applyIn(under.store, main, openThread('apart'))
      const { ticket } = threadNamed('apart')
      const seen = await under.store.transaction(async (enter) => {
        const here = (await (await enter(main)).read.tickets.byId([ticket])).size
        const there = (await (await enter(other)).read.tickets.byId([ticket])).size
        return [here, there]
      })
      expect(seen).toEqual([1, 0])
    })

    it('keeps what customers type: a NUL, half an emoji and a backslash do not stop a message', async () => {
      await applyIn(under.store, main, openThread('typed'))
      const message = messageRow('typed', 'odd', { text: 'a\u0000b \ud83d c \\u0000 😀 \ud83d\ude00' })
      await applyIn(under.store, main, [{ do: 'add-message', message }])
      const row = (await inMain((tx) => tx.read.messages.byId([message.id]))).get(message.id)
      expect(row?.text).toBe('a\ufffdb \ufffd c \\u0000 😀 😀')
    })
  })
}
