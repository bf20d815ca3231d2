// The event log in Kafka: for several machines; the same promises as the log in PostgreSQL, kept by a broker.
import type { Admin, Kafka } from 'kafkajs'
import { GatewayError } from '../../core/errors.ts'
import type { Clock, Logger } from '../../core/ports/edges.ts'
import type { Batch, EventLog } from '../../core/ports/event-log.ts'
import { topicOf, type AnyEvent, type EventType } from '../../schemas/events.ts'
import type { Presence } from './database-presence.ts'
import { watchDeaths } from './deaths.ts'
import { eventsABatch } from './log-share.ts'
import { makePlaces, type Places } from './log-places.ts'
import { makeAppender, type Appender } from './log-kafka/append.ts'
import { kafkaClient, type KafkaAddress } from './log-kafka/client.ts'
import { consume, type Consumption } from './log-kafka/consume.ts'
import { clientIdOf, heirOfMembers } from './log-kafka/dead.ts'
import { openDirect, type Direct } from './log-kafka/direct.ts'
import { kindOf, logFault } from './log-kafka/fault.ts'
import { lagOf, rawOf, rawsOf, type PartitionLag } from './log-kafka/look-back.ts'
import { ownersIn, type Owners } from './log-kafka/owner.ts'
import { makeSender, type Sender } from './log-kafka/produce.ts'
import { eventRecord, rawRecord, rawTopic } from './log-kafka/record.ts'
import { refusedAtStart, refusedWrite } from './log-kafka/refused.ts'
import { ensureTopics, type Topics } from './log-kafka/topics.ts'

export type { KafkaAddress } from './log-kafka/client.ts'
export type { Owner, Owners } from './log-kafka/owner.ts'
export type { PartitionLag } from './log-kafka/look-back.ts'

export interface KafkaLogOptions {
  readonly address: KafkaAddress
  readonly clock: Clock
  readonly log: Logger
  /** Of each topic; a topic that has another number stops the start. */
  readonly partitions?: number
  /** Of each topic; null as the broker makes them. */
  readonly replicas?: number | null
  /** Before the names of topics and groups: `inlet.` */
  readonly prefix?: string
  readonly keepDays?: number
  /** What may wait to be durable in this process; more is `log.full`. */
  readonly maxWaitingBytes?: number
  readonly sessionMs?: number
  /** By it members that have died are led out of their groups; without it a group waits a session for each. */
  readonly presence?: Presence | null
  /** Records in our topics that are no events of ours, as a group met them. */
  readonly onForeign?: (group: string, records: number) => void
  /** What the groups read, also those of other processes: how far behind they are is then known before they first wrote it down. */
  readonly readers?: readonly { readonly name: string; readonly on: readonly EventType[] }[]
}
export interface KafkaLog extends EventLog {
  readonly partitions: number
  /** The brokers' own id of their cluster. */
  readonly cluster: string
  /** Whose topics these are. */
  readonly owners: Owners
  /** How far behind a group is, partition by partition. */
  lags(group: string): Promise<readonly PartitionLag[]>
}

const defaults = {
  partitions: 12,
  replicas: null,
  prefix: 'inlet.',
  keepDays: 30,
  maxWaitingBytes: 64 * 1024 * 1024,
  sessionMs: 10_000,
  presence: null as Presence | null,
  readers: [],
  onForeign: () => undefined,
} as const
const ensureEveryMs = 1_000

interface Inside {
  readonly options: KafkaLogOptions & typeof defaults
  readonly kafka: Kafka
  readonly admin: Admin
  readonly topics: Topics
  readonly direct: Direct
  readonly sender: Sender
  readonly appender: Appender
  readonly ensure: () => Promise<unknown>
  readonly cluster: string
  readonly life: AbortController
  readonly places: Places
  readonly consuming: Set<Promise<void>>
}

