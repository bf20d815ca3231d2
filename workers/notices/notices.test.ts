// Whom of the team a notice goes to, when none does, and what it says (D72, P11).
import { expect, it } from 'vitest'
import type { NotificationRow } from '../../core/ports/auto-reply-rows.ts'
import type { BrandRow } from '../../core/ports/rows.ts'
import { notificationDefault } from '../../core/rules/desk-defaults.ts'
import { ownerChanged } from '../../core/rules/ticket-events.ts'
import type { EventOf } from '../../schemas/events.ts'
import { agentRow } from '../../test/support/desk-given.ts'
import { accountRow, after, channel, event, start, ticketRow } from '../../test/support/given.ts'
import { messageRow } from '../../test/support/record.ts'
import type { MessageId } from '../../schemas/ids.ts'
import { apply, emptyWorld, keyOf, take } from '../../test/support/world.ts'
import { emptyDesk } from '../../core/rules/make-desk.ts'
import notices, { anHour } from './index.ts'

const phone = (n: number) => `+90532000000${n}`
const row = (more: Partial<NotificationRow> = {}): NotificationRow => ({
  ...notificationDefault,
  id: 'all',
  name: 'All',
  on: ['assigned', 'newInGroup', 'customerReplied', 'slaWarning', 'slaBreached', 'accountDown'],
  account: 'pigeon/main',
  version: 1,
  ...more,
})
const shopIn = (language: string | null): BrandRow => ({
  id: 'shop',
  name: 'Shop',
  language,
  timezone: null,
  calendar: null,
  version: 1,
})
function desk(...notifications: readonly NotificationRow[]) {
  const world = emptyWorld()
  const agents = [
    agentRow('ada', { email: phone(1), groups: ['front'] }),
    agentRow('bea', { email: phone(2), groups: ['front'], brands: ['other'] }),
    agentRow('root', { email: phone(3), role: 'administrator' }),
    agentRow('part', { email: phone(5), role: 'administrator', brands: ['other'] }),
    agentRow('gone', { email: phone(4), groups: ['front'], isActive: false }),
  ]
  world.desk = { ...emptyDesk, version: 1, agents, notifications }
  world.accounts.set(keyOf(channel, 'main'), accountRow())
  const ticket = ticketRow({ brand: 'shop', assignee: 'ada' })
  world.tickets.set(ticket.id, ticket)
  let n = 0
  type Actor = EventOf<'ticket.assigned'>['actor']
  const owned = (
    field: 'assignee' | 'group',
    to: string,
    actor: Actor = { kind: 'system', id: 'triage' },
    at = start,
  ) => {
    const { data } = ownerChanged({ ...ticket, assignee: null, group: null }, field, to) as EventOf<'ticket.assigned'>
    return take(world, notices, event('ticket.assigned', `o${(n += 1)}`, data, { actor, at }))
  }
  const wrote = (at = start, dedupe = `w${(n += 1)}`, origin: 'live' | 'replay' = 'live') => {
    const data = { ticket: ticket.id, message: `msg_${dedupe}`, direction: 'in', kind: 'user' } as const
    return take(world, notices, event('ticket.message_added', dedupe, data, { at, origin }))
  }
  const down = () => {
    const data = { from: 'connected', state: 'auth_failed', why: 'the password is wrong', facts: {} } as const
    return take(world, notices, event('channel.health_changed', `d${(n += 1)}`, data))
  }
  const clock = {
    ticket: ticket.id,
    metric: 'firstResponse',
    policy: 'gold',
    startedAt: start,
    targetMinutes: 60,
    dueAt: after({ hours: 1 }),
  } as const
  const near = (origin: 'live' | 'replay' = 'live', at = start) =>
    take(world, notices, event('sla.warning', `n${(n += 1)}`, { ...clock, percent: 80 }, { at, origin }))
  const missed = (at = start, metric: 'firstResponse' | 'resolution' = 'firstResponse') =>
    take(world, notices, event('sla.breached', `b${(n += 1)}`, { ...clock, metric }, { at }))
  const told = () => [...world.replies.values()].map(({ outbound }) => [outbound.to.name, outbound.subject])
  return { world, ticket, owned, wrote, down, near, missed, told }
}

it('D72 whose ticket it is, whose group it waits for, whose customer wrote, and administrators of an account that is down', async () => {
  const on = desk(row())
  await on.owned('assignee', 'ada')
  await on.owned('group', 'front')
  await on.wrote()
  await on.down()
  expect(on.told()).toEqual([
    ['ada', 'Ticket 1000 is yours now'],
    ['ada', 'Ticket 1000 waits for your group'],
    ['ada', 'Ticket 1000 has an answer from its customer'],
    ['root', 'The account pigeon/main cannot be used any more'],
  ])
  expect([...on.world.replies.values()].every(({ outbound }) => outbound.notice && outbound.author === 'auto')).toBe(
    true,
  )
})

