// The clocks of a ticket as they are kept, brought to where its record and the time say they are; and what is told of each step.
import type { Because } from '../../schemas/because.ts'
import type { NewEvent } from '../../schemas/events.ts'
import type { Instant } from '../../schemas/ids.ts'
import type { Desk } from '../../core/ports/desk.ts'
import type { SlaPolicyRow } from '../../core/ports/desk-rows.ts'
import type { SlaClockRow, SlaRow } from '../../core/ports/sla.ts'
import { calendarOf } from '../../core/rules/calendar-of.ts'
import { reckon, targetOf, withdrawn, type Reckoned } from '../../core/rules/sla/reckon.ts'
import { courseFrom, coursesOf, type Course } from '../../core/rules/sla/timeline.ts'
import { slaMetrics } from '../../schemas/sla.ts'
import { told } from './told.ts'

export interface Promised {
  readonly policy: SlaPolicyRow
  readonly because: Because | null
}
export interface Known {
  readonly row: SlaRow
  readonly desk: Desk
  readonly now: Instant
  /** Clocks that are not there may begin. */
  readonly mayStart: boolean
}
export interface Stepped {
  /** Those that are another by now. */
  readonly clocks: readonly SlaClockRow[]
  /** All of them, as they are now. */
  readonly all: readonly SlaClockRow[]
  readonly events: readonly NewEvent[]
}

/** `promised` null: nothing is, and what runs is withdrawn. */
export function step(promised: Promised | null, known: Known): Stepped {
  const steps = slaMetrics.map((metric) => {
    const kept = known.row.clocks.find((it) => it.metric === metric) ?? null
    return { kept, ...stepOf(metric, kept, { promised, known }) }
  })
  return {
    clocks: steps.flatMap(({ kept, now }) => (now === null || now === kept ? [] : [now])),
    all: steps.flatMap(({ now }) => now ?? []),
    events: steps.flatMap(({ events }) => events),
  }
}

interface Given {
  readonly promised: Promised | null
  readonly known: Known
}
interface One {
  readonly now: SlaClockRow | null
  readonly events: readonly NewEvent[]
}

function stepOf(metric: SlaClockRow['metric'], kept: SlaClockRow | null, given: Given): One {
  const { promised, known } = given
  const minutes = promised === null ? null : targetOf(promised.policy, metric, known.row.ticket.priority)
  if (promised === null || minutes === null) return withdraw(kept, promised === null ? 'no_policy' : 'no_target', known)
  let one: One = { now: kept, events: [] }
  for (const course of ahead(metric, kept, given)) {
    if (one.now === null && !known.mayStart) return one
    const next = stepAlong(course, minutes, { promised, known, last: one.now, version: (kept?.version ?? 0) + 1 })
    one = { now: next.now, events: [...one.events, ...next.events] }
  }
  return one
}

/** The one that is kept, and those that began after it: each question of the customer is one. */
function ahead(metric: SlaClockRow['metric'], kept: SlaClockRow | null, { promised, known }: Given): readonly Course[] {
  if (promised === null) return []
  const courses = coursesOf(known.row, promised.policy).filter((it) => it.metric === metric)
  if (kept === null) return courses
  const own = courses.findLast(({ start }) => start <= kept.startedAt) ?? courseFrom(metric, kept.startedAt, known.row)
  const later = courses.filter(({ start }) => start > kept.startedAt)
  return [{ ...own, start: kept.startedAt }, ...later]
}

interface Along extends Given {
  readonly promised: Promised
  /** As the step before left it. */
  readonly last: SlaClockRow | null
  readonly version: number
}
function stepAlong(course: Course, minutes: number, { promised, known, last, version }: Along): One {
  const { row, desk, now } = known
  const { policy, because } = promised
  const before = last?.startedAt === course.start ? last : null
  const calendar = desk.calendars.get(policy.calendar ?? '') ?? calendarOf(desk, row.ticket.brand)
  const reckoned = reckon(course, minutes, before, { row, policy, calendar, now })
  // 3.3: spam is promised nothing. What was asked in it counts where it is none after all.
  if (before === null && reckoned.why === 'junk') return { now: last, events: [] }
  const stays = before !== null && isSame(before, reckoned)
  if (stays && isClosed(before)) return { now: before, events: [] }
  // What was missed was missed of what held then: no later promise takes it over.
  const missed = before?.state === 'breached' ? before : null
  const next: SlaClockRow = {
    ticket: row.ticket.id,
    metric: course.metric,
    policy: missed?.policy ?? policy.id,
    ...kernel(reckoned),
    startedAt: course.start,
    targetMinutes: missed?.targetMinutes ?? minutes,
    because: missed?.because ?? because ?? last?.because ?? null,
    deskVersion: desk.rows.version,
    version,
  }
  if (!stays || before.policy !== next.policy || before.targetMinutes !== next.targetMinutes)
    return { now: next, events: told(before, next, { row, why: reckoned.why }) }
  return { now: before.deskVersion === next.deskVersion ? before : next, events: [] }
}

const kernel = ({ state, dueAt, warned, endedAt, nextAt }: Reckoned): Omit<Reckoned, 'why'> => ({
  state,
  dueAt,
  warned,
  endedAt,
  nextAt,
})
export const isClosed = ({ state }: SlaClockRow): boolean => state !== 'running' && state !== 'paused'
const isSame = (one: Reckoned, other: Reckoned): boolean =>
  one.state === other.state &&
  one.dueAt === other.dueAt &&
  one.warned === other.warned &&
  one.endedAt === other.endedAt &&
  one.nextAt === other.nextAt

function withdraw(kept: SlaClockRow | null, why: 'no_policy' | 'no_target', { row, desk, now }: Known): One {
  if (kept === null || isClosed(kept)) return { now: kept, events: [] }
  const reckoned = withdrawn(kept, why, now)
  const next = { ...kept, ...kernel(reckoned), deskVersion: desk.rows.version, version: kept.version + 1 }
  return { now: next, events: told(kept, next, { row, why }) }
}
