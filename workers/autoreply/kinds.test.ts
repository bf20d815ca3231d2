// What a machine says, to whom, when: the kinds, the hours, the languages, and that each is said once.
import { expect, it } from 'vitest'
import type { Instant } from '../../schemas/ids.ts'
import { agentRow } from '../../test/support/desk-given.ts'
import { agent, start } from '../../test/support/given.ts'
import { autoReplyWorld, office } from '../../test/support/auto-reply-world.ts'
import { call, onlyTicket } from '../../test/support/world.ts'
import { reply } from '../../core/commands/reply.ts'

/** Of a Friday in Istanbul, three hours before Greenwich. */
const at = (clock: string): Instant => `2026-11-20T${clock}:00.000Z` as Instant
const [open, lastOpen, closed, night] = [at('10:00'), at('13:59'), at('14:00'), at('20:00')]
const inside = { id: 'in', hours: 'inside', texts: { en: { text: 'Soon.' } } } as const
const outside = { id: 'out', hours: 'outside', texts: { en: { text: 'On {{hours.nextOpening}}.' } } } as const
const closedText = {
  id: 'closed',
  kind: 'outOfHours',
  texts: { en: { text: 'Closed until {{hours.nextOpening}}.' } },
} as const
const greeting = { id: 'hi', kind: 'greeting', texts: { en: { text: 'Hello {{requester.name|you}}.' } } } as const
const busy = { id: 'busy', kind: 'busy', texts: { en: { text: 'All of us are busy.' } } } as const

it('D12 a mail at 16:59 and one at 17:00 of the shop get each their own text, also where the clocks have changed', async () => {
  const say = async (when: Instant) => {
    const on = autoReplyWorld({ replies: [inside, outside] })
    await on.comes({ id: 'm1', at: when }, when)
    return on.texts()[0]
  }
  expect([await say(lastOpen), await say(closed)]).toEqual(['Soon.', 'On Monday 9:00 AM.'])
  const berlin = { ...office, timezone: 'Europe/Berlin' }
  const of = async (when: string) => {
    const on = autoReplyWorld({ replies: [inside, outside], calendars: [berlin] })
    await on.comes({ id: 'm1', at: when as Instant }, when as Instant)
    return on.texts()[0]
  }
  // The last Friday of winter time and the first Monday of summer time.
  expect([await of('2026-03-27T15:59:00.000Z'), await of('2026-03-27T16:00:00.000Z')]).toEqual([
    'Soon.',
    'On Monday 9:00 AM.',
  ])
  expect([await of('2026-03-30T14:59:00.000Z'), await of('2026-03-30T15:00:00.000Z')]).toEqual([
    'Soon.',
    'On Tuesday 9:00 AM.',
  ])
})

it('D11 a ticket that its answer resolves is resolved under "Automatic Replies"; the next mail reopens it and is a person’s', async () => {
  const on = autoReplyWorld({ replies: [{ resolve: true }] })
  await on.comes({ id: 'm1' })
  expect(onlyTicket(on.world)).toMatchObject({ status: 'resolved', topic: 'Automatic Replies' })
  expect([...on.world.wakes.values()].map(({ kind }) => kind)).toContain('close_ticket')
  const [why] = on.events('ticket.status_changed').map(({ data }) => data.because)
  expect(why).toMatchObject({ by: 'auto_reply', name: 'Thanks' })
  await on.comes({ id: 'm2', thread: 'mail:m1', at: at('10:30') }, at('10:30'))
  expect([onlyTicket(on.world).status, on.texts().length]).toEqual(['reopened', 1])
})

it('D11 D62 a live conversation is not over when a machine has said that we are closed: its ticket stays for people', async () => {
  const status = async (from: string) => {
    const on = autoReplyWorld({ replies: [{ ...closedText, resolve: true }] })
    await on.comes({ id: 'c1', from, at: night }, night)
    return [on.texts().length, onlyTicket(on.world).status]
  }
  expect([await status('905321112233'), await status('ada@people.example')]).toEqual([
    [1, 'new'],
    [1, 'resolved'],
  ])
})

it('D11 3.8 without being told so it leaves the ticket as it is, for people to see', async () => {
  const on = autoReplyWorld()
  await on.comes({ id: 'm1' })
  expect(onlyTicket(on.world)).toMatchObject({ status: 'new', topic: null })
  expect(on.events('reply.requested').map(({ data }) => [data.author, data.why])).toEqual([
    ['auto', 'Automatic reply “Thanks”: always'],
  ])
})

