// Feeds one worker from the log: every event has its effect exactly once, whatever is repeated, reordered or stopped in the middle.
import { GatewayError, isGatewayError, isOfTheWorld, messageOf } from '../errors.ts'
import { whyNotAnEvent } from '../../schemas/check.ts'
import type { AnyEvent, EventType } from '../../schemas/events.ts'
import type { EventId } from '../../schemas/ids.ts'
import type { Clock, Logger, Meter } from '../ports/edges.ts'
import type { EventLog } from '../ports/event-log.ts'
import type { Attempts } from '../ports/queues.ts'
import type { Store } from '../ports/store.ts'
import type { AnyWorker } from '../ports/worker.ts'
import { decideBatch } from './decide-batch.ts'

export interface RunWorkerDeps {
  readonly log: EventLog
  readonly store: Store
  readonly attempts: Attempts
  readonly clock: Clock
  readonly logger: Logger
  readonly meter: Meter
}

/** An event is parked after so many tries of its own (G13). */
const maxTries = 3
/** Conflicts of one batch before it is taken apart. */
const maxConflicts = 5
/** The first batches of a life may hold what ended the last one: they are counted in the database before they are tried. */
const suspectBatches = 10

/** Runs until `signal` aborts and the batch in hand is done. */
export async function runWorker(worker: AnyWorker, deps: RunWorkerDeps, signal: AbortSignal): Promise<void> {
  const life: Life = { suspect: suspectBatches, owed: [], turn: Promise.resolve() }
  await deps.log.consume<EventType>(
    worker.name,
    worker.on,
    (batch) => takeBatch(worker, batch, life, { ...deps, signal }),
    signal,
    { handlers: worker.handlers, most: worker.batch, everyMs: worker.everyMs },
  )
}

type Deps = RunWorkerDeps & { readonly signal: AbortSignal }

/** What the first batches of a process remember of themselves. */
interface Life {
  suspect: number
  /** Marked, and then the world failed, not the events: to be unmarked before anything else is marked. */
  owed: readonly EventId[]
  /** They are taken one after the other, also where a worker has several handlers: what is owed is of one batch. */
  turn: Promise<void>
}

/** A mark says only "a life began with these"; an event's own tries are counted apart, else its neighbours would be set aside with it. */
const markOf = (worker: AnyWorker): string => `${worker.name}/batch`

async function takeBatch(worker: AnyWorker, batch: readonly AnyEvent[], life: Life, deps: Deps): Promise<void> {
  const events = await parkUnreadable(worker, batch, deps)
  if (events.length === 0) return
  if (life.suspect === 0) return together(worker, events, deps)
  const mine = life.turn.then(() => takeSuspects(worker, events, life, deps))
  life.turn = mine.catch(() => undefined)
  return mine
}

async function takeSuspects(worker: AnyWorker, events: readonly AnyEvent[], life: Life, deps: Deps): Promise<void> {
  if (life.suspect === 0) return together(worker, events, deps)
  await unmark(worker, life, deps)
  const ids = [...new Set(events.map((event) => event.id))]
  life.owed = ids
  const lives = await deps.attempts.bump(markOf(worker), ids)
  if ([...lives.values()].some((count) => count > 1)) await oneByOne(worker, events, deps)
  else await together(worker, events, deps)
  await unmark(worker, life, deps)
  life.suspect -= 1
}

async function unmark(worker: AnyWorker, life: Life, deps: Deps): Promise<void> {
  if (life.owed.length > 0) await deps.attempts.forget(markOf(worker), life.owed)
  life.owed = []
}

/** The whole batch in one transaction; when that cannot be, the same events one by one. */
async function together(worker: AnyWorker, events: readonly AnyEvent[], deps: Deps): Promise<void> {
  try {
    const began = deps.clock.ticks()
    await decidePatiently(worker, events, deps)
    deps.meter.observe('handle_seconds', (deps.clock.ticks() - began) / 1000, { worker: worker.name })
  } catch (error) {
    if (isOutage(error)) throw error
    await oneByOne(worker, events, deps)
  }
}

