// Who wrote, and in which conversation: keys that are shared, new, moved or turn out to be one person's.
import { describe, expect, it } from 'vitest'
import type { Party } from '../../schemas/message.ts'
import { after, ayse, linked, moment, received, start, contactRow } from '../../test/support/given.ts'
import { emptyWorld, take } from '../../test/support/world.ts'
import { contactOf } from '../../core/rules/contact.ts'
import { wholeLife } from '../../core/rules/lifecycle.ts'
import threading from './index.ts'
import { locksOf, moreLocksOf } from './read.ts'

const typesOf = (events: readonly { readonly type: string }[]) => events.map((it) => it.type)
const byUserId: Party = { id: 'u-1', name: 'Ayşe Y.', address: null, keys: ['user:1', 'phone:905321112233'] }

describe('contacts', () => {
  it('W6 P20 a known number in another form is the same contact; a new key of theirs is kept', async () => {
    const world = emptyWorld()
    await take(world, threading, received('m1'))
    const raised = await take(
      world,
      threading,
      received('m2', { from: byUserId, threadKeys: ['user:1', 'phone:905321112233'] }),
    )
    expect([...world.contacts.values()].map((it) => it.keys)).toEqual([['phone:905321112233', 'user:1']])
    expect(raised.filter((it) => it.type === 'contact.updated').map((it) => it.data)).toMatchObject([
      { field: 'keys', from: null, to: 'user:1' },
    ])
    expect([...world.threadKeys.keys()]).toHaveLength(2)
    expect(world.conversations.size).toBe(1)
  })

  it('fills in a missing name and says so once; a name that is there stays', async () => {
    const world = emptyWorld()
    await take(world, threading, received('m1', { from: { ...ayse, name: null } }))
    const named = await take(world, threading, received('m2'))
    expect(named.filter((it) => it.type === 'contact.updated').map((it) => it.data)).toMatchObject([
      { field: 'name', to: 'Ayşe' },
    ])
    const other = await take(world, threading, received('m3', { from: { ...ayse, name: 'A.' } }))
    expect(typesOf(other)).toEqual(['ticket.message_added'])
    expect([...world.contacts.values()][0]?.name).toBe('Ayşe')
  })

  it('B18 two contacts that turn out to be one: the older stays, with the name of the other where it had none', () => {
    const older = contactRow('older', { name: null, keys: ['phone:905321112233'], createdAt: start })
    const younger = contactRow('younger', { name: 'Ayşe Y.', keys: ['user:1'], createdAt: after({ days: 1 }) })
    for (const found of [
      [older, younger],
      [younger, older],
    ]) {
      const decided = contactOf({ ...byUserId, name: null }, found, moment())
      expect(decided.contact).toBe(older.id)
      expect(decided.changes).toEqual([
        { do: 'merge-contacts', stays: older.id, gone: younger.id },
        { do: 'set-contact', contact: older.id, name: 'Ayşe Y.' },
      ])
      expect(typesOf(decided.events)).toEqual(['contact.merged', 'contact.updated'])
    }
  })

  it('B18 a message that carries keys of two contacts merges them and keeps both their conversations’ tickets', async () => {
    const world = emptyWorld()
    await take(world, threading, received('m1'))
    await take(world, threading, received('m2', { from: { ...byUserId, keys: ['user:1'] }, threadKeys: ['user:1'] }))
    expect(world.contacts.size).toBe(2)
    const raised = await take(
      world,
      threading,
      received('m3', { from: byUserId, threadKeys: ['user:1', 'phone:905321112233'] }),
    )
    expect(typesOf(raised)).toContain('contact.merged')
    expect(world.contacts.size).toBe(1)
    expect(new Set([...world.tickets.values()].map((it) => it.contact)).size).toBe(1)
    expect(new Set(world.threadKeys.values()).size).toBe(1)
  })
})

describe('conversations', () => {
  it('answers go to the newest address, and an older message that comes late does not bring the old one back', async () => {
    const world = emptyWorld()
    const moved = { ...ayse, id: '905559998877', address: '+905559998877' }
    await take(world, threading, received('m2', { from: moved, vendor: { user: 'new' } }, { at: after({ hours: 1 }) }))
    await take(
      world,
      threading,
      received('m1', { vendor: { user: 'old' } }, { at: start, receivedAt: after({ hours: 2 }) }),
    )
    expect([...world.conversations.values()][0]).toMatchObject({ party: moved, vendor: { user: 'new' } })
  })

  it('a changed number: old and new keys are one contact and one conversation, answered at the new number', async () => {
    const world = emptyWorld()
    const to: Party = { id: '905559998877', name: null, address: '+905559998877', keys: ['phone:905559998877'] }
    await take(world, threading, received('m1'))
    await take(world, threading, received('n1', { from: to, threadKeys: to.keys }))
    await take(world, threading, linked(ayse.keys, to, [...to.keys, ...ayse.keys]))
    expect(world.contacts.size).toBe(1)
    const [talk] = new Set(world.threadKeys.values())
    expect(world.conversations.get(talk ?? '')?.party).toEqual(to)
    expect(new Set(world.threadKeys.values()).size).toBe(1)
  })

  it('a link between numbers nobody knew makes one contact, which a late message from the old number finds', async () => {
    const world = emptyWorld()
    const to: Party = { id: '905559998877', name: null, address: '+905559998877', keys: ['phone:905559998877'] }
    await take(world, threading, linked(ayse.keys, to, [...to.keys, ...ayse.keys]))
    await take(world, threading, received('m1'))
    expect(world.contacts.size).toBe(1)
  })
})

describe('locks', () => {
  it('name every key the bytes name first, then what facts reveal, and never step back in rank', async () => {
    const event = received('m1', { from: byUserId, threadKeys: ['user:1', 'phone:905321112233'] })
    const ranks = ['thread', 'conversation', 'contact', 'ticket']
    expect(new Set(locksOf(event).map((it) => it.rank))).toEqual(new Set(['thread']))
    expect(locksOf(event)).toHaveLength(5)
    const world = emptyWorld()
    await take(world, threading, received('m0'))
    const thread = {
      keys: [],
      isGuest: false,
      isColleague: false,
      conversation: [...world.conversations.values()][0] ?? null,
      ticket: [...world.tickets.values()][0] ?? null,
      contacts: [...world.contacts.values()],
      target: null,
      brand: null,
      number: 1,
    }
    const more = moreLocksOf({
      thread,
      isReused: false,
      can: null,
      life: wholeLife(emptyWorld().workspace),
      isOurs: false,
      proves: null,
      writtenTo: null,
      said: [],
    }).map((it) => ranks.indexOf(it.rank))
    expect(more).toEqual([1, 2, 3])
  })

  it('what is said about a message holds the same lock as the message that may come at the same time', () => {
    const name = (event: Parameters<typeof locksOf>[0]) => locksOf(event).map((it) => it.name)
    expect(name(received('m1'))).toContain(JSON.stringify(['pigeon', 'main', 'ext:m1']))
  })
})
