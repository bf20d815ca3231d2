// What a defence is: the change that takes it out, and the tests that must then fail.

export interface Defence {
  /** Of the promise it keeps. */
  readonly id: string
  readonly what: string
  readonly file: string
  /** Stands in the file exactly once. */
  readonly from: string
  readonly to: string
  /** A file of tests; those that carry the id in their names are run. */
  readonly tests: string
}

export const row = (id: string, what: string, file: string, from: string, to: string, tests: string): Defence => ({ id, what, file, from, to, tests }) // prettier-ignore
