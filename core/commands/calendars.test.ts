// Calendars by command: checked whole, changed from a version, kept as long as a brand names them.
import { describe, expect, it } from 'vitest'
import { call, emptyWorld, type World } from '../../test/support/world.ts'
import { dropBrand, putBrand } from './brands.ts'
import { dropCalendar, putCalendar, type PutCalendarInput } from './calendars.ts'

const office = [{ from: '09:00', to: '17:00' }]
const week: PutCalendarInput = { id: 'office', name: 'Office', timezone: 'Europe/Istanbul', weekly: { mon: office } }
const put = (world: World, more: object) => call(world, putCalendar, { ...week, ...more })

it('D18 is made, changed from the version that was seen, and what was left out is as it is by default', async () => {
  const world = emptyWorld()
  expect(await call(world, putCalendar, { name: 'x', weekly: { mon: office } })).toMatchObject({
    code: 'timezone_missing',
  })
  expect(await call(world, putCalendar, { name: 'x', timezone: 'UTC' })).toMatchObject({ code: 'weekly_missing' })
  await put(world, {})
  expect(world.desk.calendars).toEqual([{ ...week, holidays: [], exceptions: [], version: 1 }])
  await call(world, putCalendar, { id: 'office', version: 1, holidays: ['12-25'] })
  expect(world.desk.calendars).toEqual([{ ...week, holidays: ['12-25'], exceptions: [], version: 2 }])
  expect(await call(world, putCalendar, { id: 'office', version: 1, holidays: [] })).toMatchObject({
    code: 'stale_version',
  })
  expect(world.audit.map(({ what }) => what)).toEqual(['calendar.created', 'calendar.changed'])
})

describe('D18 what could not be meant is refused where it stands', () => {
  const day = (...intervals: readonly (readonly [string, string])[]) => intervals.map(([from, to]) => ({ from, to }))
  it.each([
    ['a zone that is none', { timezone: 'Mars/Base' }, 'timezone', /no time zone/],
    ['a week without hours', { weekly: { mon: [] } }, 'weekly', /never be open/],
    ['nothing from nine to nine', { weekly: { mon: day(['09:00', '09:00']) } }, 'weekly.mon.0', /00:00 to 24:00/],
    [
      'hours that overlap',
      { weekly: { mon: day(['13:00', '17:00'], ['09:00', '13:30']) } },
      'weekly.mon.0',
      /begins at 13:00, before/,
    ],
    [
      'hours within a night',
      { weekly: { mon: day(['20:00', '04:00'], ['22:00', '23:00']) } },
      'weekly.mon.1',
      /begins at 22:00/,
    ],
    ['a day that is not there', { holidays: ['12-25', '2026-02-29'] }, 'holidays.1', /no day 2026-02-29/],
    [
      'an exception of no day',
      { exceptions: [{ date: '2026-04-31', intervals: [] }] },
      'exceptions.0',
      /no day 2026-04-31/,
    ],
    [
      'one day twice',
      { exceptions: ['2026-04-30', '2026-04-30'].map((date) => ({ date, intervals: [] })) },
      'exceptions.1.date',
      /there twice/,
    ],
    [
      'an exception that overlaps itself',
      { exceptions: [{ date: '2026-04-30', intervals: day(['09:00', '11:00'], ['10:00', '12:00']) }] },
      'exceptions.0.intervals.1',
      /begins at 10:00/,
    ],
  ])('%s', async (_what, more, field, why) => {
    const world = emptyWorld()
    const refused = { refuse: 'invalid', code: 'invalid_calendar', field, why: expect.stringMatching(why) }
    expect(await put(world, more)).toMatchObject(refused)
    expect(world.desk.calendars).toEqual([])
  })

  it('a night that ends when the morning begins, and the 29th of February, are fine', async () => {
    const nights = { weekly: { mon: day(['22:00', '06:00']), tue: day(['06:00', '12:00']) }, holidays: ['02-29'] }
    expect(await put(emptyWorld(), nights)).toMatchObject({ raised: [] })
  })
})

it('D18 stays as long as a brand names it; a brand names none that is not there', async () => {
  const world = emptyWorld()
  await put(world, {})
  expect(await call(world, putBrand, { id: 'shop', name: 'Shop', calendar: 'offfice' })).toMatchObject({
    code: 'unknown_calendar',
    field: 'calendar',
    why: expect.stringContaining('office'),
  })
  await call(world, putBrand, { id: 'shop', name: 'Shop', calendar: 'office' })
  expect(await call(world, dropCalendar, { id: 'office' })).toMatchObject({
    code: 'in_use',
    facts: { by: ['the brand shop'] },
  })
  await call(world, putBrand, { id: 'shop', version: 1, calendar: null })
  expect(await call(world, dropCalendar, { id: 'office' })).toMatchObject({ raised: [] })
  expect(await call(world, dropCalendar, { id: 'office' })).toMatchObject({ refuse: 'not-found' })
  await call(world, dropBrand, { id: 'shop' })
  expect(world.desk.calendars).toEqual([])
})

it('V11 D18 a brand that is made with a calendar, or goes with one, has open promises reckoned anew: tickets kept its name', async () => {
  const world = emptyWorld()
  await put(world, {})
  const woken = () => {
    const found = [...world.wakes.values()].map(({ kind, subject, basis }) => [kind, subject, basis])
    world.wakes.clear()
    return found
  }
  await call(world, putBrand, { id: 'plain', name: 'Plain' })
  expect(woken()).toEqual([])
  for (const again of [putBrand, dropBrand, putBrand]) {
    const named = again === putBrand ? { name: 'Shop', calendar: 'office' } : {}
    await call(world, again as typeof putBrand, { id: 'shop', ...named })
    expect(woken()).toEqual([['sla_recount', 'desk', '']])
  }
})
