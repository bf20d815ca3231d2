// Calendars: when a business is open, by the clock on its own wall (D18).
import Type, { type Static } from 'typebox'

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

const closed = { additionalProperties: false } as const
/** From the first until before the second; over midnight where the second is the earlier one. It belongs to the day it begins on. */
export const Interval = Type.Object(
  {
    from: Type.String({ pattern: '^(?:[01]\\d|2[0-3]):[0-5]\\d$', description: 'HH:MM.' }),
    to: Type.String({
      pattern: '^(?:(?:[01]\\d|2[0-3]):[0-5]\\d|24:00)$',
      description: 'HH:MM or 24:00; earlier than `from`: of the next day.',
    }),
  },
  closed,
)
export type Interval = Static<typeof Interval>

const intervals = (description: string) => Type.Array(Interval, { maxItems: 24, description })
const day = (name: string) => Type.Optional(intervals(`${name}; left out: closed.`))
/** As it is given: a day that is left out is closed. */
export const Weekly = Type.Object(
  {
    mon: day('Monday'),
    tue: day('Tuesday'),
    wed: day('Wednesday'),
    thu: day('Thursday'),
    fri: day('Friday'),
    sat: day('Saturday'),
    sun: day('Sunday'),
  },
  { ...closed, description: 'When it opens and closes, several times a day where that is so.' },
)
export type Weekly = Static<typeof Weekly>

const mostDates = 1000
export const Holidays = Type.Array(
  Type.String({ pattern: '^(?:\\d{4}-)?(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])$' }),
  { maxItems: mostDates, uniqueItems: true, description: 'Days it stays closed: `2026-12-25`, or `12-25` each year.' },
)
export const Exceptions = Type.Array(
  Type.Object(
    {
      date: Type.String({ pattern: '^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])$' }),
      intervals: intervals('Instead of those of its weekday; empty: closed.'),
    },
    closed,
  ),
  { maxItems: mostDates, description: 'Days with other hours; they come before holidays.' },
)
export type Exception = Static<typeof Exceptions>[number]
