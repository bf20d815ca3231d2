// Wrong tries of a minute, by who or what they were made at: beyond a number nothing is looked at any more (S7, D41).
import type { Clock } from '../core/ports/edges.ts'

const windowMs = 60_000
const mostRemembered = 5_000

export interface Tries {
  /** Seconds until the next one is looked at; null: now. */
  waitOf(...names: readonly string[]): number | null
  /** Counted before it is known whether it is wrong, so that many at once are not all looked at; taken back by the answer where it was not. */
  count(...names: readonly string[]): () => void
}

/** Of one process. Several behind one address each count for themselves. */
export function makeTries(clock: Clock, most: number): Tries {
  const counts = new Map<string, { n: number; readonly untilMs: number }>()
  const present = (name: string) => {
    const counted = counts.get(name)
    return counted !== undefined && counted.untilMs > clock.ticks() ? counted : null
  }
  return {
    waitOf(...names) {
      const full = names.map(present).filter((it) => it !== null && it.n >= most)
      const untilMs = Math.max(...full.map((it) => it?.untilMs ?? 0))
      return full.length === 0 ? null : Math.max(1, Math.ceil((untilMs - clock.ticks()) / 1000))
    },
    count(...names) {
      const counted = names.map((name) => {
        const one = present(name) ?? { n: 0, untilMs: clock.ticks() + windowMs }
        one.n += 1
        remember(counts, name, one)
        return one
      })
      return () => counted.forEach((one) => (one.n -= 1))
    },
  }
}

/** The oldest go first, so that strangers' guesses cannot fill the memory. */
export function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  const oldest = map.size > mostRemembered ? map.keys().next().value : undefined
  if (oldest !== undefined) map.delete(oldest)
}

/** Whoever has one address of IPv6 has 2^64 of them: they are one. */
export function placeOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const [before, after] = [groups(head), groups(tail ?? '')]
  if (after.at(-1)?.includes('.') === true) return after.at(-1) ?? address
  const all =
    tail === undefined
      ? before
      : [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
  return all
    .slice(0, 4)
    .map((it) => it.replace(/^0+(?=.)/, ''))
    .join(':')
}