it('L2 D62 a live conversation is greeted once, a mail never by that', async () => {
  const on = autoReplyWorld({ replies: [greeting] })
  for (const n of [1, 2, 3]) await on.comes({ id: `c${n}`, from: '905321112233' })
  await on.comes({ id: 'm1' })
  expect(on.texts()).toEqual(['Hello Ada.'])
  expect(on.withheld()).toEqual([])
})

it('L2 D62 one that begins anew after weeks of silence is greeted again, one that follows up is not', async () => {
  const again = async (days: number) => {
    const on = autoReplyWorld({ replies: [greeting] })
    const later = new Date(Date.parse(start) + days * 86_400_000).toISOString() as Instant
    await on.comes({ id: 'c1', from: '905321112233' })
    const [ticket] = on.world.tickets.values()
    on.world.tickets.set(ticket!.id, { ...ticket!, status: 'closed', category: 'done' })
    await on.comes({ id: 'c2', from: '905321112233', at: later }, later)
    return [on.world.tickets.size, on.texts().length]
  }
  expect([await again(10), await again(20)]).toEqual([
    [2, 1],
    [2, 2],
  ])
})

it('L2 one that was never silent for so long is not greeted again, however long ago that was', async () => {
  const on = autoReplyWorld({ replies: [greeting] })
  for (const days of [0, 10, 20, 30, 40]) {
    const later = new Date(Date.parse(start) + days * 86_400_000).toISOString() as Instant
    await on.comes({ id: `c${days}`, from: '905321112233', at: later }, later)
    for (const ticket of on.world.tickets.values())
      on.world.tickets.set(ticket.id, { ...ticket, status: 'closed', category: 'done' })
  }
  expect([on.world.tickets.size, on.texts().length]).toEqual([5, 1])
})

it('B20 P20 whoever writes at night hears once when we open, however often and in however many tickets they write', async () => {
  const on = autoReplyWorld({ replies: [closedText, greeting] })
  for (const [n, when] of [night, at('20:01'), at('23:00'), '2026-11-22T08:00:00.000Z' as Instant].entries())
    await on.comes({ id: `c${n}`, from: '905321112233', at: when }, when)
  expect([on.texts(), on.withheld()]).toEqual([['Closed until Monday 9:00 AM.'], []])
  const nextNight = '2026-11-23T18:00:00.000Z' as Instant
  await on.comes({ id: 'c9', from: '905321112233', at: nextNight }, nextNight)
  expect(on.texts()).toEqual(['Closed until Monday 9:00 AM.', 'Closed until Tuesday 9:00 AM.'])
})

it.each([
  ['4 minutes', '19:56', 0],
  ['6 minutes', '19:54', 1],
] as const)('B20 an agent who wrote %s before is there: nothing is said beside them', async (_, clock, count) => {
  const on = autoReplyWorld({ replies: [closedText] })
  await on.comes({ id: 'c1', from: '905321112233', at: open }, open)
  await on.agentWrites('905321112233', at(clock))
  await on.comes({ id: 'c2', from: '905321112233', at: night }, night)
  expect([on.texts().length, on.withheld()]).toEqual([count, []])
})

it('B20 an agent who wrote two minutes before is there, though what they wrote on is closed and this follows it up', async () => {
  const on = autoReplyWorld({ replies: [closedText] })
  await on.comes({ id: 'c1', from: '905321112233', at: open }, open)
  await on.agentWrites('905321112233', at('19:58'))
  const first = onlyTicket(on.world)
  on.world.tickets.set(first.id, { ...first, status: 'closed', category: 'done' })
  await on.comes({ id: 'c2', from: '905321112233', at: night }, night)
  expect([on.world.tickets.size, on.texts()]).toEqual([2, []])
})

it('B20 what an agent writes is never answered', async () => {
  const on = autoReplyWorld({ replies: [closedText, greeting] })
  await on.comes({ id: 'c1', from: '905321112233', at: open, data: { parts: [] } }, open)
  await on.agentWrites('905321112233', night)
  expect(on.texts()).toEqual(['Hello Ada.'])
})

