// One transaction of the record on a desk connection: begun, entered into a workspace, committed or rolled back, never half.
import type pg from 'pg'
import { GatewayError } from '../../core/errors.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import type { Instant, WorkspaceId } from '../../schemas/ids.ts'
import type { Reader } from '../../core/ports/reader.ts'
import type { Store, StoreTx } from '../../core/ports/store.ts'
import type { Database } from '../drivers/database.ts'
import { storeFault } from '../drivers/store-fault.ts'
import { applyChanges } from './apply/index.ts'
import { keepHistory, sendOut, type EmitDeps } from './emit.ts'
import { claimEvents, findAnswer, keepAnswer } from './inbox.ts'
import { takeLocks } from './locks.ts'
import { park, parked, unpark } from './parked.ts'
import { makeReader } from './read/index.ts'
import { show } from './show.ts'
import { here, rowsOf, statement, type Connection, type Here } from './statement.ts'

/** What of `Reader` is answered from memory. */
export type RegistryFacts = Pick<Reader, 'capabilities' | 'address' | 'whyNotAnAccount'>
export interface StoreDeps extends EmitDeps {
  readonly database: Pick<Database, 'pool'>
  readonly registry: RegistryFacts
  /** After a commit that emitted something: whoever waits for it in this process looks at once. */
  readonly nudge?: () => void
}

export const makeStore = (deps: StoreDeps): Store => ({ transaction: (work) => inTransaction(work, deps) })

/** What a transaction holds while it is open. */
interface Open {
  readonly connection: Connection
  readonly deps: StoreDeps
  /** By workspace, in the order entered: sent out together at the end. */
  readonly emitted: Map<WorkspaceId, AnyEvent[]>
}

async function inTransaction<T>(
  work: (enter: (workspace: WorkspaceId) => Promise<StoreTx>) => Promise<T>,
  deps: StoreDeps,
): Promise<T> {
  const client = await connect(deps)
  const life: { broken: GatewayError | null } = { broken: null }
  const open: Open = { connection: guarded(client, life), deps, emitted: new Map() }
  try {
    await open.connection.query({ text: 'begin' })
    const result = await work((workspace) => enter(workspace, open))
    await sendAll(open)
    await commit(open.connection)
    if (open.emitted.size > 0) deps.nudge?.()
    return result
  } catch (error) {
    if (life.broken === null) await open.connection.query({ text: 'rollback' }).catch((lost: unknown) => lost)
    throw error
  } finally {
    client.release(life.broken ?? undefined)
  }
}

async function connect({ database }: StoreDeps): Promise<pg.PoolClient> {
  try {
    return await database.pool('desk').connect()
  } catch (error) {
    throw storeFault(error)
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

async function enter(workspace: WorkspaceId, open: Open): Promise<StoreTx> {
  const inside = await hereIn(workspace, open.connection)
  const { registry } = open.deps
  return {
    now: inside.now,
    claim: (worker, events) => claimEvents(inside, worker, events),
    lock: (keys) => takeLocks(inside, keys),
    read: makeReader(inside, registry),
    apply: (changes) => applyChanges(inside, changes),
    emit: async (events) => {
      await keepHistory(inside, events)
      open.emitted.set(workspace, [...(open.emitted.get(workspace) ?? []), ...events])
    },
    show: (what, id) => show(inside, what, id),
    answered: (key) => findAnswer(inside, key),
    keepAnswer: (key, inputHash, answer) => keepAnswer(inside, { key, inputHash, ...answer }),
    park: (what) => park(inside, [what]),
    parked: (id) => parked(inside, id),
    unpark: (id) => unpark(inside, id),
  }
}

async function hereIn(workspace: WorkspaceId, connection: Connection): Promise<Here> {
  const [row] = await rowsOf<{ now: Instant }>(connection, enterStatement, [workspace])
  if (row === undefined)
    throw new GatewayError('store.unavailable', `The database did not let us enter workspace ${workspace}.`)
  return here(connection, workspace, row.now)
}

async function sendAll({ connection, emitted, deps }: Open): Promise<void> {
  const groups = [...emitted].filter(([, events]) => events.length > 0)
  for (const [workspace, events] of groups) {
    // With one workspace it is the one we are in.
    const inside =
      groups.length === 1 && emitted.size === 1
        ? here(connection, workspace, '' as Instant)
        : await hereIn(workspace, connection)
    await sendOut(inside, events, deps)
  }
}
