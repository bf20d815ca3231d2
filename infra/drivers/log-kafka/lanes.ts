// The partitions this member holds: what was fetched and waits, how far each is, and how the client is told.
import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import { freestSlot } from '../log-share.ts'
import type { IsFor } from './strangers.ts'

/** Alive while the partition is held; a partition that comes back is another lane. */
export interface Lane {
  readonly topic: string
  readonly partition: number
  /** Which handler of the process it belongs to. */
  readonly slot: number
  /** Fetched and not handed over: at most a full lane and what one more fetch brings of a partition (1 MB, or one larger batch). */
  readonly waiting: KafkaMessage[]
  /** Of those. */
  waitingBytes: number
  /** The next offset to hand over is at or after this. */
  next: number
  /** The next offset to take in. */
  takenTo: number
  /** Written down at the broker. */
  committed: number
  /** Of what was taken in and is not written down yet: offset → time. By it a log that began anew is known from one that is read again. */
  readonly times: Map<number, string>
  busy: boolean
  lost: boolean
  /** Of the last fetch: through it positions are written down. */
  payload: EachBatchPayload | null
  /** The offset after the last of the last fetch, control records too. */
  fetchedTo: number
  /** Paused at the client: gives it back. */
  resume: (() => void) | null
  /** Ends the wait of the fetch that brought what waits. */
  emptied: (() => void) | null
}
export interface Lanes {
  readonly held: ReadonlyMap<string, Lane>
  /** What the group gave this member: others are lost, what was held stays. */
  assign(assignment: Readonly<Record<string, readonly number[]>>): void
  /** Takes in what a fetch brought of a partition that is held, and gives its lane. */
  take(payload: EachBatchPayload): Lane | undefined
  /** False while what is in hand of the partition from before it was lost has not ended: one handler at a time. */
  isFree(lane: Lane): boolean
  drop(): void
}

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`

export function makeLanes(handlers: number, onChange: () => void): Lanes {
  const held = new Map<string, Lane>()
  const ending = new Set<Lane>()
  const lose = (name: string, lane: Lane): void => {
    lane.lost = true
    lane.waiting.length = 0
    lane.waitingBytes = 0
    held.delete(name)
    if (lane.busy) ending.add(lane)
    // The client keeps a pause over the loss of a partition.
    release(lane)
  }
  return {
    held,
    assign(assignment) {
      const given = Object.entries(assignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      )
      const names = new Set(given.map(({ topic, partition }) => nameOf(topic, partition)))
      for (const [name, lane] of held) if (!names.has(name)) lose(name, lane)
      for (const { topic, partition } of given) {
        const name = nameOf(topic, partition)
        if (!held.has(name)) held.set(name, laneOf(topic, partition, freestSlot(held.values(), handlers)))
      }
      onChange()
    },
    take(payload) {
      const name = nameOf(payload.batch.topic, payload.batch.partition)
      const lane = held.get(name)
      if (lane === undefined) return undefined
      if (!beganAnew(lane, payload)) return takeIn(lane, payload)
      lose(name, lane)
      const anew = laneOf(lane.topic, lane.partition, lane.slot)
      held.set(name, anew)
      return takeIn(anew, payload)
    },
    isFree(lane) {
      for (const old of ending) if (!old.busy) ending.delete(old)
      return ![...ending].some((old) => old.topic === lane.topic && old.partition === lane.partition)
    },
    drop() {
      for (const [name, lane] of held) lose(name, lane)
    },
  }
}

const laneOf = (topic: string, partition: number, slot: number): Lane => ({
  topic,
  partition,
  slot,
  waiting: [],
  waitingBytes: 0,
  next: 0,
  takenTo: 0,
  committed: -1,
  times: new Map(),
  busy: false,
  lost: false,
  payload: null,
  fetchedTo: 0,
  resume: null,
  emptied: null,
})

/** The client fetches this partition again. */
function letFetch(lane: Lane): void {
  lane.resume?.()
  lane.resume = null
}

/** Nothing waits any more. */
function release(lane: Lane): void {
  letFetch(lane)
  lane.emptied?.()
  lane.emptied = null
}

/** A fetch that begins before what was taken in brings what was met before; else the log began anew, or somebody set the group back. */
function beganAnew(lane: Lane, { batch }: EachBatchPayload): boolean {
  const [first] = batch.messages
  if (first === undefined || Number(first.offset) >= lane.takenTo) return false
  return lane.times.get(Number(first.offset)) !== first.timestamp
}

/** More than a few fetches: where positions cannot be written down for long, the oldest are forgotten, and come twice if need be. */
const mostTimes = 50_000

export function writtenDown(lane: Lane, end: number): void {
  lane.committed = Math.max(lane.committed, end)
  for (const offset of lane.times.keys()) {
    if (offset >= lane.committed && lane.times.size <= mostTimes) return
    lane.times.delete(offset)
  }
}

/** The client begins a partition where the group stands. A place before it, written down by who has handled nothing yet, would set the group back. */
function beginAt(lane: Lane, offset: number): void {
  lane.next = offset
  lane.committed = offset
}

/** Without what was taken before: after a change in the group the client begins at the last position written down. */
function takeIn(lane: Lane, payload: EachBatchPayload): Lane {
  const { batch } = payload
  if (lane.payload === null) beginAt(lane, Number(batch.messages[0]?.offset ?? 0))
  for (const message of batch.messages) {
    if (Number(message.offset) < lane.takenTo) continue
    lane.waiting.push(message)
    lane.waitingBytes += message.value?.length ?? 0
    lane.times.set(Number(message.offset), message.timestamp)
  }
  lane.takenTo = Math.max(lane.takenTo, Number(batch.messages.at(-1)?.offset ?? -1) + 1)
  lane.payload = payload
  lane.fetchedTo = Number(batch.lastOffset()) + 1
  // It is ours now: the client fetches what lies behind it meanwhile. How far the group is says only what is written down.
  payload.resolveOffset(batch.lastOffset())
  return lane
}

const fullMessages = 200
const fullBytes = 500_000

/** What comes now would wait behind others: nothing more is fetched of this partition. */
export const isFull = ({ waiting, waitingBytes }: Lane): boolean =>
  waiting.length >= fullMessages || waitingBytes >= fullBytes
/** Soon empty: what is fetched from now on is there in time. */
const isLow = ({ waiting, waitingBytes }: Lane): boolean =>
  waiting.length <= fullMessages / 2 && waitingBytes <= fullBytes / 2

/** How many of the waiting are for this group, up to `most`. */
export function countDue(lane: Lane, isFor: IsFor, most: number): number {
  let count = 0
  for (const message of lane.waiting) {
    if (isFor(message, lane.topic)) count++
    if (count === most) break
  }
  return count
}

export interface Handful {
  readonly lane: Lane
  readonly messages: readonly KafkaMessage[]
  /** The offset after the last one, also of what is not for this group. */
  readonly end: number
}

/** The next `quota` messages for this group; what is not for this group is passed over. */
export function handful(lane: Lane, isFor: IsFor, quota: number): Handful {
  const messages: KafkaMessage[] = []
  let walked = 0
  for (const message of lane.waiting) {
    if (isFor(message, lane.topic)) {
      if (messages.length === quota) break
      messages.push(message)
    }
    walked++
  }
  const last = lane.waiting[walked - 1]
  const end = last === undefined ? lane.next : Number(last.offset) + 1
  return { lane, messages, end }
}

/** Handled: the position moves in memory. */
export function moveTo(lane: Lane, end: number): void {
  if (lane.lost) return
  const left = lane.waiting.findIndex((message) => Number(message.offset) >= end)
  const gone = lane.waiting.splice(0, left === -1 ? lane.waiting.length : left)
  lane.waitingBytes -= gone.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
  lane.next = Math.max(lane.next, end)
  // Control records, which nobody is handed, lie behind the last message.
  if (lane.waiting.length === 0 && lane.next >= lane.takenTo) lane.next = Math.max(lane.next, lane.fetchedTo)
  if (lane.waiting.length === 0) release(lane)
  else if (isLow(lane)) letFetch(lane)
}
