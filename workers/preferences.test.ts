// Addresses that take no machine's word: who may say so, what it stops, and how it is taken back.
import { describe, expect, it } from 'vitest'
import { isRefusal } from '../core/ports/command.ts'
import type { EventData } from '../schemas/events.ts'
import type { ReplyId, TicketId } from '../schemas/ids.ts'
import { reply, type ReplyInput } from '../core/commands/reply.ts'
import { updateContact } from '../core/commands/update-contact.ts'
import { updateTicket } from '../core/commands/update-ticket.ts'
import { accountRow, after, ayse, dm, event, received } from '../test/support/given.ts'
import { call, emptyWorld, keyOf, onlyTicket, take, type World } from '../test/support/world.ts'
import preferences from './preferences.ts'
import threading from './threading/index.ts'

async function given(): Promise<World> {
  const world: World = { ...emptyWorld(), kinds: { dm: { ...dm, copies: true, machinesHeed: 'automatic_mail' } } }
  world.accounts.set(keyOf('pigeon', 'main'), accountRow())
  await take(world, threading, received('m1'))
  return world
}
const answer = (world: World, more: Partial<ReplyInput> = {}) =>
  call(world, reply, { ticket: onlyTicket(world).id, text: 'Yola çıktı.', ...more }, { now: after({ hours: 1 }) })
const said = (data: Partial<EventData['contact.preference_changed']> = {}, minutes = 1) =>
  event(
    'contact.preference_changed',
    JSON.stringify([data, minutes]),
    {
      party: ayse,
      subject: 'automatic_mail',
      value: 'stop',
      why: 'undeliverable: 5.1.1',
      threadKeys: [],
      receivedAt: after({ minutes }),
      ...data,
    },
    { at: after({ minutes }) },
  )
const contact = (world: World) => [...world.contacts.values()][0]!
const sentReply = async (world: World): Promise<ReplyId> => {
  await answer(world)
  return [...world.replies.keys()].at(-1) as ReplyId
}

describe('P11 an address that is gone', () => {
  it('is marked once by the report on a reply that went to it, and machines are refused with the way out; a person is warned', async () => {
    const world = await given()
    const ours = await sentReply(world)
    for (const minutes of [1, 2]) await take(world, preferences, said({ ours }, minutes))
    const stop = {
      key: ayse.keys[0],
      subject: 'automatic_mail',
      why: 'undeliverable: 5.1.1',
      at: after({ minutes: 1 }),
    }
    expect(contact(world).stops).toEqual([stop])
    const refused = await answer(world, { author: 'bot' })
    expect(refused).toMatchObject({ refuse: 'invalid', code: 'address_stopped', facts: { because: stop.why } })
    expect(isRefusal(refused) && refused.why).toContain(`/v1/contacts/${contact(world).id}`)
    const warned = await answer(world)
    expect(warned).toMatchObject({ answer: { body: { state: 'queued', warnings: [{ code: 'address_stopped' }] } } })
  })
  it('is not marked by a report on a reply that went elsewhere, or that nobody wrote', async () => {
    const world = await given()
    const ours = await sentReply(world)
    const other = { ...ayse, id: '905329998877', keys: ['phone:905329998877'] }
    await take(world, preferences, said({ party: other, ours }))
    await take(world, preferences, said({ ours: 'rep_00000000000000000000000000000000' }))
    expect([...world.contacts.values()].flatMap((it) => it.stops)).toEqual([])
  })
  it('is marked where a report names nobody and the reply went to one alone; of several nobody knows which', async () => {
    const nobody = { id: 'unknown', name: null, address: null, keys: [] }
    const world = await given()
    const ours = await sentReply(world)
    await take(world, preferences, said({ ours, party: nobody }))
    expect(contact(world).stops).toMatchObject([{ key: ayse.keys[0], subject: 'automatic_mail' }])

    const other = await given()
    const toTwo = await sentReply(other)
    const row = other.replies.get(toTwo)!
    other.replies.set(toTwo, { ...row, to: [...row.to, 'bora'] })
    await take(other, preferences, said({ ours: toTwo, party: nobody }))
    await take(other, preferences, said({ party: nobody }, 2))
    expect([...other.contacts.values()].flatMap((it) => it.stops)).toEqual([])
  })
  it('is marked when its server says so at once, and not when it says something else', async () => {
    for (const [code, marks] of [
      ['address_unknown', 1],
      ['policy', 0],
    ] as const) {
      const world = await given()
      const id = await sentReply(world)
      const { message, ticket, conversation } = world.replies.get(id)!
      const data = { reply: id, message, ticket: ticket as TicketId, conversation, code, why: '550 5.1.1 no such user' }
      await take(world, preferences, event('reply.refused', code, data))
      expect([code, contact(world).stops.length]).toEqual([code, marks])
    }
  })
  it('is written to by machines again when a person, or the vendor, takes it back', async () => {
    const world = await given()
    await take(world, preferences, said())
    await call(world, updateContact, { contact: contact(world).id, resume: ['automatic_mail'] })
    expect([contact(world).stops, isRefusal(await answer(world, { author: 'bot' }))]).toEqual([[], false])
    await take(world, preferences, said({}, 5))
    await take(world, preferences, said({ value: 'resume' }, 4))
    expect(contact(world).stops).toHaveLength(1)
    await take(world, preferences, said({ value: 'resume' }, 6))
    expect(contact(world).stops).toEqual([])
  })
  it('of somebody nobody has heard of yet is kept for the day they are written to', async () => {
    const world = await given()
    await take(world, preferences, said({ party: { ...ayse, id: 'x', keys: ['phone:1'] } }))
    expect([...world.contacts.values()].map((it) => it.stops.length)).toEqual([0, 1])
  })
})

describe('D27 the language of a customer', () => {
  it('set on one ticket, holds for what is written to them on the next, until it is set anew', async () => {
    const world = await given()
    const set = async (language: string) => {
      const { id: ticket, version } = onlyTicket(world)
      expect(await call(world, updateTicket, { ticket, version, language })).toMatchObject({ answer: { status: 200 } })
      // As the customer's next ticket is: nobody set anything on it.
      world.tickets.set(ticket, { ...onlyTicket(world), language: null })
    }
    await set('tr')
    expect(contact(world).language).toBe('tr')
    await answer(world)
    await set('de')
    await answer(world, { author: 'bot' })
    expect([...world.replies.values()].map((it) => it.outbound.language)).toEqual(['tr', 'de'])
  })
})
