// The record as the runner and the commands know it: one transaction, in which everything is claimed, locked, read, applied and emitted.
import type { WorkspaceId } from '../../schemas/ids.ts'
import type { Reader } from '../../core/ports/reader.ts'
import type { Store, StoreTx } from '../../core/ports/store.ts'
import { applyChanges } from './apply/index.ts'
import { claimEvents, findAnswer, keepAnswer } from './inbox.ts'
import { takeLocks } from './locks.ts'
import { park, parked, unpark } from './parked.ts'
import { showOne } from './queries/one.ts'
import type { DeskMemory } from './read/desk-rows.ts'
import { makeReader } from './read/index.ts'
import { inTransaction, type Inside, type TransactionDeps } from './transaction.ts'

/** What of `Reader` is answered from memory. */
export type RegistryFacts = Pick<
  Reader,
  'capabilities' | 'kinds' | 'address' | 'keysOfReply' | 'whyNotAnAccount' | 'routesOf'
>
export interface StoreDeps extends TransactionDeps {
  readonly registry: RegistryFacts
}

export function makeStore(deps: StoreDeps): Store {
  const memory: DeskMemory = new Map()
  return {
    transaction: (work) =>
      inTransaction(
        (enter) => work(async (workspace: WorkspaceId) => txOf(await enter(workspace), deps.registry, memory)),
        deps,
      ),
  }
}

function txOf(inside: Inside, registry: RegistryFacts, memory: DeskMemory): StoreTx {
  inside.did([])
  return {
    now: inside.now,
    claim: (worker, events) => claimEvents(inside, worker, events),
    lock: (keys) => takeLocks(inside, keys),
    read: makeReader(inside, registry, memory),
    apply: (changes) => {
      inside.did(changes.map((change) => change.do))
      return applyChanges(inside, changes)
    },
    emit: (events) => inside.emit(events),
    show: (what, id) => showOne({ what, id }, inside, registry),
    answered: (key) => findAnswer(inside, key),
    keepAnswer: (key, inputHash, answer) => keepAnswer(inside, { key, inputHash, ...answer }),
    park: (what) => park(inside, [what]),
    parked: (id) => parked(inside, id),
    unpark: (id) => unpark(inside, id),
  }
}
