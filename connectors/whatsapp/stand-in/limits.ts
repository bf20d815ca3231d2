// The vendor's limits on a clock that tests move: buckets for a number and for a pair, and the customer's 24 hours.
/** Sheet section 7, checked 2026-11. */
const bucketRules = { number: { max: 80, refillMs: 1_000 / 80 }, pair: { max: 45, refillMs: 6_000 } } as const
const windowMs = 24 * 3_600_000

export interface Limits {
  /** Takes one place, or says which limit was hit and takes none. */
  take(phoneNumberId: string, to: string): 'number' | 'pair' | null
  customerWrote(phoneNumberId: string, person: string): void
  isOpen(phoneNumberId: string, person: string): boolean
}
interface Bucket {
  left: number
  at: number
}
export function limitsOn(now: () => number): Limits {
  const buckets = new Map<string, Bucket>()
  const lastWrote = new Map<string, number>()
  const refilled = (key: string, rule: { readonly max: number; readonly refillMs: number }): Bucket => {
    const bucket = buckets.get(key) ?? { left: rule.max, at: now() }
    const left = Math.min(rule.max, bucket.left + (now() - bucket.at) / rule.refillMs)
    const fresh = { left, at: now() }
    buckets.set(key, fresh)
    return fresh
  }
  return {
    take(phoneNumberId, to) {
      const number = refilled(phoneNumberId, bucketRules.number)
      if (number.left < 1) return 'number'
      const pair = refilled(`${phoneNumberId} ${to}`, bucketRules.pair)
      if (pair.left < 1) return 'pair'
      number.left -= 1
      pair.left -= 1
      return null
    },
    customerWrote: (phoneNumberId, person) => void lastWrote.set(`${phoneNumberId} ${person}`, now()),
    isOpen: (phoneNumberId, person) =>
      now() - (lastWrote.get(`${phoneNumberId} ${person}`) ?? Number.NEGATIVE_INFINITY) < windowMs,
  }
}
