// A clock against the time: how much of it is over, when it is due, and what it is now. Closed clocks stay as they are (V11).
import type { Instant } from '../../../schemas/ids.ts'
import type { SlaCancelWhy } from '../../../schemas/sla.ts'
import type { CalendarRow, SlaPolicyRow } from '../../ports/desk-rows.ts'
import type { SlaClockRow, SlaRow } from '../../ports/sla.ts'
import { addWorking, workingBetween } from '../working-time.ts'
import { runsOf, type Course } from './timeline.ts'

const minuteMs = 60_000
export type Reckoned = Pick<SlaClockRow, 'state' | 'dueAt' | 'warned' | 'endedAt' | 'nextAt'> & {
  readonly why?: SlaCancelWhy
}
export interface Reckoning {
  readonly row: SlaRow
  readonly policy: Pick<SlaPolicyRow, 'pauses' | 'warnAt'>
  readonly calendar: CalendarRow
  readonly now: Instant
}

/** Of the policy, for a ticket of this priority; null: nothing is promised. */
export function targetOf(
  { targets, byPriority }: Pick<SlaPolicyRow, 'targets' | 'byPriority'>,
  metric: SlaClockRow['metric'],
  priority: SlaRow['ticket']['priority'],
): number | null {
  const own = byPriority[priority]?.[metric]
  return own === undefined ? (targets[metric] ?? null) : own
}

/** `before`: this same clock as it was kept; null: it begins. */
export function reckon(course: Course, minutes: number, before: SlaClockRow | null, with_: Reckoning): Reckoned {
  const { row, policy, calendar, now } = with_
  const endedAt = course.end?.at ?? null
  if (before !== null && isFrozen(before, endedAt)) return { ...before, endedAt: before.endedAt ?? endedAt }
  const isJunk = row.ticket.category === 'junk'
  if (isJunk && before?.state === 'cancelled') return given(before, 'junk', now)
  const spent = spentOn(runsOf(course, row, policy.pauses), minutes * minuteMs, calendar)
  const warned = before?.warned ?? 0
  const isOver = spent.isPast || (spent.since !== null && spent.dueAt !== null && spent.dueAt <= now)
  // Also where it was given up later: whoever hears of both at once tells what a wake-up at its hour would have told.
  if (isOver) return { state: 'breached', dueAt: spent.dueAt, warned, endedAt, nextAt: null }
  if (isJunk && (endedAt === null || endedAt > junkSince(row))) return given(before, 'junk', now)
  if (course.end?.is === 'given-up') return given(before, 'done_without_answer', course.end.at)
  if (endedAt !== null) return { state: 'met', dueAt: spent.dueAt, warned, endedAt, nextAt: null }
  if (spent.since === null) return { state: 'paused', dueAt: null, warned, endedAt: null, nextAt: null }
  return running({ spent: { ...spent, since: spent.since }, minutes, warned }, with_)
}

/** What was kept, or missed, before a ticket was put away as spam was: nobody had to hear of it in between. */
const junkSince = ({ ticket, moves }: SlaRow): Instant =>
  moves.findLast(({ category }) => category === 'junk')?.at ?? ticket.createdAt

/** A breach is told once and stays; what was kept or given up stays as long as it ended then. */
const isFrozen = ({ state, endedAt }: SlaClockRow, ends: Instant | null): boolean =>
  state === 'breached' || ((state === 'met' || state === 'cancelled') && endedAt !== null && endedAt === ends)

const given = (before: SlaClockRow | null, why: SlaCancelWhy, at: Instant): Reckoned => ({
  state: 'cancelled',
  dueAt: before?.dueAt ?? null,
  warned: before?.warned ?? 0,
  endedAt: before?.state === 'cancelled' ? before.endedAt : at,
  nextAt: null,
  why,
})
export const withdrawn = (before: SlaClockRow, why: SlaCancelWhy, now: Instant): Reckoned => given(before, why, now)

interface Spent {
  /** Before the run that goes on, or in all. */
  readonly ms: number
  /** Since when it runs; null: it stands still. */
  readonly since: Instant | null
  /** Of the last run; null: never, or it stands still. */
  readonly dueAt: Instant | null
  /** It was due before a run that has ended did. */
  readonly isPast: boolean
}
function spentOn(runs: ReturnType<typeof runsOf>, target: number, calendar: CalendarRow): Spent {
  let ms = 0
  let dueAt: Instant | null = null
  for (const { from, to } of runs) {
    dueAt = addWorking(calendar, from, target - ms)
    if (to === null) return { ms, since: from, dueAt, isPast: false }
    if (dueAt !== null && dueAt < to) return { ms, since: null, dueAt, isPast: true }
    ms += workingBetween(calendar, from, to)
  }
  return { ms, since: null, dueAt, isPast: false }
}

interface Running {
  readonly spent: Spent & { readonly since: Instant }
  readonly minutes: number
  readonly warned: number
}
function running({ spent, minutes, warned: before }: Running, { policy, calendar, now }: Reckoning): Reckoned {
  const { since, dueAt } = spent
  const target = minutes * minuteMs
  const consumed = spent.ms + workingBetween(calendar, since, now)
  const isPassed = (percent: number): boolean => consumed * 100 >= target * percent
  const inOrder = policy.warnAt.toSorted((a, b) => a - b)
  const warned = Math.max(before, ...inOrder.filter(isPassed))
  const next = inOrder.find((percent) => percent > warned)
  const nextAt = next === undefined ? dueAt : addWorking(calendar, since, Math.ceil((target * next) / 100) - spent.ms)
  return { state: 'running', dueAt, warned, endedAt: null, nextAt }
}
