// Which groups this process reads, and whether each has its place among the members now: what readiness of the workers asks.

export interface Places {
  /** Some reader of this process is a member of the group and was heard as one lately. */
  has(group: string): boolean
  /** From now on a reader of the group is here; gives what ends that. */
  reader(group: string, isMember: () => boolean): () => void
}

export function makePlaces(): Places {
  const readers = new Set<{ readonly group: string; readonly isMember: () => boolean }>()
  return {
    has: (group) => [...readers].some((it) => it.group === group && it.isMember()),
    reader(group, isMember) {
      const it = { group, isMember }
      readers.add(it)
      return () => void readers.delete(it)
    },
  }
}
