// Working time against the vectors of the field, against clocks that change, and against a count minute by minute.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CalendarRow } from '../ports/desk-rows.ts'
import { weekdays, type Interval } from '../../schemas/calendar.ts'
import type { Instant } from '../../schemas/ids.ts'
import { seed } from '../../test/support/seed.ts'
import { naiveIsOpen } from '../../test/support/naive-calendar.ts'
import { addWorking, alwaysOpen, isOpen, nextClosing, nextOpening, workingBetween } from './working-time.ts'

const hour = 3_600_000
const office = [{ from: '09:00', to: '17:00' }]
const week = (intervals: readonly Interval[]): CalendarRow['weekly'] =>
  Object.fromEntries(weekdays.slice(0, 5).map((day) => [day, intervals]))
const calendar = (more: Partial<CalendarRow> = {}): CalendarRow => ({
  ...alwaysOpen,
  id: 'office',
  timezone: 'Europe/Istanbul', // three hours ahead, all year
  weekly: week(office),
  ...more,
})
/** What a wall in Istanbul shows. 2 March 2026 is a Monday. */
const at = (wall: string): Instant => new Date(`${wall}:00+03:00`).toISOString() as Instant
const [mon, tue, wed, fri, nextMon, nextTue] = [2, 3, 4, 6, '09', 10].map(
  (day) => `2026-03-${String(day).padStart(2, '0')}`,
)

describe('vectors', () => {
  it('V1 one hour from Friday 16:30 is Monday 09:30', () =>
    expect(addWorking(calendar(), at(`${fri}T16:30`), hour)).toBe(at(`${nextMon}T09:30`)))

  it('V2 two hours from Wednesday 07:00, before it opens, are Wednesday 11:00', () =>
    expect(addWorking(calendar(), at(`${wed}T07:00`), 2 * hour)).toBe(at(`${wed}T11:00`)))

  it('V3 two hours from Wednesday 10:00 are Wednesday 12:00', () =>
    expect(addWorking(calendar(), at(`${wed}T10:00`), 2 * hour)).toBe(at(`${wed}T12:00`)))

  it('V4 eight hours from Monday 10:00, that stand still from Monday 12:00 to Tuesday 11:00, are Tuesday 17:00', () => {
    const elapsed = workingBetween(calendar(), at(`${mon}T10:00`), at(`${mon}T12:00`))
    expect(elapsed).toBe(2 * hour)
    expect(addWorking(calendar(), at(`${tue}T11:00`), 8 * hour - elapsed)).toBe(at(`${tue}T17:00`))
  })

  it('V5 a holiday is passed over: one hour from Friday 16:30 is Tuesday 09:30', () => {
    for (const holiday of [nextMon!, nextMon!.slice(5)])
      expect(addWorking(calendar({ holidays: [holiday] }), at(`${fri}T16:30`), hour)).toBe(at(`${nextTue}T09:30`))
  })

  it('V6 lunch is passed over: one hour from 11:30 is 13:30', () => {
    const weekly = week([
      { from: '13:00', to: '17:00' },
      { from: '09:00', to: '12:00' },
    ])
    expect(addWorking(calendar({ weekly }), at(`${wed}T11:30`), hour)).toBe(at(`${wed}T13:30`))
  })

  it('V7 round the clock in Berlin, three hours from 01:30 on the night clocks go forward are 05:30', () => {
    const berlin = calendar({ timezone: 'Europe/Berlin', weekly: alwaysOpen.weekly })
    for (const one of [berlin, calendar({ ...berlin, exceptions: [{ date: '2026-01-01', intervals: [] }] })])
      expect(addWorking(one, '2026-03-29T00:30:00.000Z' as Instant, 3 * hour)).toBe('2026-03-29T03:30:00.000Z')
  })
})

describe('clocks that change', () => {
  const night = (from: string, to: string) => calendar({ timezone: 'Europe/Berlin', weekly: { sun: [{ from, to }] } })
  it('P13 an hour that is left out is not worked, one that is shown twice is worked twice', () => {
    const [march, october] = ['2026-03-28T12:00:00.000Z', '2026-10-24T12:00:00.000Z'] as Instant[]
    const daysOn = (from: Instant): Instant => new Date(Date.parse(from) + 48 * hour).toISOString() as Instant
    expect(workingBetween(night('01:00', '05:00'), march!, daysOn(march!))).toBe(3 * hour)
    expect(workingBetween(night('01:00', '05:00'), october!, daysOn(october!))).toBe(5 * hour)
  })

  it('what would begin in an hour that is left out begins after it', () => {
    expect(nextOpening(night('02:30', '04:00'), '2026-03-28T12:00:00.000Z' as Instant)).toBe('2026-03-29T01:00:00.000Z')
    expect(nextOpening(night('02:10', '02:50'), '2026-03-28T12:00:00.000Z' as Instant)).toBe('2026-04-05T00:10:00.000Z')
  })
})

