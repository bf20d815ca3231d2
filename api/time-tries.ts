// Calendars and policies tried before they are believed: a ticket that came then would be due when, and why. Nothing is touched.
import { Type, type Static } from '@fastify/type-provider-typebox'
import { slaPolicyFields } from '../core/commands/sla-policies.ts'
import type { Desk } from '../core/ports/desk.ts'
import type { CalendarRow, SlaPolicyRow } from '../core/ports/desk-rows.ts'
import { clockAt } from '../core/rules/match/clock.ts'
import { slaPolicyDefault } from '../core/rules/desk-defaults.ts'
import { given, loose } from '../core/rules/desk-names.ts'
import { whyNotAPolicy } from '../core/rules/sla/check-policy.ts'
import { triedTicket } from '../core/rules/sla/tried-ticket.ts'
import { tryPolicy } from '../core/rules/sla/try-policy.ts'
import { addWorking, isOpen, nextClosing, nextOpening } from '../core/rules/working-time.ts'
import { MatchedTest } from '../schemas/because.ts'
import type { Instant } from '../schemas/ids.ts'
import { instant, nullable, oneOf, text } from '../schemas/shapes.ts'
import { slaMetrics } from '../schemas/sla.ts'
import { priorities } from '../schemas/ticket.ts'
import { callerOf, closed, gives, idParams } from './call.ts'
import type { Api, ApiDeps } from './deps.ts'
import { momentOf } from './moment.ts'
import { invalid, notFound } from './problem.ts'

const tags = ['time']
const at = Type.Optional(Type.String({ maxLength: 40, description: 'RFC 3339; now when left out.' }))
const CalendarTry = Type.Object(
  {
    at,
    minutes: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 525_600, description: 'Working time that is added to it.' }),
    ),
  },
  { ...closed, description: 'A moment, and how much working time from there.' },
)
const Wall = { clock: text('HH:MM, as the wall shows it there.'), weekday: text('mon … sun.') }
const CalendarTried = Type.Object({
  at: instant,
  wall: Type.Object(Wall),
  isOpen: Type.Boolean(),
  nextOpening: nullable(instant, '`at` itself when it is open; null: it does not open again.'),
  nextClosing: nullable(instant, '`at` itself when it is closed; null: it does not close.'),
  dueAt: nullable(instant, 'After so many `minutes` of working time; null: none were asked, or never.'),
  why: Type.String(),
})

const PolicyTry = Type.Object(
  {
    at,
    policy: Type.Optional(
      Type.Object(slaPolicyFields, { ...closed, description: 'A draft, asked alone; what is in force when left out.' }),
    ),
    ticket: Type.Optional(
      Type.Object(
        {
          brand: Type.Optional(nullable(Type.String({ maxLength: 63 }))),
          priority: Type.Optional(oneOf(priorities)),
          facts: Type.Optional(
            Type.Record(
              Type.String({ maxLength: 200 }),
              Type.Union([
                Type.String({ maxLength: 2000 }),
                Type.Number(),
                Type.Boolean(),
                Type.Array(Type.String({ maxLength: 2000 }), { maxItems: 100 }),
              ]),
              {
                maxProperties: 100,
                description:
                  'What else conditions look at: {"ticket.channel": "…", "ticket.tags": ["vip"]}. Left out: new, of a customer, at the hour it came.',
              },
            ),
          ),
        },
        closed,
      ),
    ),
  },
  { ...closed, description: 'A ticket that came then.' },
)
type PolicyTry = Static<typeof PolicyTry>
const PolicyTried = Type.Object({
  at: instant,
  policy: nullable(Type.Object({ id: Type.String(), name: Type.String() }), 'null: nothing is promised.'),
  tests: Type.Array(MatchedTest, { description: 'Why this policy: the conditions that held.' }),
  calendar: Type.Object({ id: Type.String(), name: Type.String(), timezone: Type.String() }),
  due: Type.Array(
    Type.Object({
      metric: oneOf(slaMetrics),
      targetMinutes: Type.Integer(),
      dueAt: nullable(instant, 'null: never.'),
      why: Type.String(),
    }),
  ),
})

export function timeTries(app: Api, deps: ApiDeps): void {
  calendarTries(app, deps)
  policyTries(app, deps)
}

