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
  Standing,
  Wakeups,
} from '../../../core/ports/queues.ts'
import type { Verb } from '../../../core/ports/worker.ts'
import type { Committed, TransactionDeps } from '../transaction.ts'
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
import { makeStanding } from './standing.ts'
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
  readonly standing: Standing
  /** Something was committed in this process: the loops it may have work for look at once, all of them where nothing is said. The store's `nudge` is made to call this. */
  nudge(committed?: Committed): void
  /** Another process may have put something into the outbox. */
  wakeOutbox(): void
}

export function makeQueues(deps: QueuesDeps): Queues {
  const loops = onLoops(deps.database)
  const leases = makeLeases(loops)
  /** A loop that is woken by what it has no work for asks in vain, at every commit: a claim of replies alone takes 2 ms. */
  const waitsFor = (verbs: readonly Verb[] | 'anything') => ({ ...makeWaits(deps.clock), verbs })
  const waits = {
    outbox: waitsFor('anything'),
    deliveries: waitsFor(['queue-reply', 'set-reply', 'set-health', 'put-account', 'drop-account']),
    // A changed desk wakes assignment by itself (0021-desk.sql).
    wakeups: waitsFor(['wake-me', 'put-agent', 'drop-agent', 'put-group', 'drop-group']),
    files: waitsFor(['add-message', 'change-message']),
    accounts: waitsFor(['put-account', 'drop-account', 'set-health', 'put-workspace', 'drop-workspace']),
  }
  const nudge = (committed: Committed = { verbs: null, heads: [] }) => {
    const done = committed.verbs
    for (const { verbs, bell } of Object.values(waits))
      if (done === null || verbs === 'anything' || verbs.some((verb) => done.has(verb))) bell.ring()
    deps.nudge?.(committed)
  }
  const all = { ...deps, leases, nudge }
  return {
    outbox: makeOutbox(loops, waits.outbox),
    leases,
    deliveries: makeDeliveries({ ...all, waits: waits.deliveries }),
    seenMarks: makeSeenMarks(loops, deps.clock),
    wakeups: makeWakeups({ ...all, waits: waits.wakeups }),
    fileJobs: makeFileJobs({ ...all, waits: waits.files }),
    attempts: makeAttempts(loops),
    accounts: makeAccounts({ ...all, waits: waits.accounts }),
    keeps: makeKeeps(loops),
    prunes: makePrunes(loops, deps.readers),
    published: makePublished(deps),
    standing: makeStanding(loops),
    nudge,
    wakeOutbox: waits.outbox.bell.ring,
  }
}
