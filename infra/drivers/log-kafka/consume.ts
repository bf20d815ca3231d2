// One group's reading in this process: a member of the group, and handlers that take what it fetched, in order, again until they succeed.
//
// The client hands over and waits a moment only, and fetches on while handlers work; of a partition where much waits it fetches nothing
// more. So a slow handler costs no other partition anything, and the member goes on saying that it lives (F10). Never `seek`: its entry
// outlives a rebalance and rewinds.
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { messageOf } from '../../../core/errors.ts'
import type { Clock, Logger } from '../../../core/ports/edges.ts'
import type { AnyEvent, EventType } from '../../../schemas/events.ts'
import { makeBell, nap, type Bell } from '../bell.ts'
import type { Places } from '../log-places.ts'
import { allot, checkHandlers, pauseAfter } from '../log-share.ts'
import { patient } from './client.ts'
import { makeCommitter, type Committer } from './commit.ts'
import { kindOf } from './fault.ts'
import { countDue, handful, isFull, makeLanes, moveTo, type Handful, type Lane, type Lanes } from './lanes.ts'
import { eventFrom } from './record.ts'
import { watchForMoves } from './moves.ts'
import { forGroup, makeStrangers, type IsFor, type Strangers } from './strangers.ts'

/** So long a fetch waits for what it brought to be handled, while its handler is at work: with every message another fetch would cost more than it saves. */
const handOverMs = 25
/**
 * And so long at least until the next one, whatever the handlers do: else each event is a fetch of its own for every group of its topic, and each
 * names all partitions again, asked for and answered. What is not for this group at all (most of a busy topic, for some) waits for nobody.
 */
const restMs = { afterOurs: 5, afterOthers: 25 } as const
const heartbeatMs = 500
const fetchWaitMs = 250
const bytesAPartition = 1_048_576
/** So many partitions of a fetch are handed over at a time: with fewer the others would wait for the handlers of these. */
const partitionsAtOnce = 64
const rebuildMs = 500

export interface Consumption {
  readonly group: string
  /** Without the prefix. */
  readonly reader: string
  readonly types: readonly EventType[]
  readonly handle: (batch: readonly AnyEvent[]) => Promise<void>
  readonly handlers: number
  /** Events of a batch. */
  readonly most: number
  readonly everyMs: number
  /** Of the types, with the prefix. */
  readonly topics: readonly string[]
}
export interface ReaderDeps {
  readonly kafka: Kafka
  readonly clock: Clock
  readonly log: Logger
  /** A member that says nothing for so long is thrown out. */
  readonly sessionMs: number
  /** Before the names of topics. */
  readonly prefix: string
  /** Records that are no events of ours. */
  readonly onForeign: (records: number) => void
  readonly places: Places
  /** Makes what is missing. */
  readonly ensureTopics: () => Promise<unknown>
}
interface Member {
  readonly it: Consumption
  readonly lanes: Lanes
  readonly isFor: IsFor
  readonly bell: Bell
  /** Between a change in the group and what comes of it nothing new is begun. */
  halted: boolean
  /** What the group calls it; another name: it was thrown out meanwhile. */
  name: string | null
  /** When the group last knew it, by this process's clock. */
  knownAt: number
  readonly strangers: Strangers
  readonly signal: AbortSignal
}

