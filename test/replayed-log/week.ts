// What people do in the ten days of the recorded log: customers write, agents answer, put away, raise and resolve, and an administrator changes hours.
import type { Instant } from '../../schemas/ids.ts'

/** `of`: whose newest ticket it is about. */
export type Step =
  | { readonly at: Instant; readonly writes: string; readonly text: string }
  | { readonly at: Instant; readonly asks: string; readonly of?: string; readonly input: object }

/** What a wall in Istanbul shows. */
const wall = (of: string): Instant => new Date(`2026-03-${of}:00+03:00`).toISOString() as Instant
const writes = (at: string, customer: string, text = 'hello'): Step => ({ at: wall(at), writes: customer, text })
const asks = (at: string, what: string, of: string, input: object = {}): Step => ({
  at: wall(at),
  asks: what,
  of,
  input,
})
const answers = (at: string, of: string): Step => asks(at, 'reply', of, { text: 'it is on its way' })
const sets = (at: string, what: string, input: object): Step => ({ at: wall(at), asks: what, input })

const office = Object.fromEntries(
  ['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [{ from: '09:00', to: '17:00' }]]),
)
const policy = {
  id: 'all',
  name: 'All',
  calendar: 'office',
  targets: { firstResponse: 60, nextResponse: 120, resolution: 960 },
  byPriority: { urgent: { resolution: 240 } },
  warnAt: [50, 80],
}

/** 2 March 2026 is a Monday. */
export const week: readonly Step[] = [
  sets('02T08:00', 'put-calendar', { id: 'office', name: 'Office', timezone: 'Europe/Istanbul', weekly: office }),
  sets('02T08:00', 'put-sla-policy', policy),
  sets('02T08:00', 'put-workspace', { version: 1, closeDays: 2, followUpDays: 1 }),
  writes('02T10:00', 'ada'),
  writes('02T10:20', 'ada', 'still there?'),
  answers('02T10:40', 'ada'),
  writes('02T11:00', 'bob'), // breached at noon
  writes('02T14:00', 'ada', 'and now?'), // the next answer is breached at four
  asks('02T15:00', 'update-ticket', 'bob', { status: 'resolved' }), // closes on Wednesday
  writes('03T09:00', 'cem'),
  asks('03T09:10', 'update-ticket', 'cem', { priority: 'urgent' }),
  writes('03T09:15', 'dia'),
  asks('03T09:20', 'reply', 'dia', { text: 'beep', author: 'bot' }),
  asks('03T09:21', 'add-note', 'dia', { text: 'between us' }),
  answers('03T09:30', 'dia'),
  asks('03T09:31', 'cancel-reply', 'dia'), // it was never given
  answers('03T09:32', 'cem'),
  asks('03T09:35', 'update-ticket', 'cem', { snoozeUntil: wall('04T10:00') }), // and is breached meanwhile
  answers('03T09:50', 'dia'),
  answers('03T10:30', 'ada'),
  writes('04T10:00', 'eve'),
  asks('04T10:05', 'update-ticket', 'eve', { status: 'spam' }),
  asks('04T11:00', 'update-ticket', 'ada', { status: 'resolved' }),
  writes('04T12:00', 'ada', 'not yet'), // comes back, with what it had used up
  sets('05T10:00', 'put-sla-policy', { id: 'all', version: 1, targets: { ...policy.targets, resolution: 1_200 } }),
  writes('05T11:00', 'bob', 'once more'), // a ticket of its own
  answers('05T11:30', 'bob'),
  asks('05T11:40', 'update-ticket', 'bob', { status: 'on_hold' }),
  writes('06T16:30', 'fay'), // due on Monday at half past nine
  sets('06T17:30', 'put-calendar', { id: 'office', version: 1, holidays: ['2026-03-09'] }), // on Tuesday
  asks('10T09:10', 'update-ticket', 'cem', { status: 'resolved' }),
  answers('10T09:20', 'fay'),
  writes('11T09:00', 'dia', 'thanks'),
]
export const end = wall('12T12:00')