it('D72 D28 what a guest writes is no answer of the customer: nobody is told so, and the customer’s own a minute later is told', async () => {
  const on = desk(row())
  const guest = messageRow('walk', 'guest', { ticket: on.ticket.id, parts: [{ kind: 'guest', why: 'passed on' }] })
  apply(on.world, [{ do: 'add-message', message: { ...guest, id: 'msg_passed' as MessageId } }])
  await on.wrote(start, 'passed')
  expect(on.told()).toEqual([])
  await on.wrote(after({ minutes: 1 }))
  expect(on.told()).toEqual([['ada', 'Ticket 1000 has an answer from its customer']])
})

it('D72 B7 whoever has the ticket hears that a target is near and that it was missed, which one and when it was due', async () => {
  const on = desk(row())
  await on.near()
  await on.near('replay', after({ minutes: 30 }))
  await on.missed(after({ hours: 1 }))
  await on.missed(after({ hours: 2 }), 'resolution')
  expect([...on.world.replies.values()].map(({ outbound, text }) => [outbound.to.name, text.split('\n\n')])).toEqual([
    [
      'ada',
      expect.arrayContaining([
        'Ticket 1000 is near the end of a target: Merhaba',
        '80 % of the time for the first answer is over; it is due 2026-11-20 11:00 UTC.',
      ]),
    ],
    [
      'ada',
      expect.arrayContaining([
        'Ticket 1000 has missed a target: Merhaba',
        'What was missed is the first answer; it was due 2026-11-20 11:00 UTC.',
      ]),
    ],
    ['ada', expect.arrayContaining(['What was missed is resolving it; it was due 2026-11-20 11:00 UTC.'])],
  ])
})

it('D72 a notice is in the language of whoever is told, else of the brand it is about, else in English', async () => {
  const on = desk(row())
  const said = async (agentLanguages: readonly string[], ofBrand: string | null) => {
    const { agents } = on.world.desk
    on.world.brands.set('shop', shopIn(ofBrand))
    on.world.desk = {
      ...on.world.desk,
      version: on.world.desk.version + 1,
      agents: agents.map((it) => (it.id === 'ada' ? { ...it, languages: agentLanguages } : it)),
    }
    await on.owned('assignee', 'ada')
    on.world.notices.length = 0
    const { subject, language } = [...on.world.replies.values()].at(-1)!.outbound
    return [language, subject]
  }
  const [turkish, english] = [
    ['tr', '1000 numaralı talep artık sizde'],
    ['en', 'Ticket 1000 is yours now'],
  ]
  expect(await said(['de', 'tr-TR'], 'en')).toEqual(turkish)
  expect(await said([], 'tr')).toEqual(turkish)
  expect(await said(['en-GB'], 'tr')).toEqual(english)
  expect(await said(['de'], null)).toEqual(english)
})

it('D72 B7 in Turkish a target is named, with how much of its time is over and its end; of an account, its brand’s language counts', async () => {
  const on = desk(row())
  on.world.brands.set('shop', shopIn('tr'))
  const accounts = [{ channel, id: 'main', brand: 'shop', mode: null, autoAfterMinutes: 0 }] as const
  on.world.desk = { ...on.world.desk, accounts }
  await on.near()
  await on.missed(after({ hours: 1 }), 'resolution')
  await on.down()
  const texts = [...on.world.replies.values()].map(({ text }) => text.split('\n\n'))
  const machine = 'Bu iletiyi bir makine gönderdi: yanıtını kimse okumaz.'
  expect(texts).toEqual([
    [
      '1000 numaralı talep için hedef süre dolmak üzere: Merhaba',
      'Talebi açan: Ayşe.',
      'Hedef: ilk yanıt. Geçen süre: %80; süre sonu: 2026-11-20 11:00 UTC.',
      machine,
    ],
    [
      '1000 numaralı talep için hedef süre aşıldı: Merhaba',
      'Talebi açan: Ayşe.',
      'Aşılan hedef: çözüm; süre sonu: 2026-11-20 11:00 UTC.',
      machine,
    ],
    ['pigeon/main hesabı artık kullanılamıyor', 'the password is wrong', machine],
  ])
})

