// How fast a page may send, on a clock that tests move (sheets 7, checked 2026-11).
const rule = { max: 300, refillMs: 1_000 / 300 } as const
export interface Buckets {
  /** Takes one place, or says that there is none. */
  take(page: string): boolean
  /** All places of a page are taken from now on, until time gives some back. */
  empty(page: string): void
}
export function bucketsOn(now: () => number): Buckets {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    take(page) {
      const { left, at } = buckets.get(page) ?? { left: rule.max, at: now() }
      const filled = Math.min(rule.max, left + (now() - at) / rule.refillMs)
      const isFree = filled >= 1
      buckets.set(page, { left: isFree ? filled - 1 : filled, at: now() })
      return isFree
    },
    empty: (page) => void buckets.set(page, { left: -3_000, at: now() }),
  }
}
