// Why a draft is not a calendar, in a sentence, before it is kept: days that do not exist, hours that overlap, a door that never opens.
import type { CalendarRow } from '../ports/desk-rows.ts'
import { weekdays, type Interval } from '../../schemas/calendar.ts'
import { isTimezone, whyNoTimezone } from './time-zone.ts'

export interface NotACalendar {
  /** `weekly.mon.1`: where in the draft. */
  readonly field: string
  readonly why: string
}

/** Its shape has been checked (`schemas/calendar.ts`); null: it can be kept. */
export function whyNotACalendar({ timezone, weekly, holidays, exceptions }: CalendarRow): NotACalendar | null {
  if (!isTimezone(timezone)) return { field: 'timezone', why: whyNoTimezone(timezone) }
  const week = weekdays.flatMap((day) => whyNotADay(`weekly.${day}`, weekly[day] ?? []) ?? [])
  if (week[0] !== undefined) return week[0]
  if (weekdays.every((day) => (weekly[day] ?? []).length === 0))
    return {
      field: 'weekly',
      why: 'It would never be open: give at least one day hours, such as {"mon": [{"from": "09:00", "to": "17:00"}]}.',
    }
  return whyNotDates('holidays', holidays) ?? whyNotExceptions(exceptions)
}

function whyNotExceptions(exceptions: CalendarRow['exceptions']): NotACalendar | null {
  const dates = exceptions.map(({ date }) => date)
  const twin = dates.findIndex((date, at) => dates.indexOf(date) < at)
  if (twin >= 0)
    return { field: `exceptions.${twin}.date`, why: `${dates[twin]} is there twice: give all of its hours in one.` }
  for (const [at, { intervals }] of exceptions.entries()) {
    const odd = whyNotADay(`exceptions.${at}.intervals`, intervals)
    if (odd !== null) return odd
  }
  return whyNotDates('exceptions', dates)
}

/** 29 February is a day of each year that has one. */
function whyNotDates(field: string, dates: readonly string[]): NotACalendar | null {
  const at = dates.findIndex((date) => {
    const whole = date.length === 5 ? `2024-${date}` : date
    const ms = Date.parse(`${whole}T00:00:00Z`)
    return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== whole
  })
  return at < 0 ? null : { field: `${field}.${at}`, why: `There is no day ${dates[at]}.` }
}

function whyNotADay(field: string, intervals: readonly Interval[]): NotACalendar | null {
  const same = intervals.findIndex(({ from, to }) => from === to)
  if (same >= 0)
    return {
      field: `${field}.${same}`,
      why: 'From and to are the same: nothing lies between them. A whole day is 00:00 to 24:00.',
    }
  const inOrder = intervals.toSorted((a, b) => (a.from < b.from ? -1 : 1))
  const after = inOrder.find(({ from }, n) => n > 0 && from < endOf(inOrder[n - 1]!))
  if (after === undefined) return null
  return {
    field: `${field}.${intervals.indexOf(after)}`,
    why: `It begins at ${after.from}, before the one before it ends: make one of them.`,
  }
}
const endOf = ({ from, to }: Interval): string => (to < from ? '48:00' : to)
