// Raws brought back by time, and how far behind a group is.
import type { Admin, KafkaMessage } from 'kafkajs'
import type { Clock } from '../../../core/ports/edges.ts'
import type { KeptRaw } from '../../../core/ports/event-log.ts'
import { partitionOf } from '../../../core/runtime/partition.ts'
import type { RawRef } from '../../../schemas/events.ts'
import type { Instant } from '../../../schemas/ids.ts'
import type { Direct } from './direct.ts'
import { logFault } from './fault.ts'
import { rawFrom, rawTopic } from './record.ts'
import type { Topics } from './topics.ts'

export interface LookBack {
  readonly direct: Direct
  readonly topics: Topics
  readonly partitions: number
}

/** Raws lie in the order they came to the broker; by the clocks of the machines that heard them they may be this much apart. */
const apartMs = 60_000
/** Of one partition, held to be put in order; beyond it what is oldest goes on. */
const heldRaws = 2_000
const heldBytes = 8_000_000
/** Of the raws given so far: one that was stored again, by a replay, comes once. */
const rememberedIds = 200_000
/** A vendor's repeat of a call stores its bytes again, and only that may have become durable. */
const laterMs = 86_400_000

interface Reading {
  readonly partition: number
  readonly held: KeptRaw[]
  bytes: number
  /** The latest time seen. */
  latest: number
  next: number
  readonly end: number
}
interface Span {
  readonly from: Instant
  readonly to: Instant
  readonly signal: AbortSignal
}

/** Oldest first over all partitions; within a minute as the clocks of the machines say. */
export async function* rawsOf(span: Span, back: LookBack): AsyncGenerator<KeptRaw> {
  const readings = await readingsFrom(span, back)
  const given = new Set<string>()
  while (true) {
    span.signal.throwIfAborted()
    for (const reading of readings) await fill(reading, span, back)
    const oldest = readings
      .filter((reading) => reading.held.length > 0)
      .reduce<Reading | null>((a, b) => (a !== null && timeOf(a) <= timeOf(b) ? a : b), null)
    const raw = oldest?.held.shift()
    if (oldest === null || raw === undefined) return
    oldest.bytes -= sizeOf(raw)
    if (given.has(raw.ref.id)) continue
    given.add(raw.ref.id)
    if (given.size > rememberedIds) given.delete(given.values().next().value ?? '')
    yield raw
  }
}

async function readingsFrom({ from, to }: Span, { direct, topics, partitions }: LookBack): Promise<readonly Reading[]> {
  const topic = topics.name(rawTopic)
  const all = Array.from({ length: partitions }, (_, partition) => partition)
  const starts = await direct.offsets(topic, all, Date.parse(from))
  const ends = await direct.offsets(topic, all, 'end')
  const beyond = await direct.offsets(topic, all, Date.parse(to) + apartMs)
  return all.flatMap((partition): readonly Reading[] => {
    const next = starts.get(partition) ?? -1
    const last = beyond.get(partition) ?? -1
    const end = last === -1 ? (ends.get(partition) ?? 0) : last
    return next === -1 ? [] : [{ partition, held: [], bytes: 0, latest: 0, next, end }]
  })
}

/** Reads on until what it would give next is surely the oldest of its partition. */
async function fill(reading: Reading, span: Span, { direct, topics }: LookBack): Promise<void> {
  while (reading.next < reading.end) {
    const isSure = reading.held.length > 0 && timeOf(reading) + apartMs < reading.latest
    if (isSure || reading.held.length >= heldRaws || reading.bytes >= heldBytes) return
    span.signal.throwIfAborted()
    const page = await direct.read(topics.name(rawTopic), reading.partition, reading.next)
    if (page.next === reading.next) return void (reading.next = reading.end)
    reading.next = page.next
    const raws = page.messages.filter((it) => Number(it.offset) < reading.end).map(rawFrom)
    for (const raw of raws) {
      if (raw === null) continue
      reading.latest = Math.max(reading.latest, Date.parse(raw.ref.at))
      if (raw.ref.at < span.from || raw.ref.at >= span.to) continue
      reading.held.push(raw)
      reading.bytes += sizeOf(raw)
    }
    reading.held.sort((a, b) => (a.ref.at < b.ref.at ? -1 : a.ref.at > b.ref.at ? 1 : a.ref.id < b.ref.id ? -1 : 1))
  }
}