/** A conflict means "decide again": so often, with a pause. */
async function decidePatiently(worker: AnyWorker, events: readonly AnyEvent[], deps: Deps): Promise<void> {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      return await decideBatch(worker, events, deps)
    } catch (error) {
      if (!isGatewayError(error, 'store.conflict') || conflicts >= maxConflicts) throw error
      await pause(worker, conflicts, deps)
    }
  }
}

/** Of the world, and no conflict: trying the events one by one would not help. */
const isOutage = (error: unknown): boolean => isOfTheWorld(error) && !isGatewayError(error, 'store.conflict')

/** A poisonous event is found and parked; its neighbours go on, also those of the same key. */
async function oneByOne(worker: AnyWorker, events: readonly AnyEvent[], deps: Deps) {
  for (const event of events) await alone(worker, event, deps)
}

/** Each try is counted before it is made: the count survives the process that the event may end. */
async function alone(worker: AnyWorker, event: AnyEvent, deps: Deps): Promise<void> {
  for (let why = 'the process ended while it was handled'; ;) {
    const tries = (await deps.attempts.bump(worker.name, [event.id])).get(event.id) ?? 1
    if (tries > maxTries) return park(worker, event, { why, attempts: maxTries }, deps)
    const failed = await tryAlone(worker, event, deps)
    if (failed === null) return deps.attempts.forget(worker.name, [event.id])
    why = failed
  }
}

/** Null when it went well, why when it was the event's fault. Throws faults of the world, uncounted. */
async function tryAlone(worker: AnyWorker, event: AnyEvent, deps: Deps): Promise<string | null> {
  try {
    await decidePatiently(worker, [event], deps)
    return null
  } catch (error) {
    if (isOutage(error)) {
      await deps.attempts.forget(worker.name, [event.id])
      throw error
    }
    const about = { worker: worker.name, event: event.id, type: event.type, error }
    deps.logger.warn('a worker failed on an event', about)
    return messageOf(error)
  }
}

async function park(
  worker: AnyWorker,
  event: AnyEvent,
  found: { readonly why: string; readonly attempts: number },
  deps: Deps,
): Promise<void> {
  await deps.store.transaction(async (enter) => {
    const tx = await enter(event.workspace)
    const fresh = await tx.claim(worker.name, [event.id])
    if (fresh.has(event.id)) await tx.park({ worker: worker.name, event, ...found })
  })
  await deps.attempts.forget(worker.name, [event.id])
  deps.meter.count('parked', { worker: worker.name })
  deps.logger.error('parked an event that cannot be handled; see npm run parked', {
    worker: worker.name,
    event: event.id,
    type: event.type,
    why: found.why,
    attempts: found.attempts,
  })
}

/** What this build cannot read (a newer version, a type of a newer release, another shape) is set aside, not guessed (G18). */
async function parkUnreadable(worker: AnyWorker, batch: readonly AnyEvent[], deps: Deps): Promise<readonly AnyEvent[]> {
  const readable: AnyEvent[] = []
  for (const event of batch) {
    if (!hasName(event)) {
      passOver(worker, event, 'it has no id of an event, or no workspace', deps)
      continue
    }
    const why = whyNotAnEvent(event)
    if (why === null) readable.push(event)
    else await park(worker, event, { why: `cannot be read: ${why}`, attempts: 1 }, deps)
  }
  return readable
}

/** A log that others may write to can bring anything. Without a name nothing can be remembered of it, not even that it was set aside. */
const hasName = ({ id, workspace }: AnyEvent): boolean =>
  /^evt_[0-9a-f]{32}$/.test(id) && typeof workspace === 'string' && workspace !== ''

function passOver(worker: AnyWorker, event: AnyEvent, why: string, deps: Deps): void {
  deps.meter.count('foreign', { worker: worker.name })
  deps.logger.error('passed over what is no event of ours; it lies in the log where it lay', {
    worker: worker.name,
    event: String(event.id).slice(0, 100),
    type: event.type,
    why,
  })
}

async function pause(worker: AnyWorker, conflicts: number, deps: Deps): Promise<void> {
  deps.meter.count('conflicts', { worker: worker.name })
  await deps.clock.sleep(5 * 2 ** conflicts, deps.signal).catch(() => {
    throw new GatewayError('store.unavailable', 'stopping while a batch met a conflict; it comes again')
  })
}
