// One transaction of the record: claim, lock, read, apply, emit. Inside it no network and no EventLog, ever.
import type { AnyEvent } from '../../schemas/events.ts'
import type { EventId, Instant, WorkspaceId } from '../../schemas/ids.ts'
import type { Shown } from './command.ts'
import type { Reader } from './reader.ts'
import type { Change, LockKey } from './worker.ts'

export interface StoreTx {
  /** The database's time at the start of this transaction. */
  readonly now: Instant
  /** Inbox: of these events, those this worker has never met; a concurrent twin waits here. The runner deletes an id from the set when it takes it: a batch may hold one event twice. */
  claim(worker: string, events: readonly EventId[]): Promise<Set<EventId>>
  /** Transaction-level, taken sorted by rank then number, in one statement. */
  lock(keys: readonly LockKey[]): Promise<void>
  readonly read: Reader
  /** Verbs are applied in the fixed order of `Verbs`, not in the order decided; one statement a verb for the whole batch. */
  apply(changes: readonly Change[]): Promise<void>
  /** Outbox: leaves for the log after commit, or never. Only for keys whose lock is held, so that outbox order is commit order. Ticket events also become the ticket's history, in the same commit. */
  emit(events: readonly AnyEvent[]): Promise<void>
  /** A resource as the API gives it, as it stands now. Null: not here. */
  show(what: Shown, id: string): Promise<unknown>
  /** A kept answer of an idempotency key, or null. */
  answered(key: string): Promise<{ readonly inputHash: string; readonly status: number; readonly body: unknown } | null>
  keepAnswer(key: string, inputHash: string, answer: { readonly status: number; readonly body: unknown }): Promise<void>
  /** Sets an event aside for a person, with why (G13); commits with the claim. */
  park(what: {
    readonly worker: string
    readonly event: AnyEvent
    readonly why: string
    readonly attempts: number
  }): Promise<void>
  /** A parked row, locked until the end of this transaction; null when it is not there (any more). */
  parked(id: string): Promise<{ readonly worker: string; readonly event: AnyEvent } | null>
  /** Takes a parked row away and gives what it held; null when it is not there (any more). */
  unpark(id: string): Promise<{ readonly worker: string; readonly event: AnyEvent } | null>
}

/**
 * One database transaction (READ COMMITTED); `enter` switches it to a workspace (transaction-local setting) and shows nothing else; it
 * may be entered again for another workspace. Throws `store.conflict` (decide again), `store.unavailable` (the world), `event.invalid`.
 */
export interface Store {
  transaction<T>(work: (enter: (workspace: WorkspaceId) => Promise<StoreTx>) => Promise<T>): Promise<T>
}