/** Resolves when the signal aborted, the handlers under way ended, and the group was left. */
export async function consume(it: Consumption, signal: AbortSignal, deps: ReaderDeps): Promise<void> {
  checkHandlers(it)
  for (let failures = 0; !signal.aborted;) {
    const began = deps.clock.ticks()
    try {
      await oneLife(it, signal, deps)
    } catch (error) {
      failures = deps.clock.ticks() - began > 60_000 ? 1 : failures + 1
      const why = `${messageOf(error)} (${kindOf(error)})`
      deps.log.warn('A member of a group ended; it joins again.', { group: it.group, failures, why })
      if (kindOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') await deps.ensureTopics().catch(() => undefined)
      await nap(deps.clock, Math.min(rebuildMs * failures, 5_000), { signal })
    }
  }
}

/** From joining to leaving, or to the crash of the client: rejects then. */
async function oneLife(it: Consumption, signal: AbortSignal, deps: ReaderDeps): Promise<void> {
  const ending = new AbortController()
  const bell = makeBell()
  const lanes = makeLanes(it.handlers, bell.ring)
  const strangers = makeStrangers(it.group, deps)
  const isFor = forGroup(it.types, deps.prefix)
  const common = { it, lanes, bell, isFor, halted: false, name: null, knownAt: -Infinity, strangers }
  const member: Member = { ...common, signal: AbortSignal.any([signal, ending.signal]) }
  const stopped = Promise.withResolvers<void>()
  const stop = (): void => {
    bell.ring()
    stopped.resolve()
  }
  member.signal.addEventListener('abort', stop)
  const committer = makeCommitter(lanes, { ...deps, group: it.group, ...fence(member, deps) })
  const consumer = clientMember(it, deps)
  const gone = deps.places.reader(it.reader, () => member.name !== null && fence(member, deps).isMember())
  watchForMoves(consumer, { clock: deps.clock, knownAt: () => member.knownAt, signal: member.signal })
  const crashed = watch(consumer, { member, committer, deps })
  const turns = Array.from({ length: it.handlers }, (_, slot) => takeTurns(slot, member, deps))
  const writing = new AbortController()
  const written = committer.run(writing.signal)
  try {
    await Promise.race([crashed, stopped.promise, join(consumer, member, deps).then(() => stopped.promise)])
  } finally {
    gone()
    ending.abort()
    // The client goes on saying that this member lives until the last handler has ended.
    await Promise.all(turns)
    writing.abort()
    await written
    await committer.commit()
    await consumer.disconnect().catch(() => undefined)
    lanes.drop()
  }
}

/** What the client tells of the group. Rejects when the client gives up. */
function watch(
  consumer: Consumer,
  { member, committer, deps }: { readonly member: Member; readonly committer: Committer; readonly deps: ReaderDeps },
): Promise<never> {
  const crashed = Promise.withResolvers<never>()
  crashed.promise.catch(() => undefined)
  const { GROUP_JOIN, REBALANCING, HEARTBEAT, CRASH } = consumer.events
  consumer.on(CRASH, ({ payload }) => crashed.reject(payload.error))
  consumer.on(GROUP_JOIN, ({ payload }) => {
    // Under another name it was thrown out and let in again: what it held others had meanwhile, and may be further.
    if (member.name !== payload.memberId) member.lanes.drop()
    member.name = payload.memberId
    member.lanes.assign(payload.memberAssignment)
    goOn(member, deps)
  })
  // A change in the group that comes to nothing ends with a heartbeat only.
  consumer.on(HEARTBEAT, () => goOn(member, deps))
  consumer.on(REBALANCING, () => {
    member.halted = true
    void committer.commit()
  })
  return crashed.promise
}

function clientMember(it: Consumption, deps: ReaderDeps): Consumer {
  return deps.kafka.consumer({
    groupId: it.group,
    sessionTimeout: deps.sessionMs,
    rebalanceTimeout: deps.sessionMs,
    heartbeatInterval: heartbeatMs,
    metadataMaxAge: 5_000,
    maxWaitTimeInMs: fetchWaitMs,
    minBytes: 1,
    maxBytesPerPartition: bytesAPartition,
    allowAutoTopicCreation: false,
    // Else the client gives up after five tries, and who joins anew waits for its old place to end: a session (measured: 11 s).
    retry: patient,
  })
}

async function join(consumer: Consumer, member: Member, deps: ReaderDeps): Promise<void> {
  await consumer.connect()
  await consumer.subscribe({ topics: [...member.it.topics], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: partitionsAtOnce,
    eachBatch: (payload) => handOver(payload, member, deps),
  })
}

/**
 * Positions are written down only by who the group knew within a session. Who was frozen for longer (F9) first hears what became of its
 * partitions; the client joins anew by itself, and its commits would then be believed, also of what others read on meanwhile (G15).
 */
const fence = (member: Member, { clock, sessionMs }: ReaderDeps) => ({
  isMember: () => clock.ticks() - member.knownAt < sessionMs,
  thrownOut: () => void (member.knownAt = -Infinity),
})

function goOn(member: Member, { clock }: ReaderDeps): void {
  member.knownAt = clock.ticks()
  member.halted = false
  member.bell.ring()
}

/** To the handlers; then a short wait, and a pause of the partition where much waits already. */
async function handOver(payload: EachBatchPayload, member: Member, deps: ReaderDeps): Promise<void> {
  if (member.signal.aborted) return void payload.pause()
  const lane = member.lanes.take(payload)
  if (lane === undefined) return
  for (const message of payload.batch.messages) member.strangers.look(message, payload.batch)
  if (!lane.busy && countDue(lane, member.isFor, 1) === 0) {
    moveTo(lane, lane.takenTo)
    return nap(deps.clock, restMs.afterOthers, { signal: member.signal })
  }
  const emptied = makeBell()
  lane.emptied = emptied.ring
  member.bell.ring()
  if (isFull(lane)) lane.resume ??= payload.pause()
  await nap(deps.clock, restMs.afterOurs, { signal: member.signal })
  if (lane.waiting.length > 0) await nap(deps.clock, handOverMs - restMs.afterOurs, { bell: emptied })
}

async function takeTurns(slot: number, member: Member, deps: ReaderDeps): Promise<void> {
  let nextAt = -Infinity
  while (!member.signal.aborted) {
    const hands = member.halted ? [] : nextBatch(slot, member)
    if (hands.length === 0) {
      await member.bell.heard()
      continue
    }
    const began = deps.clock.ticks()
    if (began < nextAt && isLittle(hands, member.it)) {
      await nap(deps.clock, nextAt - began, member)
      continue
    }
    if (hands.some(({ messages }) => messages.length > 0)) nextAt = began + member.it.everyMs
    for (const { lane } of hands) lane.busy = true
    try {
      const events = hands.flatMap((hand) => eventsOf(hand, member))
      if (events.length === 0 || (await handled(events, hands, { member, deps })))
        for (const { lane, end } of hands) moveTo(lane, end)
    } finally {
      for (const { lane } of hands) lane.busy = false
      // Who waits for a partition that came back, and who waits behind a batch that was given up.
      member.bell.ring()
    }
  }
}

function nextBatch(slot: number, { it, lanes, isFor }: Member): readonly Handful[] {
  const free = (lane: Lane) => lane.slot === slot && !lane.busy && lane.waiting.length > 0 && lanes.isFree(lane)
  const mine = [...lanes.held.values()].filter(free)
  const counts = mine.map((lane) => countDue(lane, isFor, it.most))
  const quotas = allot(counts, it.most)
  return mine
    .map((lane, index) => ({ lane, due: counts[index] ?? 0, quota: quotas[index] ?? 0 }))
    .filter(({ due, quota }) => quota > 0 || due === 0)
    .map(({ lane, quota }) => handful(lane, isFor, quota))
}

/** Less than a batch, and not nothing: what is for others is passed over at once. */
function isLittle(hands: readonly Handful[], { most }: Consumption): boolean {
  const due = hands.reduce((sum, { messages }) => sum + messages.length, 0)
  return due > 0 && due < most
}

/** A record that is no event of ours stays where it lies: said, and passed over. */
function eventsOf({ lane: { topic, partition }, messages }: Handful, { strangers }: Member): readonly AnyEvent[] {
  return messages.flatMap((message) => {
    try {
      return [eventFrom(message)]
    } catch (error) {
      strangers.met({ topic, partition, offset: message.offset }, messageOf(error))
      return []
    }
  })
}

/** Again and again with growing pauses, until handled (true), or stopped or partly somebody else's (false). */
async function handled(
  events: readonly AnyEvent[],
  hands: readonly Handful[],
  { member, deps }: { readonly member: Member; readonly deps: ReaderDeps },
): Promise<boolean> {
  const { it, signal } = member
  for (let failures = 1; !signal.aborted; failures++) {
    if (hands.some(({ lane }) => lane.lost)) return false
    try {
      await it.handle(events)
      return true
    } catch (error) {
      const about = { group: it.group, events: events.length, failures, why: messageOf(error) }
      deps.log.warn('A batch was not handled; it comes again.', about)
      await nap(deps.clock, pauseAfter(failures), { signal })
    }
  }
  return false
}