describe('days', () => {
  it('a night belongs to the day it begins on: a holiday takes the one away that begins on it', () => {
    const nights = calendar({ weekly: week([{ from: '22:00', to: '06:00' }]), holidays: [tue!] })
    expect(isOpen(nights, at(`${tue}T05:59`))).toBe(true)
    expect(isOpen(nights, at(`${tue}T23:00`))).toBe(false)
    expect(isOpen(nights, at(`${wed}T05:59`))).toBe(false)
    expect(isOpen(nights, at(`${wed}T22:00`))).toBe(true)
  })

  it('an exception comes before a holiday and before the weekday', () => {
    const short = { date: tue!, intervals: [{ from: '10:00', to: '12:00' }] }
    const one = calendar({ holidays: [tue!], exceptions: [short, { date: wed!, intervals: [] }] })
    expect(nextOpening(one, at(`${mon}T17:00`))).toBe(at(`${tue}T10:00`))
    expect(nextOpening(one, at(`${tue}T12:00`))).toBe(at('2026-03-05T09:00'))
    expect(nextClosing(one, at(`${tue}T10:00`))).toBe(at(`${tue}T12:00`))
  })

  it('what touches is one: it does not close between', () => {
    const touching = calendar({
      weekly: { mon: [{ from: '20:00', to: '24:00' }], tue: [{ from: '00:00', to: '02:00' }] },
    })
    expect(nextClosing(touching, at(`${mon}T21:00`))).toBe(at(`${tue}T02:00`))
    expect(nextClosing(touching, at(`${mon}T12:00`))).toBe(at(`${mon}T12:00`))
  })

  it('what is due when it closes is due then, not when it opens again', () =>
    expect(addWorking(calendar(), at(`${fri}T16:00`), hour)).toBe(at(`${fri}T17:00`)))

  it('what never opens again, and what never closes, is said', () => {
    const never = calendar({ weekly: {} })
    expect(isOpen(never, at(`${mon}T12:00`))).toBe(false)
    expect(nextOpening(never, at(`${mon}T12:00`))).toBeNull()
    expect(addWorking(never, at(`${mon}T12:00`), 1)).toBeNull()
    expect(nextClosing(alwaysOpen, at(`${mon}T12:00`))).toBeNull()
    expect(addWorking(alwaysOpen, at(`${mon}T12:00`), 21 * 366 * 24 * hour)).toBeNull()
  })
})

describe('against a count minute by minute', () => {
  const minute = 60_000
  /** Days around a change of clocks in each zone: of an hour, of half an hour, at midnight, a whole day left out, none. */
  const places = [
    ['Europe/Berlin', '2026-03-27'],
    ['Europe/Berlin', '2026-10-23'],
    ['America/New_York', '2026-10-30'],
    ['America/Sao_Paulo', '2018-11-02'],
    ['America/Sao_Paulo', '2018-02-16'],
    ['Australia/Lord_Howe', '2026-04-03'],
    ['Africa/Casablanca', '2026-02-13'],
    ['Asia/Beirut', '2026-10-23'],
    ['Asia/Kathmandu', '2026-05-01'],
    ['Pacific/Apia', '2011-12-28'],
  ] as const
  const clock = fc
    .integer({ min: 0, max: 95 })
    .map((n) => `${String(Math.floor(n / 4)).padStart(2, '0')}:${String((n % 4) * 15).padStart(2, '0')}`)
  const interval = fc
    .record({ from: clock, to: fc.oneof(clock, fc.constant('24:00')) })
    .filter(({ from, to }) => from !== to)
  const someDay = fc.array(interval, { maxLength: 3 })
  const given = fc.record({
    place: fc.constantFrom(...places),
    weekly: fc.record(Object.fromEntries(weekdays.map((day) => [day, someDay]))),
    holiday: fc.integer({ min: 0, max: 5 }),
    other: fc.record({ day: fc.integer({ min: 0, max: 5 }), intervals: someDay }),
    from: fc.integer({ min: 0, max: 2 * 1440 }),
    length: fc.integer({ min: 0, max: 2 * 1440 }),
  })

  it('says the same of every minute, of how much lies between two, and of when so much has passed', () => {
    fc.assert(
      fc.property(given, ({ place: [timezone, first], weekly, holiday, other, from, length }) => {
        const begin = Date.parse(`${first}T00:00:00Z`)
        const dateOf = (day: number): string => new Date(begin + day * 24 * hour).toISOString().slice(0, 10)
        const exceptions = [{ date: dateOf(other.day), intervals: other.intervals }]
        const one = calendar({ timezone, weekly, holidays: [dateOf(holiday)], exceptions })
        const momentOf = (n: number): Instant => new Date(begin + n * minute).toISOString() as Instant
        const open = Array.from({ length: 4 * 1440 }, (_, n) => naiveIsOpen(one, begin + n * minute))
        for (let n = 0; n < open.length; n += 7) expect(isOpen(one, momentOf(n)), momentOf(n)).toBe(open[n])
        const to = from + length
        const worked = open.slice(from, to).filter(Boolean).length
        expect(workingBetween(one, momentOf(from), momentOf(to))).toBe(worked * minute)
        const said = (found: Instant | null, n: number): unknown => (n < 0 ? null : found)
        const [opens, closes] = [open.indexOf(true, from), open.indexOf(false, from)]
        expect(said(nextOpening(one, momentOf(from)), opens)).toBe(opens < 0 ? null : momentOf(opens))
        expect(said(nextClosing(one, momentOf(from)), closes)).toBe(closes < 0 ? null : momentOf(closes))
        if (worked === 0) return
        const last = open.slice(0, to).lastIndexOf(true)
        expect(addWorking(one, momentOf(from), worked * minute)).toBe(momentOf(last + 1))
      }),
      { seed, numRuns: 40 },
    )
  })
})
