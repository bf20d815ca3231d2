// Which calendar holds for a brand: the one it names; without one the door is always open.
import type { Desk } from '../ports/desk.ts'
import type { CalendarRow } from '../ports/desk-rows.ts'
import { alwaysOpen } from './working-time.ts'

export function calendarOf(
  { brands, calendars }: Pick<Desk, 'brands' | 'calendars'>,
  brand: string | null,
): CalendarRow {
  const named = brands.get(brand ?? '')?.calendar ?? null
  return (named === null ? null : calendars.get(named)) ?? alwaysOpen
}
