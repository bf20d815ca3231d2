// When the next rule of time strikes for a ticket.
import type { RuleRow } from '../../ports/desk-rows.ts'
import type { RuleBook } from '../../ports/rule-book.ts'
import type { Instant } from '../../../schemas/ids.ts'
import { ruleClocks } from '../../../schemas/rule.ts'
import { inScope } from './compiled-rule.ts'

const minuteMs = 60_000
/** The last moment a Date can hold; whatever lies beyond never strikes. */
const lastMs = 8_640_000_000_000_000
interface Hour {
  readonly row: RuleRow
  /** Of all rules of time. */
  readonly place: number
  readonly ms: number
}
interface Next {
  readonly hour: Hour
  readonly dueMs: number
}

/** `rows` in their order. */
export function hoursOf(rows: readonly RuleRow[]): RuleBook['nextTime'] {
  const all = rows.flatMap((row, place): readonly Hour[] =>
    row.after === null ? [] : [{ row, place, ms: row.after.minutes * minuteMs }],
  )
  const byClock = Map.groupBy(
    all.toSorted((a, b) => a.ms - b.ms || a.place - b.place),
    ({ row }) => row.after!.since,
  )
  const places = new Map(all.map((it) => [it.row.id, it.place]))
  return (of, clocks, after, struck) => {
    const past = Date.parse(after)
    const pastPlace = struck === undefined ? Infinity : (places.get(struck) ?? Infinity)
    const next = ruleClocks.flatMap((clock): readonly Next[] => {
      const since = clocks[clock]
      const hours = byClock.get(clock)
      if (since === null || hours === undefined) return []
      const from = Date.parse(since)
      for (let at = firstAt(hours, past - from); at < hours.length; at += 1) {
        const hour = hours[at]!
        const isAhead = hour.ms + from > past || hour.place > pastPlace
        if (isAhead && inScope(hour.row, of)) return [{ hour, dueMs: from + hour.ms }]
      }
      return []
    })
    const [first] = next
      .filter(({ dueMs }) => dueMs <= lastMs)
      .toSorted((a, b) => a.dueMs - b.dueMs || a.hour.place - b.hour.place)
    return first === undefined
      ? null
      : { rule: first.hour.row.id, dueAt: new Date(first.dueMs).toISOString() as Instant }
  }
}

/** The first that strikes no sooner than so long after its clock. */
function firstAt(hours: readonly Hour[], ms: number): number {
  let [low, high] = [0, hours.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (hours[middle]!.ms < ms) low = middle + 1
    else high = middle
  }
  return low
}