it('B20 that we are closed is not said any more when we have opened meanwhile', async () => {
  const on = autoReplyWorld({ replies: [closedText] })
  const early = '2026-11-23T05:59:30.000Z' as Instant
  await on.comes({ id: 'c1', from: '905321112233', at: early }, '2026-11-23T06:00:30.000Z' as Instant)
  expect(on.texts()).toEqual([])
})

it('D12 B20 L2 what is written at 08:59 and read at 09:00 hears what is said by day instead; what D12 has for the hours it was written at goes before', async () => {
  const say = async (from: string, ...replies: readonly object[]) => {
    const on = autoReplyWorld({ replies: [closedText, ...replies] })
    const early = '2026-11-23T05:59:30.000Z' as Instant
    await on.comes({ id: 'c1', from, at: early }, '2026-11-23T06:00:30.000Z' as Instant)
    return on.texts()
  }
  expect(await say('905321112233', greeting)).toEqual(['Hello Ada.'])
  expect(await say('905321112233', busy)).toEqual([])
  expect(await say('ada@people.example', {})).toEqual([expect.stringMatching(/^We have your mail/)])
  expect(await say('ada@people.example', inside, outside)).toEqual(['On Monday 9:00 AM.'])
  expect(await say('ada@people.example', inside)).toEqual([])
})

it('D62 that all are busy is said where somebody waits and nobody who is online has room', async () => {
  const say = async (capacity: Record<string, number>, presence: 'online' | 'offline' = 'online') => {
    const on = autoReplyWorld({ replies: [busy, greeting], agents: [agentRow('bea', { capacity })] })
    on.world.presences.set('bea', { agent: 'bea', presence, since: start })
    await on.comes({ id: 'c0', from: '905320000000' })
    const [first] = on.world.tickets.values()
    on.world.tickets.set(first!.id, { ...first!, assignee: 'bea', status: 'open', category: 'open' })
    await on.comes({ id: 'c1', from: '905321112233' })
    return on.texts().at(-1)
  }
  expect([await say({ pigeon: 1 }), await say({ pigeon: 2 }), await say({ pigeon: 2 }, 'offline')]).toEqual([
    'All of us are busy.',
    'Hello Ada.',
    'All of us are busy.',
  ])
})

it('D62 that all are busy is said once to who waits, whatever the budget, and again when they wait after a person answered', async () => {
  const on = autoReplyWorld({ replies: [busy], agents: [agentRow('bea')] })
  on.world.workspace = { ...on.world.workspace, autoReplyBudgets: { ticketPerDay: 10 } }
  const [first, ...more] = [at('10:00'), at('10:05'), at('10:20'), at('11:00')]
  for (const [n, when] of [first!, ...more].entries())
    await on.comes({ id: `c${n}`, from: '905321112233', at: when }, when)
  expect([on.texts().length, on.withheld()]).toEqual([1, []])
  await on.agentWrites('905321112233', at('11:05'))
  await on.comes({ id: 'c9', from: '905321112233', at: at('12:00') }, at('12:00'))
  expect(on.texts().length).toBe(2)
})

it('D27 it is said in the customer’s language, else the brand’s, with the day as they say it', async () => {
  const texts = { en: { text: 'On {{hours.nextOpening}}' }, tr: { text: '{{hours.nextOpening}} açığız' } }
  const say = async (language: string | null, brand: string | null) => {
    const on = autoReplyWorld({ replies: [{ ...outside, texts }], brand: { language: brand } })
    await on.comes({ id: 'm1', at: closed, data: { text: '' } }, closed)
    if (language === null) return on.texts()[0]
    const two = autoReplyWorld({ replies: [{ ...outside, texts }], brand: { language: brand } })
    two.world.contacts.clear()
    await two.comes({ id: 'm0', at: open, data: { text: '' } }, open)
    const [contact] = two.world.contacts.values()
    two.world.contacts.set(contact!.id, { ...contact!, language })
    await two.comes({ id: 'm1', at: closed, data: { text: '' } }, closed)
    return two.texts()[0]
  }
  expect([await say('tr-TR', 'en'), await say(null, 'tr'), await say('xx', null)]).toEqual([
    'Pazartesi 09:00 açığız',
    'Pazartesi 09:00 açığız',
    'On Monday 9:00 AM',
  ])
  // What only looks like a tag is its first part, and the hour is that of the same wall.
  const odd = autoReplyWorld({ replies: [{ ...outside, texts: { 'tr-a1': texts.tr } }], brand: { language: 'tr' } })
  await odd.comes({ id: 'm1', at: closed, data: { text: '' } }, closed)
  expect(odd.texts()).toEqual(['Pazartesi 09:00 açığız'])
})

