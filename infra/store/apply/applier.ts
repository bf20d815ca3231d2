// What one verb of a decision is to the database: a function for all changes of that verb in a batch, usually one statement.
import type { Change, Verb } from '../../../core/ports/worker.ts'
import type { Here, Statement } from '../statement.ts'

export interface Applier<K extends Verb> {
  /** Its first statement is sent before it returns, so that those of several verbs go out in order without waiting for each other. */
  (here: Here, changes: readonly Change<K>[]): Promise<void>
  /** It has several statements, one after the other: what comes after it waits for the last. */
  readonly waits?: true
}

export const oneAfterAnother = <K extends Verb>(apply: Applier<K>): Applier<K> =>
  Object.assign(apply, { waits: true as const })

/** The usual verb: one statement, a row of JSON a change. */
export const byStatement =
  <K extends Verb>(statement: Statement, row: (change: Change<K>, here: Here) => unknown): Applier<K> =>
  async (here, changes) => {
    await here.run(
      statement,
      changes.map((change) => row(change, here)),
    )
  }

/** Where a later change of a batch replaces an earlier one: a row may be written once by one statement. */
export const lastOfEach = <T>(changes: readonly T[], key: (change: T) => string): readonly T[] => [
  ...new Map(changes.map((change) => [key(change), change])).values(),
]
