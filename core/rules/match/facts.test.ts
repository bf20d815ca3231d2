// What rules look at, read off real shapes: mails with headers, reviews, tickets without a message; hours by the clock of the brand.
import { describe, expect, it } from 'vitest'
import { contactRow, id, ticketRow } from '../../../test/support/given.ts'
import { messageRow, triageRow } from '../../../test/support/make-rule.ts'
import { conditionFields } from '../../../schemas/rule.ts'
import type { Instant, TicketId } from '../../../schemas/ids.ts'
import type { TriageRow } from '../../ports/reader.ts'
import { emptyDesk, makeDesk } from '../make-desk.ts'
import { ruleFactsOf } from './facts.ts'

const zones = { istanbul: 'Europe/Istanbul', york: 'America/New_York', none: null, odd: 'Mars/Olympus' }
const desk = makeDesk({
  ...emptyDesk,
  brands: Object.entries(zones).map(([name, timezone]) => ({
    id: name,
    name,
    language: null,
    timezone,
    calendar: null,
    version: 1,
  })),
})
const factsOf = (more: Partial<TriageRow> = {}) => ruleFactsOf(triageRow(more), desk)

describe('facts', () => {
  it('D15 of every field there is', () => {
    const missing = Object.keys(conditionFields).filter((field) => !(field in factsOf()))
    expect(missing).toEqual([])
  })

  it('B3 a header that stands there twice has both values, one that is none does no harm', () => {
    const headers = [['X-Tag', 'one'], ['x-tag', 'two'], ['alone'], 7, null, ['__proto__', 'x'], ['n', 5]]
    const facts = factsOf({
      message: messageRow({
        parts: [
          { kind: 'mail', headers },
          { kind: 'odd', headers: 'x' },
        ],
      }),
    })
    expect(facts['mail.header.x-tag']).toEqual(['one', 'two'])
    expect(Object.keys(facts).filter((it) => it.startsWith('mail.'))).toEqual([
      'mail.header.x-tag',
      'mail.header.__proto__',
    ])
  })

  it('D34 D15 of a review its stars', () => {
    const stars = (value: unknown) =>
      factsOf({ message: messageRow({ parts: [{ kind: 'review', stars: value }] }) })['message.rating']
    expect([stars(2), stars('2'), stars(undefined)]).toEqual([2, null, null])
  })

  it('D15 of a ticket and who wrote it: the contact says it better than the ticket', () => {
    const ticket = ticketRow({
      requesterName: 'old',
      requesterAddress: 'old@a.example',
      parent: id('tkt', 'p') as TicketId,
    })
    expect(factsOf({ ticket, contact: contactRow('Ayşe', { language: 'tr' }) })).toMatchObject({
      'ticket.account': 'pigeon/main',
      'ticket.isFollowUp': true,
      'contact.name': contactRow('Ayşe').name,
      'contact.language': 'tr',
    })
    expect(factsOf({ ticket })).toMatchObject({ 'contact.name': 'old', 'contact.address': 'old@a.example' })
  })

  it('D15 of a ticket that nobody wrote on: of the moment it was made', () => {
    const facts = factsOf({ message: null, ticket: ticketRow({ createdAt: '2026-11-21T23:05:00.000Z' as Instant }) })
    expect(facts).toMatchObject({ 'time.clock': '23:05', 'time.weekday': 'sat' })
    expect([facts['message.text'], facts['message.kind'], facts['message.parts']]).toEqual([undefined, null, null])
  })
})

describe('hours', () => {
  const clock = (brand: string | null, sentAt: string) => {
    const facts = factsOf({ ticket: ticketRow({ brand }), message: messageRow({ sentAt: sentAt as Instant }) })
    return `${String(facts['time.weekday'])} ${String(facts['time.clock'])}`
  }
  it('D15 go by the clock of the brand, its day of the week too, through changes of the clock', () => {
    expect(clock('istanbul', '2026-11-22T21:30:00.000Z')).toBe('mon 00:30')
    expect(clock('york', '2026-11-23T03:30:00.000Z')).toBe('sun 22:30')
    expect([clock('york', '2026-03-08T06:59:00.000Z'), clock('york', '2026-03-08T07:00:00.000Z')]).toEqual([
      'sun 01:59',
      'sun 03:00',
    ])
  })
  it('D15 are UTC without a brand, without its zone, or where nobody knows it', () => {
    for (const brand of [null, 'none', 'odd', 'gone'])
      expect(clock(brand, '2026-11-22T00:00:00.000Z')).toBe('sun 00:00')
  })
})
