// What a ticket's past says to its clocks: when they began, when they ended, and when they stood still between.
import type { Instant } from '../../../schemas/ids.ts'
import type { SlaMetric } from '../../../schemas/sla.ts'
import { statusCategories, type StatusCategory } from '../../../schemas/ticket.ts'
import type { SlaPolicyRow } from '../../ports/desk-rows.ts'
import type { SlaRow } from '../../ports/sla.ts'
import { isBuiltInStatus } from '../statuses.ts'
import { shownStatus } from '../ticket-status.ts'

/** One clock as the record has it, before anybody asks what time it is. */
export interface Course {
  readonly metric: SlaMetric
  readonly start: Instant
  /** `given-up`: the ticket was done without an answer. */
  readonly end: { readonly at: Instant; readonly is: 'kept' | 'given-up' } | null
}

const undone: ReadonlySet<string | null> = new Set(['reply_failed', 'reply_unsure', 'reply_cancelled'])

/**
 * The past as the customer lived through it. What they moved by writing moved when they wrote: however late we came to it, their turn was over,
 * and a clock that waited for them runs from then (V4, V8). An answer that reached nobody, and no other beside it, began no wait of theirs,
 * whoever ended that before we knew (V9).
 */
export function asTheyLivedIt(row: SlaRow): SlaRow {
  const { ticket, heard, answered, lost } = row
  const isLost = (n: number): boolean => {
    const [sent, next] = [row.moves[n], row.moves[n + 1]]
    if (sent?.why !== 'reply_sent' || next === undefined) return false
    if (!undone.has(next.why) && !lost.includes(sent.at)) return false
    // What stays done was done, whatever became of the answer.
    if (sent.category === 'done' && next.category === 'done') return false
    return !answered.some((at) => at >= sent.at && at < next.at)
  }
  const [opening] = row.moves
  const moves = row.moves.flatMap((move, n) => {
    if (isLost(n) || (isLost(n - 1) && undone.has(move.why))) return []
    if (move.why !== 'customer_wrote') return [move]
    const before = row.moves[n - 1]?.at ?? ticket.createdAt
    return [{ ...move, at: heard.find((at) => at > before && at <= move.at) ?? move.at }]
  })
  // It was opened under what it was opened under, though what moved it first is no move of theirs.
  return { ...row, moves: moves.map((move, n) => (n === 0 && opening ? { ...move, from: opening.from } : move)) }
}

export function coursesOf(row: SlaRow, policy: Pick<SlaPolicyRow, 'reopened'>): readonly Course[] {
  const first = firstCourse(row)
  return [...(first === null ? [] : [first]), ...nextCourses(row, first), ...resolutionCourses(row, policy)]
}

/** Of a clock whose beginning the record does not have any more, as where an answer before it failed: what was told to run ends as others do. */
export const courseFrom = (metric: SlaMetric, start: Instant, { answered, moves }: SlaRow): Course => ({
  metric,
  start,
  end: endOf(start, answered, moves),
})

/** Of what the customer opened; whom we wrote to first waits for nothing (T4). */
function firstCourse({ ticket, heard, answered, moves }: SlaRow): Course | null {
  const [start] = heard
  if (ticket.origin !== 'customer' || start === undefined) return null
  return { metric: 'firstResponse', start, end: endOf(start, answered, moves) }
}

/** Each begins with the oldest that nobody has answered (V8), after the first answer or where none was owed. */
function nextCourses({ heard, answered, moves }: SlaRow, first: Course | null): readonly Course[] {
  const courses: Course[] = []
  let from: Instant | null = first === null ? ('' as Instant) : (first.end?.at ?? null)
  while (from !== null) {
    const past: Instant = from
    const start = heard.find((at) => at > past)
    if (start === undefined) break
    const end = endOf(start, answered, moves)
    courses.push({ metric: 'nextResponse', start, end })
    from = end?.at ?? null
  }
  return courses
}

function endOf(start: Instant, answered: readonly Instant[], moves: SlaRow['moves']): Course['end'] {
  const kept = answered.find((at) => at >= start)
  const done = moves.find((it) => it.category === 'done' && it.at >= start)?.at
  if (kept !== undefined && (done === undefined || kept <= done)) return { at: kept, is: 'kept' }
  return done === undefined ? null : { at: done, is: 'given-up' }
}

/** From the opening until it is done and stays so; or, where a policy says so, one to each time it is done and one from each return (V12). */
function resolutionCourses(row: SlaRow, { reopened }: Pick<SlaPolicyRow, 'reopened'>): readonly Course[] {
  const { ticket, moves } = row
  const last = { metric: 'resolution', start: ticket.createdAt, end: lastEnd(row) } as const
  if (reopened === 'resume') return [last]
  const returns = moves.flatMap(({ category }, at) =>
    category !== 'done' && moves[at - 1]?.category === 'done' ? [at] : [],
  )
  const starts = [ticket.createdAt, ...returns.map((at) => moves[at]!.at)]
  return starts.map((start, n): Course => {
    const next = returns[n]
    const done = next === undefined ? null : doneAt(moves.slice(0, next))
    return { ...last, start, end: done === null ? last.end : { at: done, is: 'kept' } }
  })
}

const lastEnd = ({ ticket, moves }: SlaRow): Course['end'] =>
  ticket.category === 'done' ? { at: doneAt(moves) ?? ticket.resolvedAt ?? ticket.createdAt, is: 'kept' } : null
/** Since when it is done, after these. */
const doneAt = (moves: SlaRow['moves']): Instant | null =>
  moves[moves.findLastIndex(({ category }) => category !== 'done') + 1]?.at ?? null

export interface Run {
  readonly from: Instant
  /** Null: it runs on. */
  readonly to: Instant | null
}

/** When it ran: not in a status that pauses, nor while it was done or junk. */
export function runsOf({ start, end }: Course, row: SlaRow, pauses: readonly string[]): readonly Run[] {
  const runs = (status: string, category: StatusCategory): boolean =>
    (category === 'open' || category === 'waiting') && !pauses.includes(status)
  const before = row.moves.findLast(({ at }) => at <= start)
  const later = row.moves.filter(({ at }) => at > start && (end === null || at < end.at))
  const began = before ?? { to: row.moves[0]?.from ?? shownStatus(row.ticket), category: openingCategory(row) }
  const pieces = [{ at: start, to: began.to, category: began.category }, ...later]
  return pieces.flatMap(({ at, to, category }, n): readonly Run[] => {
    const until = pieces[n + 1]?.at ?? end?.at ?? null
    return runs(to, category) && at !== until ? [{ from: at, to: until }] : []
  })
}
/** A ticket is opened under a status that is built in: as new, as waiting, or as spam. */
function openingCategory({ moves: [first], ticket }: SlaRow): StatusCategory {
  if (first === undefined) return ticket.category
  return isBuiltInStatus(first.from) ? statusCategories[first.from] : 'open'
}
