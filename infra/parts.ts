// Which loops run in this process, by part: each is started with a signal and ends with it.
import { fileTypeFromBuffer } from 'file-type'
import { schedule } from 'node-cron'
import type { LiveAccount } from '../core/ports/queues.ts'
import { deliver } from '../core/runtime/deliver.ts'
import { fetchFiles } from '../core/runtime/fetch-files.ts'
import { housekeep } from '../core/runtime/housekeep.ts'
import { relay } from '../core/runtime/relay.ts'
import { runWorker } from '../core/runtime/run-worker.ts'
import type { Running } from '../core/runtime/stop.ts'
import { tellSeen } from '../core/runtime/tell-seen.ts'
import { wake } from '../core/runtime/wake.ts'
import { watchAccounts } from '../core/runtime/watch-accounts.ts'
import type { Bell } from './drivers/bell.ts'
import { watchDeaths } from './drivers/deaths.ts'
import { heirOfLeases } from './drivers/lease-owners.ts'
import { keepHeld } from './drivers/held.ts'
import { keepStatistics } from './drivers/statistics.ts'
import type { House } from './house.ts'
import { listenersOf } from './listeners.ts'
import type { Part, Settings } from './settings.ts'

export interface PartsOptions extends Pick<Settings, 'listen' | 'tlsCert' | 'tlsKey' | 'publicUrl'> {
  readonly only: readonly Part[]
  readonly keepDays: number
  /** This process, as leases know it. */
  readonly owner: string
  /** Rung when the feed may hold something new. */
  readonly fed: Bell
}

const filesAtOnce = 4
const sendsAtOnce = 64
const housekeepSeconds = 600
/** A group that never comes back holds the log so much longer than others at the most. */
const hardLimit = 3

/** Started at once; each element is one loop. */
export function startParts(house: House, options: PartsOptions): readonly Running[] {
  const has = (part: Part) => options.only.includes(part)
  const loops: (readonly [name: string, loop: (signal: AbortSignal) => Promise<void>])[] = [
    ['log-home', house.watchLog],
    // An embedded database has no second process.
    ...(house.database.embedded ? [] : [['deaths', (signal: AbortSignal) => letGoOfTheDead(house, signal)] as const]),
  ]
  if (has('connectors')) loops.push(...connectorLoops(house, options))
  if (has('workers')) loops.push(...workerLoops(house, options))
  if (has('deliver')) loops.push(...deliverLoops(house))
  return loops.map(([name, loop]) => running(name, loop, house))
}

function running(name: string, loop: (signal: AbortSignal) => Promise<void>, house: House): Running {
  const stop = new AbortController()
  const ended = loop(stop.signal).catch((error: unknown) => {
    house.logger.error('a loop ended with a fault; the process is not fit to run', { loop: name, error })
    process.exitCode = 1
    process.kill(process.pid, 'SIGTERM')
  })
  return { name, stop: () => stop.abort(), ended }
}

function connectorLoops(house: House, options: PartsOptions) {
  const { owner } = options
  const { queues } = house
  const files = { ...house, jobs: queues.fileJobs, typeOf, atOnce: filesAtOnce }
  const receivers = { ...house, leases: queues.leases, keeps: queues.keeps, accounts: queues.accounts, owner }
  return [
    ['watch-accounts', (signal: AbortSignal) => watchAccounts(receivers, signal)],
    ['fetch-files', (signal: AbortSignal) => fetchFiles(files, signal)],
    ['ask-names', house.names.run],
    ...listenersOf(house, options),
  ] as const
}

function workerLoops(house: House, { owner, fed, keepDays }: PartsOptions) {
  const { queues } = house
  const deps = { ...house, attempts: queues.attempts }
  const feeding = { ...deps, store: { transaction: ringing(house.store.transaction, fed) } }
  const workers = house.registry.workers.map(
    (worker) =>
      [
        `worker ${worker.name}`,
        (signal: AbortSignal) => runWorker(worker, worker.name === 'feed' ? feeding : deps, signal),
      ] as const,
  )
  return [
    ...workers,
    [
      'relay',
      (signal: AbortSignal) => relay({ ...house, outbox: queues.outbox, leases: queues.leases, owner }, signal),
    ],
    ['hear-raised', (signal: AbortSignal) => house.hearRaised(() => queues.wakeOutbox(), signal)],
    ['wake', (signal: AbortSignal) => wake({ ...house, wakeups: queues.wakeups }, signal)],
    ['housekeep', (signal: AbortSignal) => housekeeping(house, { owner, keepDays }, signal)],
    ['held', (signal: AbortSignal) => keepHeld({ ...house, pool: house.database.pool('loops') }, signal)],
    ['statistics', (signal: AbortSignal) => keepStatistics({ ...house, pool: house.database.pool('loops') }, signal)],
  ] as const
}

/** Readers of the feed look as soon as it was written to. */
const ringing =
  (transaction: House['store']['transaction'], bell: Bell): House['store']['transaction'] =>
  async (work) => {
    const result = await transaction(work)
    bell.ring()
    return result
  }

function deliverLoops(house: House) {
  const { queues, logger } = house
  const health = (account: LiveAccount, state: 'degraded' | 'connected', why: string): void =>
    void queues.accounts
      .health(account, state, why)
      .catch((error: unknown) =>
        logger.warn('could not record the health of an account', { account: account.id, state, error }),
      )
  return [
    [
      'deliver',
      (signal: AbortSignal) =>
        deliver(
          {
            ...house,
            deliveries: queues.deliveries,
            health,
            down: (...asked) => queues.accounts.down(...asked),
            atOnce: sendsAtOnce,
          },
          signal,
        ),
    ],
    ['tell-seen', (signal: AbortSignal) => tellSeen({ ...house, marks: queues.seenMarks }, signal)],
  ] as const
}

/** At the start and then hourly, by one process at a time. */
async function housekeeping(
  house: House,
  { owner, keepDays }: { readonly owner: string; readonly keepDays: number },
  signal: AbortSignal,
): Promise<void> {
  const { queues, logger } = house
  const pruneLog = async (days: number) =>
    void (await house.care.prune({ keepDays: days, hardLimitDays: days * hardLimit }))
  const round = async (): Promise<void> => {
    try {
      if ((await queues.leases.take('housekeep', owner, housekeepSeconds)) === null) return
      await housekeep({ prunes: queues.prunes, blobs: house.blobs, pruneLog, logger, keepDays }, signal)
    } catch (error) {
      logger.warn('housekeeping could not begin; it tries again in an hour', { error })
    }
  }
  await round()
  const task = schedule('7 * * * *', round, { noOverlap: true })
  await new Promise((resolve) =>
    signal.aborted ? resolve(null) : signal.addEventListener('abort', resolve, { once: true }),
  )
  await task.destroy()
  await queues.leases
    .release('housekeep', owner)
    .catch((error: unknown) => logger.warn('could not release housekeeping', { error }))
}

/** The relay and the receivers of accounts go on with another process a second or two after theirs was killed; the clean-up at its hour. */
const letGoOfTheDead = ({ database, logger, queues }: House, signal: AbortSignal): Promise<void> =>
  watchDeaths({ presence: database.presence, log: logger }, heirOfLeases(queues.leases), signal)

const typeOf = async (head: Uint8Array): Promise<string | null> => (await fileTypeFromBuffer(head))?.mime ?? null
