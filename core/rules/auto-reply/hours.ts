// By whose clock an automatic reply goes: its own calendar, else that of the ticket's brand; where there is none, it is always open.
import type { AutoReplyRow } from '../../ports/auto-reply-rows.ts'
import type { Desk } from '../../ports/desk.ts'
import type { CalendarRow } from '../../ports/desk-rows.ts'
import { isOpen, nextOpening } from '../working-time.ts'
import type { Instant } from '../../../schemas/ids.ts'

export function calendarOf(
  { calendar }: Pick<AutoReplyRow, 'calendar'>,
  brand: string | null,
  desk: Desk,
): CalendarRow | null {
  const id = calendar ?? desk.brands.get(brand ?? '')?.calendar ?? null
  return id === null ? null : (desk.calendars.get(id) ?? null)
}

export const isOpenAt = (calendar: CalendarRow | null, at: Instant): boolean =>
  calendar === null || isOpen(calendar, at)

/** The moment at which the closed time around `at` ends; null: it is open, or does not open again. Two moments of one closed time share it. */
export const opensAfter = (calendar: CalendarRow | null, at: Instant): Instant | null =>
  calendar === null || isOpen(calendar, at) ? null : nextOpening(calendar, at)
