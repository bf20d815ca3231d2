// Calls an hour that a store allows, of which a poll uses the smaller part: answers and people need the rest.
import type { Clock } from '../../../core/ports/edges.ts'
import type { Notes } from './notes.ts'
import { StoreTrouble } from './trouble.ts'

/** Of what is allowed the poll uses at most this share (D35). */
export const share = 0.8
const minuteMs = 60_000

const minuteOf = (clock: Pick<Clock, 'now'>): number => Math.floor(Date.parse(clock.now()) / minuteMs)

/** Counts one call, or says when there is room for it again. */
export function spend(notes: Notes, perHour: number, clock: Pick<Clock, 'now'>): void {
  const minute = minuteOf(clock)
  const recent = notes.spent.filter(([at]) => at > minute - 60)
  const used = recent.reduce((sum, [, calls]) => sum + calls, 0)
  if (used >= Math.floor(perHour * share)) {
    const afterSeconds = Math.max(60, ((recent[0]?.[0] ?? minute) + 61 - minute) * 60)
    throw new StoreTrouble(
      { is: 'later', afterSeconds },
      `${used} of ${perHour} calls an hour are used; the rest is left for answers, and the poll waits ${afterSeconds} s.`,
    )
  }
  const here = recent.find(([at]) => at === minute)?.[1] ?? 0
  notes.spent = [...recent.filter(([at]) => at !== minute), [minute, here + 1]]
}