export async function kafkaLog(given: KafkaLogOptions): Promise<KafkaLog> {
  const options = { ...defaults, ...given } as Inside['options']
  const { address, clock, log, presence } = options
  const clientId = clientIdOf(presence)
  const kafka = kafkaClient(address, log, { patience: 'patient', clientId })
  const asking = kafkaClient(address, log, { patience: 'brief', clientId })
  const admin = asking.admin()
  let sender: Sender | null = null
  try {
    await admin.connect()
    const { clusterId: cluster } = await admin.describeCluster()
    const topics = await ensureTopics(admin, options, log)
    sender = makeSender(kafka, topics.name, log)
    // Who may write nothing hears it now, not with the first call of a vendor.
    await sender.open()
    const direct = await openDirect(asking, topics.all)
    const again = { ...options, wereThere: true }
    const ensure = atMostEvery(ensureEveryMs, clock, () => ensureTopics(admin, again, log))
    const appender = appenderOn({ options, topics, direct, sender, ensure })
    const life = new AbortController()
    return logOf({
      options,
      kafka,
      admin,
      topics,
      direct,
      sender,
      appender,
      ensure,
      cluster,
      life,
      places: makePlaces(),
      consuming: new Set<Promise<void>>(),
    })
  } catch (error) {
    await Promise.allSettled([sender?.close(), admin.disconnect()])
    throw refusedAtStart(error, address.brokers)
  }
}

function appenderOn({
  options: { clock, log, maxWaitingBytes },
  topics,
  direct,
  sender,
  ensure,
}: Pick<Inside, 'options' | 'topics' | 'direct' | 'sender' | 'ensure'>): Appender {
  return makeAppender({
    send: (parts) => sender.send(parts).catch((error: unknown) => afterFault(error, { direct, ensure })),
    leaderOf: (topic, partition) =>
      direct.partitions(topics.name(topic)).find((it) => it.partitionId === partition)?.leader ?? null,
    maxBatchBytes: topics.maxBatchBytes,
    maxWaitingBytes,
    clock,
    log,
  })
}

/** What the next try may need: to know where the leaders are, or the topics themselves. */
async function afterFault(fault: unknown, deps: Pick<Inside, 'direct' | 'ensure'>): Promise<never> {
  if (kindOf(fault) === 'UNKNOWN_TOPIC_OR_PARTITION') await deps.ensure().catch(() => undefined)
  void deps.direct.refresh().catch(() => undefined)
  throw fault
}

function atMostEvery(ms: number, clock: Clock, act: () => Promise<unknown>): () => Promise<unknown> {
  let last = Number.NEGATIVE_INFINITY
  let acting: Promise<unknown> = Promise.resolve()
  return () => {
    if (clock.ticks() - last < ms) return acting
    last = clock.ticks()
    acting = act()
    return acting
  }
}

function logOf(inside: Inside): KafkaLog {
  const { options, topics, direct, appender, sender, admin, life } = inside
  const { clock, partitions } = options
  const back = { direct, topics, partitions }
  const topicsFor = (types: readonly EventType[]) => [...new Set(types.map(topicOf))].map(topics.name)
  const readBy = new Map(options.readers.map((it) => [it.name, topicsFor(it.on)] as const))
  const groupName = (group: string): string => `${options.prefix}${group}`
  const watchTheDead = once(() => watchMembers(inside, () => [...readBy.keys()].map(groupName)))
  const lags = (group: string) =>
    lagOf({ name: groupName(group), topics: readBy.get(group) ?? [] }, { ...back, admin, clock }).catch(
      (error: unknown) => {
        throw logFault(error, `Asking how far group ${group} is`)
      },
    )
  return {
    partitions,
    cluster: inside.cluster,
    owners: ownersIn(direct, topics, options.prefix),
    append: (batch, signal) => appender.append(recordsOf(batch, inside), signal),
    consume: (group, types, handle, signal, { handlers = 1, most = eventsABatch, everyMs = 0 } = {}) => {
      const names = topicsFor(types)
      readBy.set(group, names)
      watchTheDead()
      const given = handle as (batch: readonly AnyEvent[]) => Promise<void>
      return readOn(
        { reader: group, group: groupName(group), types, handlers, most, everyMs, handle: given, topics: names },
        signal,
        inside,
      )
    },
    raws: (from, to, signal) => rawsOf({ from, to, signal }, back),
    raw: (ref) => rawOf(ref, back),
    lags,
    async lag(group) {
      const all = await lags(group)
      const events = all.reduce((sum, it) => sum + it.events, 0)
      return { events, oldestSeconds: Math.max(0, ...all.map((it) => it.oldestSeconds)) }
    },
    hasPlace: inside.places.has,
    ping: (signal) => ping(inside, signal),
    async close() {
      await appender.close()
      life.abort()
      await Promise.allSettled(inside.consuming)
      await Promise.allSettled([sender.close(), direct.close(), admin.disconnect()])
    },
  }
}

