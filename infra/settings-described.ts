// How one setting is described: its name, its words, what it may be, and what it is when nobody says.
import type { Parser } from './settings-values.ts'

export interface Described<T> {
  readonly env: string
  readonly says: string
  readonly parse: Parser<T>
  readonly fallback: T
  /** The default in words, where the value itself says little. */
  readonly unset?: string
  /** Never on a command line, which everyone on the machine can read (S18), and never in a message. */
  readonly secret?: boolean
}
export const it = <T>(described: Described<T>): Described<T> => described
export const maybe = <T>(described: Omit<Described<T>, 'fallback'>): Described<T | null> => ({
  ...described,
  fallback: null,
})
