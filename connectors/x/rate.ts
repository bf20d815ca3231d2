// The vendor's three kinds of limit, as its headers tell them: which one is used up, and until when.

export interface Budget {
  readonly remaining: number
  /** Milliseconds since 1970, by the vendor's clock. */
  readonly resetMs: number
}
type Headers = Readonly<Record<string, string>>

/** Fifteen minutes' and a day's, the account's and the app's; `reset` is in seconds (sheet section 7, checked 2026-11). */
const groups = ['x-rate-limit', 'x-user-limit-24hour', 'x-app-limit-24hour'] as const

export const budgets = (headers: Headers): readonly Budget[] =>
  groups.flatMap((group) => {
    const [remaining, reset] = [numberIn(headers[`${group}-remaining`]), numberIn(headers[`${group}-reset`])]
    return remaining === null || reset === null ? [] : [{ remaining, resetMs: reset * 1000 }]
  })
const numberIn = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : null

/** By the answer's own date, so that our clock does not matter; where it has none, by ours. */
export const vendorNowMs = (headers: Headers, oursMs: number): number => {
  const said = Date.parse(headers['date'] ?? '')
  return Number.isNaN(said) ? oursMs : said
}

const [leastSeconds, usualSeconds, mostSeconds] = [1, 60, 86_400]
/** How long nothing more is asked: until what is used up is full again, and a moment more, so that not everybody comes at once. */
export function waitSeconds(headers: Headers, oursMs: number, jitterSeconds: number): number {
  const asked = numberIn(headers['retry-after'])
  if (asked !== null) return Math.min(asked, mostSeconds)
  const ends = budgets(headers).flatMap((it) => (it.remaining === 0 ? [it.resetMs] : []))
  if (ends.length === 0) return usualSeconds
  const seconds = Math.ceil((Math.max(...ends) - vendorNowMs(headers, oursMs)) / 1000)
  return Math.min(mostSeconds, Math.max(leastSeconds, seconds) + jitterSeconds)
}
/** Of all limits the one that is nearest to its end. */
export const scarcest = (headers: Headers): Budget | null =>
  budgets(headers).reduce<Budget | null>(
    (least, it) => (least === null || it.remaining < least.remaining ? it : least),
    null,
  )