function momentAsked(typed: string | undefined, { clock }: ApiDeps): Instant {
  const found = typed === undefined ? clock.now() : momentOf(typed)
  if (found === null || found < '1970' || found > '2100')
    throw invalid('at', `"${typed}" is no moment of these times; it is written like 2026-03-06T16:30:00+03:00.`)
  return found
}

function calendarTries(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/calendars/:id/try',
    {
      schema: {
        tags,
        summary: 'Is it open then, and when is so much working time over; changes nothing',
        params: idParams,
        body: CalendarTry,
        response: gives(CalendarTried),
      },
    },
    async (request) => {
      const calendar = (await deps.queries.desk(callerOf(request).workspace)).calendars.get(request.params.id)
      if (calendar === undefined) throw notFound('calendar')
      const body = request.body as Static<typeof CalendarTry>
      return tryCalendar(calendar, momentAsked(body.at, deps), body.minutes ?? null)
    },
  )
}

function policyTries(app: Api, deps: ApiDeps): void {
  app.post(
    '/v1/sla-policies/try',
    {
      schema: {
        tags,
        summary: 'A ticket that came then would be due when, and why; changes nothing',
        body: PolicyTry,
        response: gives(PolicyTried),
      },
    },
    async (request) => {
      const desk = await deps.queries.desk(callerOf(request).workspace)
      const { at, policy, ticket = {} } = request.body as PolicyTry
      const draft = policy === undefined ? null : draftOf(policy, desk)
      const moment = momentAsked(at, deps)
      const tried = triedTicket(ticket, moment, desk)
      if ('why' in tried) throw invalid(tried.field, tried.why)
      return triedAnswer(tryPolicy(draft, tried, desk), moment)
    },
  )
}

function draftOf(policy: NonNullable<PolicyTry['policy']>, desk: Desk): SlaPolicyRow {
  const draft = { ...slaPolicyDefault, id: 'draft', name: 'draft', targets: {}, version: 0, ...policy } as SlaPolicyRow
  const nowhere = loose(desk, given('calendar', 'calendar', [draft.calendar]))
  if (nowhere !== null) throw invalid(`policy.${nowhere.field}`, nowhere.why, nowhere.code)
  const odd = whyNotAPolicy(draft, desk)
  if (odd !== null) throw invalid(`policy.${odd.field.replaceAll('/', '.')}`, odd.why, 'invalid_policy')
  return draft
}

function tryCalendar(calendar: CalendarRow, at: Instant, minutes: number | null) {
  const dueAt = minutes === null ? null : addWorking(calendar, at, minutes * 60_000)
  const open = isOpen(calendar, at)
  const [opens, closes] = [nextOpening(calendar, at), nextClosing(calendar, at)]
  const said = open
    ? `open ${closes === null ? 'and does not close' : `until ${wallOf(closes, calendar)}`}`
    : `closed${opens === null ? ' and does not open again' : `; it opens ${wallOf(opens, calendar)}`}`
  const later = dueAt === null ? 'are never over' : `later it is ${wallOf(dueAt, calendar)}`
  const due = minutes === null ? '' : ` ${minutes} minutes of working time ${later}.`
  return {
    at,
    wall: clockAt(at, calendar.timezone),
    isOpen: open,
    nextOpening: opens,
    nextClosing: closes,
    dueAt,
    why: `At ${wallOf(at, calendar)} in ${calendar.timezone} “${calendar.name}” is ${said}.${due}`,
  }
}

function triedAnswer({ policy, tests, calendar, due }: ReturnType<typeof tryPolicy>, at: Instant) {
  return {
    at,
    policy: policy === null ? null : { id: policy.id, name: policy.name },
    tests,
    calendar: { id: calendar.id, name: calendar.name, timezone: calendar.timezone },
    due: due.map((it) => ({
      ...it,
      why: `${it.targetMinutes} minutes of the working time of “${calendar.name}” from ${wallOf(at, calendar)}: ${wallOf(it.dueAt, calendar)}.`,
    })),
  }
}

/** `fri 16:30 (2026-03-06T13:30:00.000Z)`. */
function wallOf(at: Instant | null, { timezone }: CalendarRow): string {
  if (at === null) return 'never'
  const { weekday, clock } = clockAt(at, timezone)
  return `${weekday} ${clock} (${at})`
}
