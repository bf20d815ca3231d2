// One transaction for a batch of events: claim, lock, read, decide, apply, emit. The only place where exactly-once is made.
import { askedTogether } from '../ports/asked-together.ts'
import { GatewayError } from '../errors.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import { idFrom, type Instant, type WorkspaceId } from '../../schemas/ids.ts'
import type { Meter } from '../ports/edges.ts'
import type { Store, StoreTx } from '../ports/store.ts'
import type { AnyWorker, LockKey, Moment } from '../ports/worker.ts'
import { raise } from './raise.ts'
import { nameOf, nextRound } from './rounds.ts'

export interface DecideDeps {
  readonly store: Store
  readonly meter: Meter
}

/** Resolves when guard, effects and raised events are committed together; nothing of them is when it throws. */
export async function decideBatch(worker: AnyWorker, all: readonly AnyEvent[], deps: DecideDeps): Promise<void> {
  const batch = worker.concerns === undefined ? all : all.filter((event) => worker.concerns?.(event) === true)
  if (batch.length < all.length) deps.meter.count('handled', { worker: worker.name }, all.length - batch.length)
  if (batch.length === 0) return
  const taken = await deps.store.transaction(async (enter) => {
    let fresh = 0
    for (const [workspace, events] of byWorkspace(batch))
      fresh += await decideWorkspace(worker, events, await enter(workspace))
    return fresh
  })
  deps.meter.count('handled', { worker: worker.name }, taken)
  if (taken < batch.length) deps.meter.count('duplicate', { worker: worker.name }, batch.length - taken)
}

