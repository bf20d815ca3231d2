// Chance that repeats: everything a stand-in makes up comes from its seed and what it is for, not from the order of calls.
import { createHash } from 'node:crypto'

export interface Seeded {
  hex(digits: number, ...forWhat: readonly (string | number)[]): string
  number(below: number, ...forWhat: readonly (string | number)[]): number
  digits(count: number, ...forWhat: readonly (string | number)[]): string
  pick<T>(from: readonly T[], ...forWhat: readonly (string | number)[]): T
}
export function seeded(seed: number): Seeded {
  const hex = (digits: number, ...forWhat: readonly (string | number)[]): string =>
    createHash('sha256')
      .update(JSON.stringify([seed, ...forWhat]))
      .digest('hex')
      .slice(0, digits)
  const number = (below: number, ...forWhat: readonly (string | number)[]): number =>
    Number.parseInt(hex(12, ...forWhat), 16) % below
  return {
    hex,
    number,
    /** Never begins with 0. */
    digits: (count, ...forWhat) =>
      Array.from({ length: count }, (_, at) =>
        at === 0 ? 1 + number(9, ...forWhat, 0) : number(10, ...forWhat, at),
      ).join(''),
    pick: (from, ...forWhat) => from[number(from.length, ...forWhat)]!,
  }
}
