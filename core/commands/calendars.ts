// Calendars: when a business is open (D18). Made, changed, dropped when nobody names them any more.
import { Type, type Static } from 'typebox'
import { Exceptions, Holidays, Weekly } from '../../schemas/calendar.ts'
import { command } from '../ports/command.ts'
import type { CalendarRow } from '../ports/desk-rows.ts'
import { whyNotACalendar } from '../rules/check-calendar.ts'
import { calendarDefault } from '../rules/desk-defaults.ts'
import {
  deskFacts,
  dropped,
  idOf,
  merged,
  saved,
  settingsLock,
  version,
  whyNotDropped,
  whyNotPut,
} from './desk-change.ts'
import * as inputs from './inputs.ts'
import { invalid, notFound } from './refusals.ts'

const id = idOf('calendar')
/** What describes a calendar, beside its id: what a draft that is tried holds too. */
export const calendarFields = {
  name: Type.Optional(inputs.word('As people call it.')),
  timezone: Type.Optional(inputs.word('IANA: Europe/Istanbul. Whose wall the hours are read off.')),
  weekly: Type.Optional(Weekly),
  holidays: Type.Optional(Holidays),
  exceptions: Type.Optional(Exceptions),
}
export const PutCalendarInput = Type.Object(
  { id: Type.Optional(id), version, ...calendarFields },
  { ...inputs.closed, description: 'A calendar, made or changed.' },
)
export type PutCalendarInput = Static<typeof PutCalendarInput>
export const DropCalendarInput = Type.Object({ id }, { ...inputs.closed, description: 'A calendar that goes.' })
export type DropCalendarInput = Static<typeof DropCalendarInput>

const empty: CalendarRow = { ...calendarDefault, id: '', name: '', timezone: '', weekly: {}, version: 0 }

export const putCalendar = command({
  name: 'put-calendar',
  input: PutCalendarInput,
  scope: 'rules:write',
  locks: () => [settingsLock],
  facts: (input: PutCalendarInput, read) => deskFacts(input, read),
  decide(input: PutCalendarInput, { desk }, moment, by) {
    const known = desk.calendars.get(input.id ?? '') ?? null
    const refusal = whyNotPut({ what: 'calendar', id: input.id ?? null, known, asked: input })
    if (refusal !== null) return refusal
    for (const field of ['timezone', 'weekly'] as const)
      if (known === null && input[field] === undefined)
        return invalid(`${field}_missing`, field, `A new calendar needs ${field}.`)
    const base = known ?? { ...empty, id: input.id ?? moment.newId('cal') }
    const calendar = merged(base, { ...input, id: base.id, version: base.version + 1 })
    const odd = whyNotACalendar(calendar)
    if (odd !== null) return invalid('invalid_calendar', odd.field, odd.why)
    const changes = [{ do: 'put-calendar', calendar, create: known === null }] as const
    return saved({ what: 'calendar', id: calendar.id, known, input, changes }, { moment, by })
  },
})

export const dropCalendar = command({
  name: 'drop-calendar',
  input: DropCalendarInput,
  scope: 'rules:write',
  locks: () => [settingsLock],
  facts: (input: DropCalendarInput, read) => deskFacts(input, read),
  decide({ id }: DropCalendarInput, { desk }, moment, by) {
    if (!desk.calendars.has(id)) return notFound('calendar')
    const changes = [{ do: 'drop-calendar', calendar: id }] as const
    return whyNotDropped(desk, 'calendar', id) ?? dropped('calendar', id, changes, { moment, by })
  },
})
