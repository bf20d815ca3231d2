// The table of 3.3, cell by cell, against a reading of the page in plain sentences.
import { describe, expect, it } from 'vitest'
import { statusCategories, ticketStatuses, type TicketStatus } from '../../schemas/ticket.ts'
import { emptyDesk, makeDesk } from './make-desk.ts'
import { after, start } from '../../test/support/given.ts'
import { daysBetween } from './durations.ts'
import { lifecycleOf, type Lifecycle } from './lifecycle.ts'
import { happenings, outcomeOf, type Happening, type Outcome } from './status-machine.ts'
import { maySet, standingOf } from './ticket-status.ts'

const life: Lifecycle = { onReply: 'pending', followUpDays: 7, closeDays: 14, requireTopic: false }
const isWork = (status: TicketStatus) => statusCategories[status] === 'open'

/** 3.3 as it is written there, a sentence after the other. */
function naive(
  happening: Happening,
  status: TicketStatus,
  asked: { life: Lifecycle; days: number; topic: string | null },
): Outcome {
  const { onReply, followUpDays, requireTopic } = asked.life
  // "Not status changing: internal note, forward, auto-reply, DSN, auto-submitted inbound, receipt, tag, reaction."
  if (/machine|guest|note|forward|receipt|tagged|reacted/.test(happening)) return 'stay'
  // "closed --customer message--> new linked ticket"; immutable for everybody else.
  if (status === 'closed') return /customer_wrote|blocked_wrote|we_answered/.test(happening) ? 'follow-up' : 'stay'
  if (happening === 'customer_wrote') {
    if (status === 'pending' || status === 'on_hold') return 'open'
    if (status !== 'resolved') return 'stay'
    // "within followUpDays (default 7, 0 = always new) --> reopened; after that -> new ticket"
    if (followUpDays === null) return 'reopened'
    return followUpDays > 0 && asked.days <= followUpDays ? 'reopened' : 'follow-up'
  }
  if (happening === 'we_answered') {
    if (!isWork(status)) return 'stay'
    if (onReply === 'open') return status === 'open' ? 'stay' : 'open'
    return onReply === 'resolved' && !(requireTopic && asked.topic === null) ? 'resolved' : 'pending'
  }
  if (happening === 'answer_lost') {
    if (status === 'pending') return 'open'
    return status === 'resolved' && onReply === 'resolved' ? 'reopened' : 'stay'
  }
  // D11: what was resolved with an automatic reply was resolved because of it.
  if (happening === 'auto_reply_lost')
    return status === 'resolved' && asked.topic === 'Automatic Replies' ? 'reopened' : 'stay'
  if (happening === 'close_days') return status === 'resolved' ? 'closed' : 'stay'
  if (happening === 'snooze_over') return statusCategories[status] === 'waiting' ? 'open' : 'stay'
  return 'stay'
}

it('3.3 B6 the table says what the page says, in every cell, under every setting', () => {
  let looked = 0
  for (const happening of happenings)
    for (const status of ticketStatuses)
      for (const onReply of ['pending', 'open', 'resolved'] as const)
        for (const followUpDays of [null, 0, 1, 7])
          for (const days of [0, 1, 1.5, 7, 8])
            for (const topic of [null, 'why', 'Automatic Replies'])
              for (const requireTopic of [false, true]) {
                const set = { ...life, onReply, followUpDays, requireTopic }
                const ticket = { status, topic, resolvedAt: status === 'resolved' ? start : null }
                const at = after({ minutes: days * 1_440 })
                const found = outcomeOf(happening, ticket, { life: set, at })
                const case_ = `${happening} on ${status}, ${JSON.stringify(set)}, ${days} days, topic ${topic}`
                expect(`${case_}: ${found}`).toBe(`${case_}: ${naive(happening, status, { life: set, days, topic })}`)
                looked += 1
              }
  expect(looked).toBe(happenings.length * 8 * 3 * 4 * 5 * 6)
  expect(daysBetween(start, after({ days: 7 }))).toBe(7)
})

describe('what is set of a life', () => {
  const desk = makeDesk({
    ...emptyDesk,
    lifecycle: { onReply: 'pending', followUpDays: 7, closeDays: 14 },
    brands: [
      {
        id: 'shop',
        name: 'Shop',
        language: null,
        timezone: null,
        calendar: null,
        lifecycle: { onReply: 'open', closeDays: 3 },
        version: 1,
      },
    ],
    accounts: [
      {
        channel: 'pigeon' as never,
        id: 'main',
        brand: 'shop',
        mode: null,
        autoAfterMinutes: 10,
        lifecycle: { onReply: 'resolved' },
      },
    ],
    groups: [{ reopen: 'always' as const }, { reopen: 'never' as const }, { reopen: 'within' as const, days: 30 }].map(
      (followUp) => ({
        id: followUp.reopen,
        name: followUp.reopen,
        description: null,
        channels: [],
        isDefault: false,
        followUp,
        version: 1,
      }),
    ),
  })
  const of = (more: object) => lifecycleOf(desk, { brand: null, channel: null, account: null, group: null, ...more })

  it('3.8 an account says it before its brand, a brand before the workspace, each only what it differs in', () => {
    expect(of({})).toEqual(life)
    expect(of({ brand: 'shop' })).toEqual({ ...life, onReply: 'open', closeDays: 3 })
    const pigeon = { brand: 'shop', channel: 'pigeon', account: 'main' }
    expect(of(pigeon)).toEqual({ ...life, onReply: 'resolved', closeDays: 3 })
    expect(of({ ...pigeon, brand: 'gone', account: 'other' })).toEqual(life)
  })

  it('B6 a group says whether its customers may come back, and no ticket closes before they may not', () => {
    expect(of({ group: 'never', brand: 'shop' })).toMatchObject({ followUpDays: 0, closeDays: 3 })
    expect(of({ group: 'always', brand: 'shop' })).toMatchObject({ followUpDays: null, closeDays: null })
    expect(of({ group: 'within', brand: 'shop' })).toMatchObject({ followUpDays: 30, closeDays: 30 })
  })

  it('B24 a status of their own behaves like its category, and can be had from where that can', () => {
    const own = makeDesk({
      ...emptyDesk,
      statuses: [
        { key: 'parts', name: 'Waiting for parts', category: 'waiting', labels: {}, version: 1 },
        { key: 'refunded', name: 'Refunded', category: 'done', labels: {}, version: 1 },
      ],
    })
    const at = (key: string) => standingOf(own, key)!
    expect(at('parts')).toEqual({ status: 'on_hold', customStatus: 'parts' })
    expect(at('refunded')).toEqual({ status: 'resolved', customStatus: 'refunded' })
    expect(standingOf(own, 'gone')).toBe(null)
    expect(maySet(at('open'), at('parts'))).toBe(true)
    expect(maySet(at('on_hold'), at('parts'))).toBe(true)
    expect(maySet(at('resolved'), at('parts'))).toBe(false)
    expect(maySet(at('refunded'), at('reopened'))).toBe(true)
    expect(maySet(at('closed'), at('refunded'))).toBe(false)
    expect(outcomeOf('customer_wrote', { ...at('parts'), resolvedAt: null, topic: null }, { life, at: start })).toBe(
      'open',
    )
  })
})