/** Sorted, so that two transactions enter workspaces in one order. */
function byWorkspace(batch: readonly AnyEvent[]): readonly (readonly [WorkspaceId, readonly AnyEvent[]])[] {
  const groups = Map.groupBy(batch, (event) => event.workspace)
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** A parked event once more, inside the transaction that takes it off the list. It was claimed when it was parked, so the claim is passed by. */
export async function decideAgain(worker: AnyWorker, event: AnyEvent, tx: StoreTx): Promise<void> {
  const held = new Set<string>()
  await take(worker.locks(event), held, tx)
  await decideAll(worker, [event], { tx, held, isAsked: true })
}

/** How many were met for the first time, or had nothing to do here. */
async function decideWorkspace(worker: AnyWorker, all: readonly AnyEvent[], tx: StoreTx): Promise<number> {
  const events = worker.sift === undefined ? all : await worker.sift(all, tx.read)
  const passed = all.length - events.length
  if (events.length === 0) return passed
  const held = new Set<string>()
  // Asked in one breath: what of a repeat is locked beside the others harms nobody.
  const [mine] = await askedTogether([unmet(worker, events, tx), take(locksOf(worker, events), held, tx)])
  if (mine.length > 0) await decideAll(worker, mine, { tx, held, isAsked: false })
  return passed + mine.length
}

const locksOf = (worker: AnyWorker, events: readonly AnyEvent[]): readonly LockKey[] =>
  events.flatMap((event) => worker.locks(event))

interface Locked {
  readonly tx: StoreTx
  /** What the bytes of these events reveal, at least. */
  readonly held: Set<string>
  /** A person asks for it (a parked event once more). */
  readonly isAsked: boolean
}

async function decideAll(worker: AnyWorker, mine: readonly AnyEvent[], { tx, held, isAsked }: Locked): Promise<void> {
  let known = await lockWhatFactsReveal(worker, mine, held, tx)
  const raised: AnyEvent[] = []
  const made = new Set<string>()
  for (let waiting = mine; waiting.length > 0;) {
    const round = nextRound(waiting, (event) => worker.locks(event))
    const put = await decideRound(worker, round.now, { tx, held, made, raised, known, isAsked })
    known = new Map() // what this round did may have changed what the others knew
    waiting = inOrder(mine, [...put, ...round.later])
  }
  if (raised.length > 0) await tx.emit(raised) // last before the commit: outbox order is commit order
}

/** A batch may hold one event twice, and a log may bring it again: each is taken once. */
async function unmet(worker: AnyWorker, events: readonly AnyEvent[], tx: StoreTx): Promise<readonly AnyEvent[]> {
  if (worker.guard === 'own-key') return [...new Map(events.map((event) => [event.id, event])).values()]
  const fresh = await tx.claim(worker.name, [...new Set(events.map((event) => event.id))])
  return events.filter((event) => fresh.delete(event.id))
}

async function take(keys: readonly LockKey[], held: Set<string>, tx: StoreTx): Promise<void> {
  const wanted = [...new Map(keys.map((key) => [nameOf(key), key])).values()].filter((key) => !held.has(nameOf(key)))
  if (wanted.length === 0) return
  await tx.lock(wanted)
  for (const key of wanted) held.add(nameOf(key))
}

/**
 * Once for the whole batch and in one sorted statement: round by round, two transactions could wait for each other. Gives the facts of
 * events that revealed nothing more: under the locks they hold already, nobody else can change those.
 */
async function lockWhatFactsReveal(
  worker: AnyWorker,
  events: readonly AnyEvent[],
  held: Set<string>,
  tx: StoreTx,
): Promise<ReadonlyMap<AnyEvent, unknown>> {
  if (worker.moreLocks === undefined) return new Map()
  const { each, shared } = await factsOf(worker, events, tx)
  const revealed = events.map((event, at) => worker.moreLocks?.(event, each[at]) ?? [])
  await take(revealed.flat(), held, tx)
  if (shared !== undefined) return new Map() // what a batch shares is read whole
  return new Map(events.flatMap((event, at) => (revealed[at]?.length === 0 ? [[event, each[at]] as const] : [])))
}

interface Round {
  readonly tx: StoreTx
  readonly held: ReadonlySet<string>
  /** Ids this transaction made: nobody else can hold them. */
  readonly made: Set<string>
  readonly raised: AnyEvent[]
  /** Facts that need not be read again. */
  readonly known: ReadonlyMap<AnyEvent, unknown>
  readonly isAsked: boolean
}

/** Decides and applies; gives back those that share something with an earlier one of this round that only facts revealed. */
async function decideRound(worker: AnyWorker, events: readonly AnyEvent[], round: Round): Promise<readonly AnyEvent[]> {
  const { facts, shared } = await factsOfRound(worker, events, round)
  const revealed = (event: AnyEvent) => worker.moreLocks?.(event, facts.get(event)) ?? []
  const { now, later } = nextRound(events, revealed)
  for (const event of now) mustHold(worker, revealed(event), round)
  const changes = []
  let sharedNow = shared
  for (const event of now) {
    const moment = momentOf(worker, event, round)
    const decision = worker.decide(event, facts.get(event), moment, sharedNow)
    sharedNow = decision.shared ?? sharedNow
    changes.push(...decision.changes)
    round.raised.push(...raise(decision.events, causeOf(worker, event, moment.now)))
  }
  await round.tx.apply(changes)
  return later
}

async function factsOfRound(worker: AnyWorker, events: readonly AnyEvent[], { known, tx }: Round) {
  const asked = events.filter((event) => !known.has(event))
  const read = asked.length === 0 ? { each: [], shared: undefined } : await factsOf(worker, asked, tx)
  const facts = new Map(known)
  asked.forEach((event, at) => facts.set(event, read.each[at]))
  return { facts, shared: read.shared }
}

async function factsOf(worker: AnyWorker, events: readonly AnyEvent[], tx: StoreTx) {
  const facts = await worker.facts(events, tx.read)
  if (facts.each.length !== events.length)
    throw new GatewayError('worker.fault', `${worker.name}.facts gave ${facts.each.length} for ${events.length} events`)
  return facts
}

/** What another transaction did since the first look may lead elsewhere: then everything is decided again, under the right locks. */
function mustHold(worker: AnyWorker, keys: readonly LockKey[], round: Round): void {
  for (const key of keys) {
    const mine = round.held.has(nameOf(key)) || [...round.made].some((id) => key.name.includes(id))
    if (!mine)
      throw new GatewayError('store.conflict', `${worker.name} met ${key.rank} ${key.name} that it had not locked`)
  }
}

function momentOf(worker: AnyWorker, event: AnyEvent, round: Round): Moment {
  let n = 0
  return {
    now: later(round.tx.now, event.receivedAt),
    isAsked: round.isAsked,
    newId: (prefix) => {
      const id = idFrom(prefix, worker.name, event.id, n++)
      round.made.add(id)
      return id
    },
  }
}

const later = (a: Instant, b: Instant): Instant => (a > b ? a : b)

const causeOf = (worker: AnyWorker, event: AnyEvent, now: Instant) => ({
  workspace: event.workspace,
  channel: event.channel,
  account: event.account,
  decider: worker.name,
  name: event.id,
  event: event.id,
  correlation: event.correlation,
  actor: { kind: 'system', id: worker.name } as const,
  origin: event.origin,
  now,
})

const inOrder = (all: readonly AnyEvent[], some: readonly AnyEvent[]): readonly AnyEvent[] => {
  const wanted = new Set(some)
  return all.filter((event) => wanted.has(event))
}
