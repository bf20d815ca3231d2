// What one verb of a decision is to the database: a function for all changes of that verb in a batch, usually one statement.
import type { Change, Verb } from '../../../core/ports/worker.ts'
import type { Here, Statement } from '../statement.ts'

export type Applier<K extends Verb> = (here: Here, changes: readonly Change<K>[]) => Promise<void>

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
