// Conversations made of messages that name each other: who joins, who does not, and who is answered.
import { describe, expect, it } from 'vitest'
import type { Party } from '../../schemas/message.ts'
import { after, ayse, dm, received } from '../../test/support/given.ts'
import { emptyWorld, onlyTicket, setTicket, take, type World } from '../../test/support/world.ts'
import threading from './index.ts'

const bora: Party = { id: '905329998877', name: 'Bora', address: '+905329998877', keys: ['phone:905329998877'] }
const world = (): World => ({ ...emptyWorld(), kinds: { dm: { ...dm, threads: 'message' } } })
const tell = (on: World, id: string, keys: readonly string[], from = ayse, more = {}) =>
  take(
    on,
    threading,
    received(id, { from, threadKeys: [...keys], ...more }, { at: after({ minutes: Number(id.slice(1)) }) }),
  )

describe('messages that name each other', () => {
  it('P9 G7 are one ticket in any order, and two mails that name nothing are two', async () => {
    for (const order of [
      ['m1', 'm2', 'm3'],
      ['m3', 'm1', 'm2'],
      ['m2', 'm3', 'm1'],
    ]) {
      const on = world()
      const keys: Readonly<Record<string, readonly string[]>> = {
        m1: ['id:1'],
        m2: ['id:1', 'id:2'],
        m3: ['id:2', 'id:1', 'id:3'],
      }
      for (const id of order) await tell(on, id, keys[id]!)
      expect([order, on.tickets.size, on.messages.size]).toEqual([order, 1, 3])
      await tell(on, 'm4', ['id:4'])
      expect(on.tickets.size).toBe(2)
    }
  })
  it('P9 a message that names two conversations joins the stronger and leaves the other alone', async () => {
    const on = world()
    await tell(on, 'm1', ['id:1'])
    await tell(on, 'm2', ['id:2'])
    await tell(on, 'm3', ['id:2', 'id:1', 'id:3'])
    await tell(on, 'm4', ['id:1', 'id:4'])
    const homes = [...on.messages.values()].map((it) => it.ticket)
    expect(homes[2]).toBe(homes[1])
    expect(homes[3]).toBe(homes[0])
  })
  it('D28 whoever joins, the opener is answered', async () => {
    const on = world()
    await tell(on, 'm1', ['id:1'])
    await tell(on, 'm2', ['id:1', 'id:2'], bora)
    const ticket = onlyTicket(on)
    expect(on.conversations.get(ticket.conversation!)?.party.id).toBe(ayse.id)
    expect(ticket.requesterName).toBe('Ayşe')
  })
  it('D23 D28 whoever joins, the opener is answered under their own words, which they know', async () => {
    const on: World = { ...world(), kinds: { dm: { ...dm, threads: 'message', copies: true } } }
    const home = () => [...on.conversations.values()][0]!
    await tell(on, 'm1', ['id:1'], ayse, { vendor: { messageId: '<1>', references: '<1>' } })
    await tell(on, 'm2', ['id:1', 'id:2'], bora, { vendor: { messageId: '<2>', references: '<forward> <2>' } })
    expect(home().vendor).toEqual({ messageId: '<1>', references: '<1>' })
    await tell(on, 'm3', ['id:1', 'id:3'], ayse, { vendor: { messageId: '<3>', references: '<1> <3>' } })
    expect(home().vendor).toEqual({ messageId: '<3>', references: '<1> <3>' })
  })
  it('P9 D28 a stranger who has the address of a conversation comes in as a guest, each time, and moves nothing', async () => {
    const on = world()
    await tell(on, 'm1', ['id:1'])
    const [home] = [...on.conversations.keys()]
    on.threadKeys.set([...on.threadKeys.keys()][0]!.replace('id:1', 'token:t'), home!)
    setTicket(on, onlyTicket(on).id, { status: 'resolved', resolvedAt: after({ minutes: 1 }) })
    const before = JSON.stringify([...on.conversations.values()])
    for (const id of ['m2', 'm3']) {
      const keys = { guestKeys: ['token:t'], vendor: { messageId: id } }
      await tell(on, id, [`token:t ${bora.keys[0]}`, `id:${id}`], bora, keys)
    }
    expect(JSON.stringify([...on.conversations.values()])).toBe(before)
    expect([onlyTicket(on).status, on.messages.size, on.threadKeys.has('id:m2')]).toEqual(['resolved', 3, false])
    const [first, ...others] = [...on.messages.values()]
    expect([first, ...others].map((it) => it?.parts.some(({ kind }) => kind === 'guest'))).toEqual([false, true, true])
    // Who got the answer is in the conversation, however they come back.
    on.threadKeys.set([...on.threadKeys.keys()][0]!.replace('id:1', `token:t ${ayse.keys[0]}`), home!)
    await tell(on, 'm4', [`token:t ${ayse.keys[0]}`, 'id:m4'], ayse, { guestKeys: ['token:t'] })
    expect([onlyTicket(on).status, [...on.messages.values()].at(-1)?.parts]).toEqual(['reopened', []])
  })
  it('P9 D28 a colleague of the requester joins and is marked as new, once; the ticket is theirs to bring back, and the requester is answered', async () => {
    const on = world()
    await tell(on, 'm1', ['id:1', 'id:1 org:acme'])
    setTicket(on, onlyTicket(on).id, { status: 'resolved', resolvedAt: after({ minutes: 1 }) })
    await tell(on, 'm2', ['id:1 bora', 'id:2 bora'], bora, { colleagueKeys: ['id:1 org:acme'], guestKeys: ['id:1'] })
    const ticket = onlyTicket(on)
    expect([ticket.status, ticket.requesterName]).toEqual(['reopened', 'Ayşe'])
    expect(on.conversations.get(ticket.conversation!)?.party.id).toBe(ayse.id)
    // From now on they are in it by their own keys.
    await tell(on, 'm3', ['id:2 bora', 'id:3 bora'], bora, { colleagueKeys: ['id:2 org:acme'] })
    const kinds = [...on.messages.values()].map((it) => it.parts.map(({ kind }) => kind))
    expect(kinds).toEqual([[], ['colleague'], []])
    // It led somebody in, and became no key by that.
    expect([...on.threadKeys.keys()].some((it) => it.includes('id:2 org:acme'))).toBe(false)
  })
  it('P9 a weak key is followed where nothing else leads anywhere, and never becomes a key', async () => {
    const on = world()
    await tell(on, 'm1', ['id:1'])
    const [home] = [...on.conversations.keys()]
    await tell(on, 'm2', ['id:2'], ayse, { weakKeys: ['number:7 ayse'] })
    expect([on.tickets.size, [...on.threadKeys.keys()].some((it) => it.includes('number:7'))]).toEqual([2, false])
    on.threadKeys.set([...on.threadKeys.keys()][0]!.replace('id:1', 'number:7 ayse'), home!)
    await tell(on, 'm3', ['id:3'], ayse, { weakKeys: ['number:7 ayse'] })
    await tell(on, 'm4', ['id:2', 'id:4'], ayse, { weakKeys: ['number:7 ayse'] })
    const homes = [...on.messages.values()].map((it) => it.conversation === home)
    expect([on.tickets.size, homes]).toEqual([2, [true, false, true, false]])
  })
  it('P10 a machine’s message is told apart, and brings no ticket back', async () => {
    const on = world()
    await tell(on, 'm1', ['id:1'], ayse, { automatic: 'auto-submitted: auto-replied' })
    expect(onlyTicket(on).tags).toEqual(['automatic'])
    setTicket(on, onlyTicket(on).id, { status: 'resolved', resolvedAt: after({ minutes: 1 }) })
    await tell(on, 'm2', ['id:1', 'id:2'], ayse, { automatic: 'precedence: auto_reply' })
    expect([onlyTicket(on).status, on.messages.size]).toEqual(['resolved', 2])
  })
})
