// Reads partitions at places of our choice, outside any group: what the client offers only inside itself.
//
// The client's public way to read is a member of a group, which takes seconds to join. Its own cluster is taken by the name it is
// kept under; the version of the client is therefore exact in package.json, and a client without it stops the start.
import { setTimeout as pause } from 'node:timers/promises'
import type { Kafka, KafkaMessage } from 'kafkajs'
import { GatewayError } from '../../../core/errors.ts'
import { kindOf } from './fault.ts'

interface PartitionMetadata {
  readonly partitionId: number
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}
interface Broker {
  fetch(asked: {
    readonly maxWaitTime: number
    readonly minBytes: number
    readonly maxBytes: number
    readonly isolationLevel: number
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly {
        readonly partition: number
        readonly fetchOffset: string
        readonly maxBytes: number
      }[]
    }[]
  }): Promise<{
    readonly responses: readonly {
      readonly partitions: readonly {
        readonly highWatermark: string
        readonly messages: readonly (KafkaMessage & { readonly isControlRecord?: boolean })[]
      }[]
    }[]
  }>
  offsetFetch(asked: Note): Promise<{
    readonly responses: readonly {
      readonly partitions: readonly { readonly offset: string; readonly metadata: string | null }[]
    }[]
  }>
  leaveGroup(asked: { readonly groupId: string; readonly memberId: string }): Promise<unknown>
  offsetCommit(asked: Note & { readonly groupGenerationId: number; readonly memberId: string }): Promise<unknown>
}
interface Note {
  readonly groupId: string
  readonly topics: readonly {
    readonly topic: string
    readonly partitions: readonly {
      readonly partition: number
      readonly offset?: string
      readonly metadata?: string
    }[]
  }[]
}
interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  findTopicPartitionMetadata(topic: string): readonly PartitionMetadata[]
  findBroker(which: { readonly nodeId: number }): Promise<Broker>
  findGroupCoordinator(of: { readonly groupId: string }): Promise<Broker>
  removeBroker(which: { readonly host: string; readonly port: number }): void
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number }[]
      readonly fromBeginning?: boolean
      readonly fromTimestamp?: number
    }[],
  ): Promise<readonly { readonly partitions: readonly { readonly partition: number; readonly offset: string }[] }[]>
}
export interface Page {
  readonly messages: readonly KafkaMessage[]
  /** Where the next page begins. */
  readonly next: number
  /** The first offset that is not written yet. */
  readonly end: number
}
/** `first`: the oldest kept, `end`: where the next will lie, a time: the first at or after it; −1 where there is none. */
export type Place = 'first' | 'end' | number
export interface NotePlace {
  readonly group: string
  readonly topic: string
}
export interface Direct {
  offsets(topic: string, partitions: readonly number[], place: Place): Promise<ReadonlyMap<number, number>>
  /** Of `bytes`, but a whole batch at least; a full page when absent. */
  read(topic: string, partition: number, from: number, bytes?: number): Promise<Page>
  /** What was noted beside a position of a group that has no members; null where nothing was. */
  note(place: NotePlace): Promise<string | null>
  setNote(place: NotePlace, text: string): Promise<void>
  /** Takes a member out of its group, as it would leave by itself. */
  dismiss(group: string, memberId: string): Promise<void>
  /** What was last heard; `refresh` asks. */
  partitions(topic: string): readonly PartitionMetadata[]
  refresh(): Promise<void>
  close(): Promise<void>
}

const readUncommitted = 0
const bytesAPage = 1_048_576
/** Together two seconds: a busy broker takes that long to lead what was just made. */
const mostTries = 10
const triesApartMs = 50
/** Together ten seconds. */
const triesToOpen = 20

export async function openDirect(kafka: Kafka, topics: readonly string[]): Promise<Direct> {
  const cluster = clusterOf(kafka)
  await cluster.connect()
  // Of several brokers one may not have heard yet of a topic that another one just made.
  await again(cluster, () => cluster.addMultipleTargetTopics(topics), triesToOpen)
  return {
    offsets: (topic, partitions, place) => again(cluster, () => offsets(cluster, { topic, partitions, place })),
    read: (topic, partition, from, bytes = bytesAPage) =>
      again(cluster, () => readOne(cluster, { topic, partition, from, bytes })),
    note: (place) => again(cluster, () => noteAt(cluster, place)),
    setNote: (place, text) => again(cluster, () => setNoteAt(cluster, place, text)),
    dismiss: (groupId, memberId) => again(cluster, () => dismiss(cluster, groupId, memberId)),
    partitions: (topic) => known(cluster, topic),
    refresh: () => cluster.refreshMetadata(),
    close: () => cluster.disconnect(),
  }
}

