// Whether a calendar is open at one moment, asked the slow and plain way: what does the wall show, and does an interval hold it?
import type { CalendarRow } from '../../core/ports/desk-rows.ts'
import { weekdays, type Interval } from '../../schemas/calendar.ts'

const walls = new Map<string, Intl.DateTimeFormat>()
function wallAt(timeZone: string, ms: number): { readonly date: string; readonly clock: string } {
  const wall =
    walls.get(timeZone) ??
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' })
  walls.set(timeZone, wall)
  const [date = '', clock = ''] = wall.format(ms).split(' ')
  return { date, clock }
}

function intervalsOn({ weekly, holidays, exceptions }: CalendarRow, date: string): readonly Interval[] {
  const exception = exceptions.find((it) => it.date === date)
  if (exception !== undefined) return exception.intervals
  if (holidays.includes(date) || holidays.includes(date.slice(5))) return []
  return weekly[weekdays[(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7]!] ?? []
}

export function naiveIsOpen(calendar: CalendarRow, ms: number): boolean {
  const { date, clock } = wallAt(calendar.timezone, ms)
  const before = new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
  return (
    intervalsOn(calendar, date).some(({ from, to }) => from <= clock && (clock < to || to < from)) ||
    intervalsOn(calendar, before).some(({ from, to }) => to < from && clock < to)
  )
}
