// Threading as given, when, then: messages of one customer, one after the other, in a record in memory.
import { describe, expect, it } from 'vitest'
import { messageIdOf, type Instant, type ReplyId } from '../../schemas/ids.ts'
import type { TicketStatus } from '../../schemas/ticket.ts'
import { after, ayse, echoed, edited, id, moment, received, replyRow, start, us } from '../../test/support/given.ts'
import { readerOf } from '../../test/support/world-reader.ts'
import { emptyWorld, onlyTicket, setTicket, take, type World } from '../../test/support/world.ts'
import threading from './index.ts'

const typesOf = (events: readonly { readonly type: string }[]) => events.map((it) => it.type)

/** A world with one ticket that stands at this status. */
async function given(status: TicketStatus, set: { readonly resolvedAt?: Instant } = {}): Promise<World> {
  const world = emptyWorld()
  await take(world, threading, received('m1'))
  setTicket(world, onlyTicket(world).id, { status, ...set })
  return world
}

describe('an edit', () => {
  it.each([
    ['pending', 'open'],
    ['resolved', 'reopened'],
    ['closed', 'closed'],
    ['new', 'new'],
  ] as const)(
    'D34 P19 of a review, under which nothing else can be written, takes a %s ticket to %s',
    async (from, to) => {
      const world = await given(from, from === 'resolved' ? { resolvedAt: start } : {})
      world.kinds['dm'] = { ...world.kinds['dm']!, replies: 'one-editable' }
      const raised = await take(world, threading, edited('m1', '2', 'Changed my mind'))
      expect([onlyTicket(world).status, [...world.messages.values()][0]?.text]).toEqual([to, 'Changed my mind'])
      expect(typesOf(raised)).toEqual(from === to ? [] : ['ticket.status_changed'])
      // The same again changes nothing, and an older one neither.
      expect(await take(world, threading, edited('m1', '1', 'Older'))).toEqual([])
    },
  )

  it('of a message in a talk leaves its ticket as it is', async () => {
    const world = await given('pending')
    expect(await take(world, threading, edited('m1', '2', 'A typo less'))).toEqual([])
    expect(onlyTicket(world).status).toBe('pending')
  })
})

describe('a first message', () => {
  it('D1 opens one ticket: new, of low priority, of the account’s brand, called by its first line', async () => {
    const world = emptyWorld()
    const raised = await take(world, threading, received('m1', { text: '\n  Kargom nerede?\nÜç gün oldu.' }))
    expect(onlyTicket(world)).toMatchObject({
      status: 'new',
      priority: 'low',
      brand: 'shop',
      subject: 'Kargom nerede?',
      origin: 'customer',
      requesterName: 'Ayşe',
      requesterAddress: '+905321112233',
      parent: null,
    })
    expect(typesOf(raised)).toEqual([
      'contact.created',
      'ticket.created',
      'ticket.message_added',
      'conversation.window_opened',
    ])
    const message = [...world.messages.values()][0]
    expect(message).toMatchObject({
      id: messageIdOf(received('m1').id),
      direction: 'in',
      kind: 'user',
      sentAt: start,
      externalId: 'm1',
    })
  })

  it('leaves the subject empty when there are no words, so that the console names it in the reader’s language', async () => {
    const world = emptyWorld()
    await take(world, threading, received('m1', { text: ' \n', parts: [{ kind: 'location' }] }))
    expect(onlyTicket(world).subject).toBeNull()
  })

  it('keeps the subject of a mail', async () => {
    const world = emptyWorld()
    await take(world, threading, received('m1', { subject: 'Fatura' }))
    expect(onlyTicket(world).subject).toBe('Fatura')
  })
})