const once = (act: () => void): (() => void) => {
  let left = act
  return () => {
    const now = left
    left = () => undefined
    now()
  }
}

function watchMembers(inside: Inside, groups: () => readonly string[]): void {
  const { options, life, consuming } = inside
  const { presence, log } = options
  if (presence === null) return
  const watching = watchDeaths({ presence, log }, heirOfMembers({ ...inside, log, groups }), life.signal)
  consuming.add(watching)
  void watching.finally(() => consuming.delete(watching))
}

async function readOn(it: Consumption, signal: AbortSignal, inside: Inside): Promise<void> {
  const { options, kafka, places, ensure, life, consuming } = inside
  const onForeign = (records: number) => options.onForeign(it.reader, records)
  const deps = { ...options, onForeign, kafka, places, ensureTopics: ensure }
  const reading = consume(it, AbortSignal.any([signal, life.signal]), deps)
  consuming.add(reading)
  await reading.finally(() => consuming.delete(reading))
}

const recordsOf = (batch: Batch, { options: { partitions, clock } }: Inside) => {
  const now = clock.now()
  return [
    ...(batch.raws ?? []).map((raw) => rawRecord(raw, partitions)),
    ...batch.events.map((event) => eventRecord(event, partitions, now)),
  ]
}

/** Whether every partition that intake writes to has a leader and enough replicas that are up to date. */
async function ping(inside: Inside, signal: AbortSignal): Promise<void> {
  const { appender, options, direct, topics } = inside
  if (appender.waiting() >= options.maxWaitingBytes)
    throw new GatewayError(
      'log.unavailable',
      `The log: ${appender.waiting()} bytes wait to be durable, the limit is ${options.maxWaitingBytes}.`,
    )
  const forbidden = appender.forbidden()
  if (forbidden !== undefined) throw refusedWrite(forbidden)
  const late = Promise.withResolvers<never>()
  const expire = () => late.reject(new GatewayError('log.unavailable', 'Kafka did not answer in the time given.'))
  if (signal.aborted) expire()
  signal.addEventListener('abort', expire, { once: true })
  try {
    await Promise.race([direct.refresh(), late.promise])
  } catch (error) {
    throw logFault(error, 'Asking Kafka where its partitions are')
  } finally {
    signal.removeEventListener('abort', expire)
  }
  for (const topic of ['message', rawTopic])
    for (const { partitionId, leader, isr, replicas } of direct.partitions(topics.name(topic))) {
      // Of a topic that asks for more in sync than it has replicas a broker asks for all it has.
      const needed = Math.min(topics.minInSync(topic), replicas.length)
      if (leader < 0 || isr.length < needed)
        throw new GatewayError(
          'log.unavailable',
          `Topic ${topics.name(topic)}, partition ${partitionId}: ${leader < 0 ? 'no leader' : `${isr.length} of ${needed} replicas up to date`}; it takes no writes now.`,
        )
    }
}