it('P10 what a stranger calls themselves is said back only where it is a name', async () => {
  const say = async (name: string | null) => {
    const on = autoReplyWorld({ replies: [greeting] })
    await on.comes({ id: 'c1', from: '905321112233', name })
    return on.texts()[0]
  }
  expect(await say('Ayşe O’Neil')).toBe('Hello Ayşe O’Neil.')
  for (const odd of [
    null,
    'Win at https://spam.example',
    'www spam',
    'a'.repeat(90),
    '{{ticket.number}}',
    'spam.example',
  ])
    expect(await say(odd), String(odd)).toBe('Hello you.')
})

it('D16 the tree of conditions, weight and scope say which one, and only one is sent', async () => {
  const replies = [
    { id: 'a', weight: 5, texts: { en: { text: 'any' } } },
    {
      id: 'b',
      weight: 1,
      texts: { en: { text: 'refund' } },
      when: { field: 'message.text', op: 'contains', value: 'refund' },
    },
    { id: 'c', weight: 0, isActive: false, texts: { en: { text: 'off' } } },
    { id: 'd', weight: 0, brands: ['other'], texts: { en: { text: 'other' } } },
    { id: 'e', weight: 0, accounts: ['pigeon/other'], texts: { en: { text: 'elsewhere' } } },
  ] as const
  const say = async (text: string) => {
    const on = autoReplyWorld({ replies })
    await on.comes({ id: 'm1', data: { text } })
    return on.texts()
  }
  expect([await say('I want a refund'), await say('Hello')]).toEqual([['refund'], ['any']])
})

it('3.8 P20 one a ticket in a day, five an address, and each end of a budget is told once a ticket', async () => {
  const on = autoReplyWorld()
  for (const n of Array.from({ length: 8 }).keys()) await on.comes({ id: `m${n}` })
  expect([on.texts().length, on.withheld()]).toEqual([5, ['budget_address', 'budget_address', 'budget_address']])
  expect(new Set(on.events('ticket.auto_reply_withheld').map(({ data }) => data.ticket)).size).toBe(3)
})

it('3.8 P20 a second kind finds the day of its ticket spent', async () => {
  const on = autoReplyWorld({ replies: [greeting, closedText] })
  await on.comes({ id: 'c1', from: '905321112233', at: lastOpen }, lastOpen)
  await on.comes({ id: 'c2', from: '905321112233', at: closed }, closed)
  expect([on.texts(), on.withheld()]).toEqual([['Hello Ada.'], ['budget_ticket']])
})

it('P10 G21 addresses that change by a letter count for their domain: twenty in an hour, then silence and a word of it', async () => {
  const on = autoReplyWorld()
  for (const n of Array.from({ length: 30 }).keys()) await on.comes({ id: `m${n}`, from: `robot${n}@machines.example` })
  expect([on.texts().length, new Set(on.withheld())]).toEqual([20, new Set(['budget_domain'])])
  const later = at('11:01')
  await on.comes({ id: 'later', from: 'robot99@machines.example', at: later }, later)
  expect(on.texts().length).toBe(21)
})

it('P10 twenty messages in ten minutes are a machine’s, whatever they say', async () => {
  const on = autoReplyWorld({ replies: [closedText] })
  for (const n of Array.from({ length: 21 }).keys())
    await on.comes({ id: `c${n}`, from: '905321112233', at: lastOpen }, lastOpen)
  await on.comes({ id: 'c99', from: '905321112233', at: closed }, closed)
  expect([on.texts(), on.withheld()]).toEqual([[], ['flood']])
})

it('B20 an automatic answer is no first response: the ticket is new, and the agent’s answer moves it', async () => {
  const on = autoReplyWorld()
  await on.comes({ id: 'm1' })
  const { id } = onlyTicket(on.world)
  await call(on.world, reply, { ticket: id, text: 'Here it is.' }, { by: agent, now: at('10:05') })
  expect(onlyTicket(on.world).status).toBe('pending')
})
