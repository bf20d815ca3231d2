// One transaction on a desk connection: begun, entered into a workspace, committed or rolled back, never half.
import type pg from 'pg'
import { askedTogether } from '../../core/ports/asked-together.ts'
import { GatewayError } from '../../core/errors.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import type { Instant, WorkspaceId } from '../../schemas/ids.ts'
import type { Verb } from '../../core/ports/worker.ts'
import type { Database } from '../drivers/database.ts'
import { storeFault } from '../drivers/store-fault.ts'
import { sendOut, type EmitDeps, type LogHead } from './emit.ts'
import { here, rowsOf, statement, type Connection, type Here } from './statement.ts'

export interface TransactionDeps extends EmitDeps {
  readonly database: Pick<Database, 'pool'>
  /** After a commit that emitted something: whoever waits for it in this process looks at once. */
  readonly nudge?: (committed: Committed) => void
}
/** What is known of a commit without asking the database. */
export interface Committed {
  /** What was done to the record; null where nobody kept count. */
  readonly verbs: ReadonlySet<Verb> | null
  /** Where the log ends now, as its append said; empty where events went into the outbox. */
  readonly heads: readonly LogHead[]
}
/** One workspace's part of a transaction. */
export interface Inside extends Here {
  /** Sent out with everything else just before the commit, and kept for the history of tickets with it. */
  emit(events: readonly AnyEvent[]): Promise<void>
  /** Keeps count of what was done. */
  did(verbs: readonly Verb[]): void
}
export type Enter = (workspace: WorkspaceId) => Promise<Inside>

/** What a transaction holds while it is open. */
interface Open {
  readonly connection: Connection
  readonly deps: TransactionDeps
  /** `begin`, sent and not waited for: it is answered with the first entering. */
  readonly begun: Promise<unknown>
  /** By workspace, in the order entered. */
  readonly emitted: Map<WorkspaceId, AnyEvent[]>
  /** The last that was entered. */
  workspace: WorkspaceId | null
  verbs: Set<Verb> | null
}

export async function inTransaction<T>(work: (enter: Enter) => Promise<T>, deps: TransactionDeps): Promise<T> {
  const client = await deps.database
    .pool('desk')
    .connect()
    .catch((error: unknown) => Promise.reject(storeFault(error)))
  const life: { broken: GatewayError | null } = { broken: null }
  // A connection may break between two statements; unheard, that would end the process.
  const lost = (error: Error) => (life.broken = storeFault(error))
  client.on('error', lost)
  const connection = guarded(client, life)
  const begun = connection.query({ text: 'begin' })
  begun.catch(() => undefined) // heard with the first entering, or here below
  const open: Open = { connection, deps, begun, emitted: new Map(), workspace: null, verbs: null }
  try {
    const result = await work((workspace) => enter(workspace, open))
    await begun
    const [heads] = await askedTogether([sendAll(open), commit(connection)])
    if (open.emitted.size > 0) deps.nudge?.({ verbs: open.verbs, heads })
    return result
  } catch (error) {
    // What cannot be rolled back is thrown away with its connection.
    if (life.broken === null) await open.connection.query({ text: 'rollback' }).catch((failed: unknown) => failed)
    throw error
  } finally {
    client.removeListener('error', lost)
    client.release(life.broken ?? undefined)
  }
}

/** Every error becomes one of our faults; one of the connection marks it as not to be used again. */
function guarded(client: pg.PoolClient, life: { broken: GatewayError | null }): Connection {
  return {
    query: async (query) => {
      try {
        return await client.query(query)
      } catch (error) {
        const fault = storeFault(error)
        if (fault.code === 'store.unavailable') life.broken = fault
        throw fault
      }
    },
  }
}

/** An answer that is lost may still be a commit: the caller decides again, and the inbox knows which it was (F5). */
async function commit(connection: Connection): Promise<void> {
  const { command } = await connection.query({ text: 'commit' })
  if (command !== 'COMMIT')
    throw new GatewayError(
      'worker.fault',
      'A failed statement was passed over, so the whole transaction was rolled back; let its error through.',
    )
}

const enterStatement = statement('enter', `select set_config('inlet.workspace', $1, true), now() as now`)

async function enter(workspace: WorkspaceId, open: Open): Promise<Inside> {
  const [, inside] = await askedTogether([open.begun, hereIn(workspace, open)])
  return {
    ...inside,
    emit: async (events) => {
      if (events.length === 0) return
      open.emitted.set(workspace, [...(open.emitted.get(workspace) ?? []), ...events])
    },
    did: (verbs) => {
      open.verbs = (open.verbs ?? new Set()).union(new Set(verbs))
    },
  }
}

async function hereIn(workspace: WorkspaceId, open: Open): Promise<Here> {
  open.workspace = workspace
  const [row] = await rowsOf<{ now: Instant }>(open.connection, enterStatement, [workspace])
  if (row === undefined)
    throw new GatewayError('store.unavailable', `The database did not let us enter workspace ${workspace}.`)
  return here(open.connection, workspace, row.now)
}

/**
 * After everything else: from here on counters of the log may stay locked, and nobody may wait for another lock behind them. Sent at
 * once, without waiting, so that the commit can follow in the same breath; where one of them fails, the commit is a rollback.
 */
async function sendAll(open: Open): Promise<readonly LogHead[]> {
  const { connection, emitted, deps } = open
  const entered: Promise<unknown>[] = []
  const sent: Promise<readonly LogHead[]>[] = []
  for (const [workspace, events] of emitted) {
    if (workspace !== open.workspace) entered.push(hereIn(workspace, open))
    sent.push(sendOut(here(connection, workspace, noTime), events, deps))
  }
  const [, heads] = await askedTogether([askedTogether(entered), askedTogether(sent)])
  return heads.flat()
}
/** Whatever is sent out carries its own times. */
const noTime = '' as Instant
