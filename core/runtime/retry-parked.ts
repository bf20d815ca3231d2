// What was set aside, once more: an event through its worker, or bytes through the normalizer; away from the list only when it went well.
import { GatewayError, isGatewayError, isOfTheWorld, messageOf } from '../errors.ts'
import { whyNotAnEvent } from '../../schemas/check.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import type { Asker } from '../ports/command.ts'
import type { Store, StoreTx } from '../ports/store.ts'
import type { AnyWorker } from '../ports/worker.ts'
import { decideAgain } from './decide-batch.ts'
import { replayOne, type ReplayDeps } from './replay.ts'

export interface RetryDeps extends ReplayDeps {
  readonly store: Store
  readonly workers: ReadonlyMap<string, AnyWorker>
}
export interface ParkedAsk {
  readonly workspace: WorkspaceId
  readonly id: string
  readonly by: Asker
}
export type Retried =
  { readonly is: 'done' } | { readonly is: 'not-found' } | { readonly is: 'failed'; readonly why: string }

/** Keeps the original ids (G13): what had its effect already has it no second time. */
export async function retryParked(ask: ParkedAsk, deps: RetryDeps): Promise<Retried> {
  const row = await deps.store.transaction(async (enter) => (await enter(ask.workspace)).parked(ask.id))
  if (row === null) return { is: 'not-found' }
  try {
    if (row.worker === 'normalize') await readAgain(row.event, ask, deps) // appends to the log: never inside a transaction
    return await patiently(() =>
      takeAway(ask, deps, async (tx) => {
        if (row.worker !== 'normalize') await takeAgain(workerNamed(row.worker, deps), row.event, tx)
        return 'parked.retried'
      }),
    )
  } catch (error) {
    // A lost database says nothing of the event: whoever asked may ask again.
    if (isOfTheWorld(error) && !isGatewayError(error, 'store.conflict')) throw error
    return { is: 'failed', why: messageOf(error) }
  }
}

const maxConflicts = 5
/** Somebody was faster: decided again on what they left. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isGatewayError(error, 'store.conflict') || conflicts >= maxConflicts) throw error
    }
  }
}

async function takeAway(
  ask: ParkedAsk,
  deps: Pick<RetryDeps, 'store'>,
  work: (tx: StoreTx) => Promise<string>,
): Promise<Retried> {
  return deps.store.transaction(async (enter) => {
    const tx = await enter(ask.workspace)
    if ((await tx.unpark(ask.id)) === null) return { is: 'not-found' }
    const what = await work(tx)
    await tx.apply([{ do: 'audit', what, subject: ask.id, by: ask.by.actor, from: ask.by.from, about: {}, at: tx.now }])
    return { is: 'done' }
  })
}

/** Nothing comes back; the audit keeps who decided so. */
export const dropParked = (ask: ParkedAsk, deps: Pick<RetryDeps, 'store'>): Promise<Retried> =>
  takeAway(ask, deps, async () => 'parked.dropped')

/** What was set aside unread may still be unknown here (G18), or be of a type this worker does not listen to now that it is known. */
async function takeAgain(worker: AnyWorker, event: AnyEvent, tx: StoreTx): Promise<void> {
  const why = whyNotAnEvent(event)
  if (why !== null) throw new GatewayError('event.invalid', `It still cannot be read: ${why}`)
  if (worker.on.includes(event.type)) await decideAgain(worker, event, tx)
}

function workerNamed(name: string, deps: RetryDeps): AnyWorker {
  const worker = deps.workers.get(name)
  if (worker === undefined) throw new GatewayError('worker.fault', `no worker is called ${name} in this build`)
  return worker
}

/** Throws when the same place of the same bytes still cannot be read, so that the row stays. */
async function readAgain(event: AnyEvent, ask: ParkedAsk, deps: RetryDeps): Promise<void> {
  const kept = event.raw === null ? null : await deps.log.raw(event.raw)
  if (kept === null) throw new GatewayError('event.invalid', 'the raw bytes are not kept any more')
  const result = { raws: 0, unchanged: 0, fresh: 0, corrected: 0, unreadable: 0 }
  const events = await replayOne(kept, { ask: { correlation: ask.by.correlation }, result }, deps)
  if (events.length === 0) throw new GatewayError('event.invalid', 'its account is not there any more')
  const still = events.find((it) => it.id === event.id)
  if (still?.type === 'ingest.quarantined') throw new GatewayError('event.invalid', still.data.why)
}
