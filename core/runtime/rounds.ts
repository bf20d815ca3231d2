// Cuts a batch into rounds: within one round no two events share a lock, and events that share one keep their order.
import type { LockKey } from '../ports/worker.ts'

export const nameOf = (key: LockKey): string => `${key.rank}\n${key.name}`

/**
 * The events that may be decided together now, and those that must see what these did first. `locks` gives an event's keys.
 * An event that has to wait holds its keys against those behind it, so that none overtakes.
 */
export function nextRound<T>(
  waiting: readonly T[],
  locks: (event: T) => readonly LockKey[],
): { readonly now: readonly T[]; readonly later: readonly T[] } {
  const held = new Set<string>()
  const now: T[] = []
  const later: T[] = []
  for (const event of waiting) {
    const names = locks(event)
      .filter((key) => key.together !== true)
      .map(nameOf)
    ;(names.some((name) => held.has(name)) ? later : now).push(event)
    for (const name of names) held.add(name)
  }
  return { now, later }
}