describe('a further message', () => {
  it.each(['new', 'open', 'reopened', 'spam'] as const)(
    'is added to a ticket that is %s, which stays so',
    async (status) => {
      const world = await given(status)
      const raised = await take(world, threading, received('m2'))
      expect(onlyTicket(world).status).toBe(status)
      expect(typesOf(raised)).toEqual(['ticket.message_added'])
    },
  )

  it.each(['pending', 'on_hold'] as const)(
    '3.3 brings a ticket that is %s back to open, saying why',
    async (status) => {
      const world = await given(status)
      const raised = await take(world, threading, received('m2'))
      expect(raised.at(-1)).toMatchObject({
        type: 'ticket.status_changed',
        data: { from: status, to: 'open', category: 'open', why: 'customer_wrote' },
      })
    },
  )

  it('D6 brings a resolved ticket back as reopened: the same ticket, by the system, and it does not close by itself', async () => {
    const world = await given('resolved', { resolvedAt: start })
    const ticket = onlyTicket(world).id
    world.wakes.set(JSON.stringify(['close_ticket', ticket]), {
      kind: 'close_ticket',
      subject: ticket,
      dueAt: start,
      basis: start,
    })
    const raised = await take(world, threading, received('m2', {}, { at: after({ days: 7 }) }))
    expect(onlyTicket(world)).toMatchObject({ status: 'reopened', resolvedAt: null })
    expect(raised.find((it) => it.type === 'ticket.status_changed')).toMatchObject({
      actor: { kind: 'system' },
      data: { from: 'resolved', to: 'reopened' },
    })
    expect([...world.wakes.keys()].filter((key) => key.includes('close_ticket'))).toEqual([])
  })

  it.each([
    ['resolved longer ago than the follow-up days', 'resolved', after({ days: 7, ms: 1 }), 7],
    ['closed', 'closed', after({ days: 1 }), 7],
    ['resolved where every follow-up is a new ticket', 'resolved', after({ minutes: 1 }), 0],
  ] as const)('B6 opens a linked ticket when the old one was %s', async (_name, status, at, followUpDays) => {
    const world = await given(status, { resolvedAt: start })
    world.workspace = { ...world.workspace, followUpDays }
    const old = onlyTicket(world)
    const raised = await take(world, threading, received('m2', {}, { at }))
    const fresh = [...world.tickets.values()].find((it) => it.id !== old.id)
    expect(fresh).toMatchObject({ status: 'new', parent: old.id })
    expect(world.tickets.get(old.id)?.status).toBe(status)
    expect([...world.conversations.values()].map((it) => it.ticket)).toEqual([fresh?.id])
    expect(typesOf(raised)).toContain('ticket.created')
  })

  it('B1 four pictures of one album are one conversation and one ticket', async () => {
    const world = emptyWorld()
    for (const n of [1, 2, 3, 4]) await take(world, threading, received(`m${n}`, { text: '' }))
    expect([world.conversations.size, world.tickets.size, world.messages.size]).toEqual([1, 1, 4])
  })

  it('G4 the same message again, as the same event or by another way, adds nothing', async () => {
    const world = emptyWorld()
    const first = received('m1')
    await take(world, threading, first)
    expect(await take(world, threading, first)).toEqual([])
    const otherWay = { ...first, id: received('m1-by-poll').id }
    expect(await take(world, threading, otherWay)).toEqual([])
    expect(world.messages.size).toBe(1)
  })
})

describe('messages that are not a person’s', () => {
  it.each(['pending', 'on_hold', 'resolved', 'closed'] as const)(
    'G21 an automatic answer to a ticket that is %s is listed and moves nothing',
    async (status) => {
      const world = await given(status, { resolvedAt: start })
      const raised = await take(
        world,
        threading,
        received('m2', { automatic: 'auto-replied' }, { at: after({ days: 1 }) }),
      )
      expect(onlyTicket(world).status).toBe(status)
      expect(typesOf(raised)).toEqual(['ticket.message_added'])
      expect([...world.messages.values()].at(-1)).toMatchObject({ kind: 'auto', ticket: onlyTicket(world).id })
      expect([...world.conversations.values()][0]?.customerAt).toBe(start)
    },
  )

  it('an imported message is recorded, but opens no window and starts no clock', async () => {
    const world = emptyWorld()
    const raised = await take(world, threading, received('m1', {}, { origin: 'import' }))
    expect(onlyTicket(world)).toMatchObject({ origin: 'import', createdAt: start })
    expect([...world.conversations.values()][0]?.customerAt).toBe(start)
    expect(world.wakes.size).toBe(0)
    expect(typesOf(raised)).not.toContain('conversation.window_opened')
  })
})

describe('what one of us wrote elsewhere', () => {
  it.each(['new', 'open', 'reopened'] as const)('makes a ticket that is %s wait for the customer', async (status) => {
    const world = await given(status)
    const raised = await take(world, threading, echoed('e1'))
    expect(onlyTicket(world).status).toBe('pending')
    expect([...world.messages.values()].at(-1)).toMatchObject({ direction: 'out', kind: 'agent', from: us })
    expect(raised.at(-1)).toMatchObject({ data: { why: 'answered_elsewhere' } })
  })

  it('W2 opens a waiting ticket where there was none, for the customer it went to', async () => {
    const world = emptyWorld()
    await take(world, threading, echoed('e1'))
    expect(onlyTicket(world)).toMatchObject({ status: 'pending', origin: 'agent', requesterName: 'Ayşe' })
    expect([...world.conversations.values()][0]).toMatchObject({ party: ayse, customerAt: null })
    expect(world.wakes.size).toBe(0)
  })

  it('is left to outbound when it is an echo of our own reply', async () => {
    const world = await given('open')
    const reply = id('rep', 'one')
    world.replies.set(reply, replyRow({ id: reply as ReplyId }))
    expect(await take(world, threading, echoed('e1', { ours: reply }))).toEqual([])
    expect(world.messages.size).toBe(1)
  })

  it('is kept when the key that came back is another gateway’s', async () => {
    const world = await given('open')
    await take(world, threading, echoed('e1', { ours: id('rep', 'theirs') }))
    expect(world.messages.size).toBe(2)
  })
})

