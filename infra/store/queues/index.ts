// Everything the loops take from the record, behind the ports of core/ports/queues.ts.
import type { Clock, Secrets } from '../../../core/ports/edges.ts'
import type {
  Accounts,
  Attempts,
  Deliveries,
  FileJobs,
  Keeps,
  Leases,
  Outbox,
  Prunes,
  Published,
  SeenMarks,
  Wakeups,
} from '../../../core/ports/queues.ts'
import type { TransactionDeps } from '../transaction.ts'
import { makeAccounts } from './accounts.ts'
import { makeAttempts } from './attempts.ts'
import { makeDeliveries, type Limits } from './deliveries.ts'
import { makeFileJobs } from './file-jobs.ts'
import { makeKeeps } from './keeps.ts'
import { makeLeases } from './leases.ts'
import { onLoops } from './on-loops.ts'
import { makeOutbox } from './outbox.ts'
import { makePrunes } from './prunes.ts'
import { makePublished } from './published.ts'
import { makeSeenMarks } from './seen-marks.ts'
import { makeWaits } from './waits.ts'
import { makeWakeups } from './wakeups.ts'

export interface QueuesDeps extends TransactionDeps {
  readonly clock: Clock
  readonly secrets: Secrets
  /** Of every channel that sends, by name. */
  readonly limits: ReadonlyMap<string, Limits>
  /** Sends under way at once to one account, over all processes. */
  readonly atOncePerAccount: number
  /** The workers that read the log: what none of them has met yet is still needed. */
  readonly readers: readonly string[]
}
export interface Queues {
  readonly outbox: Outbox
  readonly leases: Leases
  readonly deliveries: Deliveries
  readonly seenMarks: SeenMarks
  readonly wakeups: Wakeups
  readonly fileJobs: FileJobs
  readonly attempts: Attempts
  readonly accounts: Accounts
  readonly keeps: Keeps
  readonly prunes: Prunes
  readonly published: Published
  /** Something was committed in this process: every loop that waits looks at once. The store's `nudge` is made to call this. */
  nudge(): void
}

export function makeQueues(deps: QueuesDeps): Queues {
  const loops = onLoops(deps.database)
  const waits = makeWaits(deps.clock)
  const leases = makeLeases(loops)
  const nudge = () => {
    waits.bell.ring()
    deps.nudge?.()
  }
  const all = { ...deps, waits, leases, nudge }
  return {
    outbox: makeOutbox(loops, waits),
    leases,
    deliveries: makeDeliveries(all),
    seenMarks: makeSeenMarks(loops, deps.clock),
    wakeups: makeWakeups(all),
    fileJobs: makeFileJobs(all),
    attempts: makeAttempts(loops),
    accounts: makeAccounts(all),
    keeps: makeKeeps(loops),
    prunes: makePrunes(loops, deps.readers),
    published: makePublished(deps),
    nudge,
  }
}
