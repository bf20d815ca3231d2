// Counts calls of the last hour by the vendor's clock, as a store's quota does.
export interface Hour {
  limit: number
  /** Counts this one too. */
  spend(): number
  left(): number
}
export function rollingHour(limit: number, now: () => number): Hour {
  const calls: number[] = []
  const left = (): number => {
    while (calls[0] !== undefined && calls[0] <= now() - 3_600_000) calls.shift()
    return Math.max(0, hour.limit - calls.length)
  }
  const hour: Hour = {
    limit,
    left,
    spend() {
      const before = left()
      calls.push(now())
      return before
    },
  }
  return hour
}