describe('the window', () => {
  it('W3 is counted from the customer’s message, restarted by each and by nothing else', async () => {
    const world = emptyWorld()
    const talk = () => [...world.conversations.values()][0]
    await take(world, threading, received('m1'))
    expect([...world.wakes.values()]).toMatchObject([
      { kind: 'close_window', dueAt: after({ hours: 24 }), basis: start },
    ])
    await take(world, threading, echoed('e1', {}, { at: after({ hours: 1 }) }))
    expect(talk()?.customerAt).toBe(start)
    const again = await take(world, threading, received('m2', {}, { at: after({ hours: 2 }) }))
    expect(talk()?.customerAt).toBe(after({ hours: 2 }))
    expect([...world.wakes.values()]).toMatchObject([{ dueAt: after({ hours: 26 }), basis: after({ hours: 2 }) }])
    expect(typesOf(again)).not.toContain('conversation.window_opened')
  })

  it('B16 says that it opened when it had closed, also when a lesser step still held', async () => {
    const world = await given('open')
    const at = after({ hours: 24 })
    const raised = await take(world, threading, received('m2', {}, { at }))
    expect(raised.at(-1)).toMatchObject({
      type: 'conversation.window_opened',
      data: { kind: 'free', closesAt: after({ hours: 48 }) },
    })
  })

  it('G7 never moves back for a message that comes late', async () => {
    const world = emptyWorld()
    await take(world, threading, received('m2', {}, { at: after({ hours: 2 }) }))
    await take(world, threading, received('m1', {}, { at: start, receivedAt: after({ hours: 3 }) }))
    expect([...world.conversations.values()][0]?.customerAt).toBe(after({ hours: 2 }))
    expect([...world.wakes.values()]).toMatchObject([{ basis: after({ hours: 2 }) }])
  })

  it('B16 D48 is opened by a tap that says nothing, which is nobody’s turn', async () => {
    for (const opens of [true, undefined] as const) {
      const world = emptyWorld()
      const tap = received('m1', { automatic: 'opened by a link', ...(opens === undefined ? {} : { opens }) })
      const told = typesOf(await take(world, threading, tap))
      expect(told.includes('conversation.window_opened')).toBe(opens === true)
      expect([...world.conversations.values()][0]?.customerAt).toBe(opens === true ? start : null)
      expect(onlyTicket(world)).toMatchObject({ tags: ['automatic'] })
    }
  })

  it('is not opened by a message that is older than the window', async () => {
    const world = emptyWorld()
    const late = received('m1', {}, { at: start, receivedAt: after({ days: 9 }) })
    expect(typesOf(await take(world, threading, late))).not.toContain('conversation.window_opened')
    expect(world.wakes.size).toBe(0)
  })
})

it('a message without an account is a fault that names the event', async () => {
  const stray = { ...received('m1'), account: null }
  await expect(take(emptyWorld(), threading, stray)).rejects.toThrow(`${stray.id} names no channel account`)
})

describe('what a machine wrote that answers nothing', () => {
  const robot = received('r1', { automatic: 'auto-submitted: auto-generated', begins: false, subject: 'Backup done' })

  it('P10 G3 opens no ticket and is set aside under the worker that can take it, saying what it is', async () => {
    const world = emptyWorld()
    expect(await take(world, threading, robot)).toEqual([])
    expect([world.tickets.size, world.contacts.size, world.messages.size]).toEqual([0, 0, 0])
    const { changes } = threading.decide(robot, await factsOf(world, robot), moment(), undefined)
    expect(changes).toEqual([
      {
        do: 'set-aside',
        event: robot,
        worker: 'threading',
        why: expect.stringMatching(/^A machine wrote "Backup done" from \+905321112233 .*retry it to open one\.$/),
      },
    ])
  })
  it('P10 opens a ticket that is tagged when a person asks for it', async () => {
    const world = emptyWorld()
    const asked = { ...moment(), isAsked: true }
    const { changes } = threading.decide(robot, await factsOf(world, robot), asked, undefined)
    expect(changes.find((it) => it.do === 'open-ticket')).toMatchObject({ ticket: { tags: ['automatic'] } })
  })
  it('P10 G21 is listed on the ticket where it answers one', async () => {
    const world = await given('resolved', { resolvedAt: start })
    await take(world, threading, robot)
    expect([world.tickets.size, onlyTicket(world).status, world.messages.size]).toEqual([1, 'resolved', 2])
  })
})

const factsOf = async (world: World, event: ReturnType<typeof received>) =>
  (await threading.facts([event], readerOf(world))).each[0]!