it('D72 B7 a target of what nobody has is told to its group, as far as they may see it; of no group, to nobody', async () => {
  const named = async (of: { assignee: string | null; group: string | null }) => {
    const on = desk(row())
    on.world.tickets.set(on.ticket.id, { ...on.ticket, ...of })
    await on.missed()
    return on.told().map(([name]) => name)
  }
  expect(await named({ assignee: null, group: 'front' })).toEqual(['ada'])
  expect(await named({ assignee: 'root', group: 'front' })).toEqual(['root'])
  expect(await named({ assignee: null, group: null })).toEqual([])
})

it('D72 of what is spam nobody is told, however much of it comes, but by whoever gives it to them', async () => {
  const on = desk(row())
  on.world.tickets.set(on.ticket.id, { ...on.ticket, status: 'spam', category: 'junk' })
  await on.wrote()
  await on.owned('group', 'front')
  expect(on.told()).toEqual([])
  await on.owned('assignee', 'ada', { kind: 'agent', id: 'root' })
  expect(on.told()).toEqual([['ada', 'Ticket 1000 is yours now']])
})

it.each([
  ['that they did themselves', row(), { kind: 'agent', id: 'ada' }],
  ['that is switched off', row({ isActive: false }), undefined],
  ['of another kind', row({ on: ['newInGroup'] }), undefined],
  ['that others are told', row({ agents: ['root'] }), undefined],
  ['they are left out of', row({ except: ['ada'] }), undefined],
  ['of another brand', row({ brands: ['other'] }), undefined],
  ['of another channel', row({ channels: ['other'] }), undefined],
] as const)('D72 nobody is told %s', async (_, notification, actor) => {
  const on = desk(notification)
  await on.owned('assignee', 'ada', actor)
  expect(on.told()).toEqual([])
})

it('P11 D72 nothing goes where it would come back, to an address that is gone, or from an account that cannot send', async () => {
  const told = async (change: (on: ReturnType<typeof desk>) => void) => {
    const on = desk(row())
    change(on)
    await on.owned('assignee', 'ada')
    return on.told().length
  }
  const ours = { routes: ['905320000001'] }
  expect(await told(() => undefined)).toBe(1)
  expect(await told(({ world }) => world.accounts.set(keyOf(channel, 'main'), accountRow({ settings: ours })))).toBe(0)
  expect(
    await told(({ world }) => world.accounts.set(keyOf(channel, 'main'), accountRow({ state: 'auth_failed' }))),
  ).toBe(0)
  const stop = { key: 'phone:905320000001', subject: 'automatic_mail', why: 'undeliverable: 5.1.1', at: start }
  const contact = {
    id: 'con_x' as never,
    name: null,
    address: null,
    keys: ['phone:905320000001'],
    language: null,
    isBlocked: false,
  }
  const known = { ...contact, stops: [stop], createdAt: start }
  expect(await told(({ world }) => world.contacts.set('con_x', known))).toBe(0)
})

it('D72 where the account of one notification cannot send, another that tells them the same does, and once', async () => {
  const on = desk(row(), row({ id: 'spare', account: 'pigeon/spare' }))
  on.world.accounts.set(keyOf(channel, 'spare'), accountRow({ id: 'spare' }))
  await on.down()
  on.world.accounts.set(keyOf(channel, 'main'), accountRow({ state: 'auth_failed' }))
  await on.owned('assignee', 'ada')
  expect([...on.world.replies.values()].map(({ account, outbound }) => [account, outbound.to.name])).toEqual([
    ['main', 'root'],
    ['spare', 'ada'],
  ])
})

it('D72 G4 one event is told once, one ticket once in ten minutes, thirty things an hour; what is replayed never', async () => {
  const on = desk(row())
  await on.wrote(start, 'same')
  await on.wrote(start, 'same')
  await on.wrote(after({ minutes: 9 }))
  await on.wrote(after({ minutes: 11 }), 'replayed', 'replay')
  expect(on.told()).toHaveLength(1)
  await on.wrote(after({ minutes: 11 }))
  await on.wrote(after({ minutes: 71 }), 'same')
  expect(on.told()).toHaveLength(2)
  const busy = desk(row())
  for (const n of Array.from({ length: 40 }).keys()) {
    const other = ticketRow({ id: `tkt_${n}` as never, number: n, assignee: 'ada', brand: 'shop' })
    busy.world.tickets.set(other.id, other)
    const data = { ticket: other.id, message: 'msg_1', direction: 'in', kind: 'user' } as const
    await take(busy.world, notices, event('ticket.message_added', `busy${n}`, data))
  }
  expect(busy.told()).toHaveLength(anHour)
  expect([...busy.world.replies.values()].at(-1)?.text).toContain('the last notice of this hour')
})