const timeOf = (reading: Reading): number => Date.parse(reading.held[0]?.ref.at ?? '')
const sizeOf = ({ body }: KeptRaw): number => (typeof body === 'string' ? 100 : body.byteLength + 100)

/** From its time on; a day further at most. */
export async function rawOf(ref: RawRef, back: LookBack): Promise<KeptRaw | null> {
  try {
    return await findRaw(ref, back)
  } catch (error) {
    throw logFault(error, `Reading raw ${ref.id}`)
  }
}

async function findRaw(ref: RawRef, { direct, topics, partitions }: LookBack): Promise<KeptRaw | null> {
  const topic = topics.name(rawTopic)
  const partition = partitionOf(ref.key, partitions)
  const at = Date.parse(ref.at)
  let next = (await direct.offsets(topic, [partition], at)).get(partition) ?? -1
  while (next !== -1) {
    const page = await direct.read(topic, partition, next)
    const found = page.messages.map(rawFrom).find((raw) => raw?.ref.id === ref.id)
    if (found) return found
    const isFar = page.messages.some((message) => Number(message.timestamp) > at + laterMs)
    if (page.next === next || page.next >= page.end || isFar) return null
    next = page.next
  }
  return null
}

export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  readonly events: number
  readonly oldestSeconds: number
}

/** Of the partitions this group has a position in, and of all partitions of the topics it is known to read. */
export async function lagOf(
  group: { readonly name: string; readonly topics: readonly string[] },
  { direct, topics, admin, clock }: LookBack & { readonly admin: Admin; readonly clock: Clock },
): Promise<readonly PartitionLag[]> {
  const known = await admin.fetchOffsets({ groupId: group.name })
  const mine = topics.all.filter((topic) => known.some((it) => it.topic === topic) || group.topics.includes(topic))
  const lags = await Promise.all(
    mine.map(async (topic) => {
      const partitions = direct.partitions(topic).map((it) => it.partitionId)
      const [first, end] = [
        await direct.offsets(topic, partitions, 'first'),
        await direct.offsets(topic, partitions, 'end'),
      ]
      const positions = new Map(
        known
          .find((it) => it.topic === topic)
          ?.partitions.map(({ partition, offset }) => [partition, Number(offset)] as const),
      )
      return partitions.map((partition) => {
        const from = Math.max(positions.get(partition) ?? 0, first.get(partition) ?? 0)
        return { topic, partition, from, events: Math.max(0, (end.get(partition) ?? 0) - from) }
      })
    }),
  )
  return Promise.all(
    lags.flat().map(async ({ from, ...lag }): Promise<PartitionLag> => {
      const at = lag.events === 0 ? null : await timeAt({ ...lag, from }, direct)
      const oldestSeconds = at === null ? 0 : Math.max(0, (Date.parse(clock.now()) - at) / 1_000)
      return { ...lag, oldestSeconds }
    }),
  )
}

/** Of each partition the last that was asked for: several groups wait at one place, and one that stands still is asked about again and again. */
const knownTimes = new WeakMap<Direct, Map<string, { readonly from: number; readonly at: number }>>()

/** When the record at this place was written. One batch is read, not a page: this is asked most when most lies there. */
async function timeAt(
  place: { readonly topic: string; readonly partition: number; readonly from: number },
  direct: Direct,
): Promise<number | null> {
  const { topic, partition, from } = place
  const times = knownTimes.get(direct) ?? new Map<string, { readonly from: number; readonly at: number }>()
  knownTimes.set(direct, times)
  const name = `${topic}/${partition}`
  const known = times.get(name)
  if (known?.from === from) return known.at
  const oldest: KafkaMessage | undefined = (await direct.read(topic, partition, from, 1)).messages[0]
  if (oldest === undefined) return null
  times.set(name, { from, at: Number(oldest.timestamp) })
  return Number(oldest.timestamp)
}