function clusterOf(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find((it) => it.description === 'private:Kafka:createCluster')
  const make = symbol === undefined ? undefined : (kafka as unknown as Record<symbol, unknown>)[symbol]
  if (typeof make !== 'function')
    throw new GatewayError(
      'settings.invalid',
      'This version of kafkajs is not the one Inlet reads with: install 2.2.4.',
    )
  return make({ allowAutoTopicCreation: false, isolationLevel: readUncommitted }) as Cluster
}

/** Nothing while the cluster has never answered, or not since it was lost. */
function known(cluster: Cluster, topic: string): readonly PartitionMetadata[] {
  try {
    return cluster.findTopicPartitionMetadata(topic)
  } catch {
    return []
  }
}

/** Again after a look at where the leaders are: they may have moved, or a topic just made may not have any yet. */
async function again<T>(cluster: Cluster, ask: () => Promise<T>, most = mostTries): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (tries >= most) throw error
      const { host, port } = error as { readonly host?: string; readonly port?: number }
      if (host !== undefined && port !== undefined) cluster.removeBroker({ host, port })
      await pause(tries * triesApartMs)
      // What it did not find is not known yet; the next try says so.
      await cluster.refreshMetadata().catch(() => undefined)
    }
  }
}

async function offsets(
  cluster: Cluster,
  asked: { readonly topic: string; readonly partitions: readonly number[]; readonly place: Place },
): Promise<ReadonlyMap<number, number>> {
  const { topic, place } = asked
  const partitions = asked.partitions.map((partition) => ({ partition }))
  const where = typeof place === 'number' ? { fromTimestamp: place } : { fromBeginning: place === 'first' }
  const found = await cluster.fetchTopicsOffset([{ topic, partitions, ...where }])
  return new Map(
    found.flatMap((it) => it.partitions.map(({ partition, offset }) => [partition, Number(offset)] as const)),
  )
}

async function readOne(
  cluster: Cluster,
  asked: { readonly topic: string; readonly partition: number; readonly from: number; readonly bytes: number },
): Promise<Page> {
  const { topic, partition, from, bytes } = asked
  const leader = known(cluster, topic).find((it) => it.partitionId === partition)?.leader
  if (leader === undefined || leader < 0)
    throw new GatewayError('log.unavailable', `Reading ${topic}, partition ${partition}: it has no leader now.`)
  const broker = await cluster.findBroker({ nodeId: leader })
  const { responses } = await broker.fetch({
    maxWaitTime: 0,
    minBytes: 0,
    maxBytes: bytes,
    isolationLevel: readUncommitted,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(from), maxBytes: bytes }] }],
  })
  const found = responses[0]?.partitions[0]
  const messages = found?.messages ?? []
  const last = messages.at(-1)
  return {
    // A broker gives whole batches: what lies before the place asked for comes along.
    messages: messages.filter((it) => Number(it.offset) >= from && it.isControlRecord !== true),
    next: last === undefined ? from : Math.max(from, Number(last.offset) + 1),
    end: Number(found?.highWatermark ?? from),
  }
}

async function noteAt(cluster: Cluster, { group: groupId, topic }: NotePlace): Promise<string | null> {
  const coordinator = await cluster.findGroupCoordinator({ groupId })
  const { responses } = await coordinator.offsetFetch({ groupId, topics: [{ topic, partitions: [{ partition: 0 }] }] })
  return responses[0]?.partitions[0]?.metadata || null
}

/** As a client writes positions that reads without a group: no member, no generation. */
async function setNoteAt(cluster: Cluster, { group: groupId, topic }: NotePlace, metadata: string): Promise<void> {
  const coordinator = await cluster.findGroupCoordinator({ groupId })
  const topics = [{ topic, partitions: [{ partition: 0, offset: '0', metadata }] }]
  await coordinator.offsetCommit({ groupId, groupGenerationId: -1, memberId: '', topics })
}

async function dismiss(cluster: Cluster, groupId: string, memberId: string): Promise<void> {
  const coordinator = await cluster.findGroupCoordinator({ groupId })
  try {
    await coordinator.leaveGroup({ groupId, memberId })
  } catch (error) {
    // Another process was quicker.
    if (kindOf(error) !== 'UNKNOWN_MEMBER_ID') throw error
  }
}
