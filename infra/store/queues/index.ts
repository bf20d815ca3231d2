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
  /** Something was committed in this process: the loops it may have work for look at once, all of them where nothing is said. The store's `nudge` is made to call this. */
  nudge(committed?: Committed): void
}

/** Which loops a commit has work for. The others would ask in vain, each at every commit: a claim of replies alone takes 2 ms. */
const meant = {
  deliveries: ['queue-reply', 'set-reply', 'set-health', 'put-account', 'drop-account'],
  wakeups: ['wake-me'],
  files: ['add-message', 'change-message'],
  accounts: ['put-account', 'drop-account', 'set-health', 'put-workspace', 'drop-workspace'],
} as const satisfies Record<string, readonly Verb[]>

export function makeQueues(deps: QueuesDeps): Queues {
  const loops = onLoops(deps.database)
  const leases = makeLeases(loops)
  const waitsOf = {
    deliveries: makeWaits(deps.clock),
    wakeups: makeWaits(deps.clock),
    files: makeWaits(deps.clock),
    accounts: makeWaits(deps.clock),
  }
  const outboxWaits = makeWaits(deps.clock)
  const nudge = (committed: Committed = { verbs: null, heads: [] }) => {
    const { verbs } = committed
    for (const [loop, its] of Object.entries(meant))
      if (verbs === null || its.some((verb) => verbs.has(verb))) waitsOf[loop as keyof typeof meant].bell.ring()
    outboxWaits.bell.ring()
    deps.nudge?.(committed)
  }
  const all = { ...deps, leases, nudge }
  return {
    outbox: makeOutbox(loops, outboxWaits),
    leases,
    deliveries: makeDeliveries({ ...all, waits: waitsOf.deliveries }),
    seenMarks: makeSeenMarks(loops, deps.clock),
    wakeups: makeWakeups({ ...all, waits: waitsOf.wakeups }),
    fileJobs: makeFileJobs({ ...all, waits: waitsOf.files }),
    attempts: makeAttempts(loops),
    accounts: makeAccounts({ ...all, waits: waitsOf.accounts }),
    keeps: makeKeeps(loops),
    prunes: makePrunes(loops, deps.readers),
    published: makePublished(deps),
    nudge,
  }
}
