// How many replicas the topics have, and whether that is as the settings say; while they are moved to other brokers they have more for a time.
import type { Admin, ITopicMetadata } from 'kafkajs'
import { GatewayError } from '../../../core/errors.ts'
import { kindOf } from './fault.ts'

type Partitions = ITopicMetadata['partitions']
/** What the brokers really say; the client's types have other names for it. */
interface Moving {
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partition: number; readonly removingReplicas: readonly number[] }[]
  }[]
}

export const replicasOf = (partitions: Partitions): number => Math.min(...partitions.map((it) => it.replicas.length))

/** `again`: the topics as they are now. Throws `settings.invalid` for those that have another number and will keep it. */
export async function checkReplicas(
  admin: Admin,
  topics: readonly ITopicMetadata[],
  { wanted, again }: { readonly wanted: number; readonly again: () => Promise<readonly ITopicMetadata[]> },
): Promise<void> {
  if (topics.every((it) => replicasOf(it.partitions) === wanted)) return
  // A process that starts in the hour of a move would be refused else: until a partition has its new brokers, its old ones count as well.
  const moving = await movingIn(admin)
  for (const { name, partitions } of await again()) {
    const leaving = new Map(
      moving.topics.find((it) => it.name === name)?.partitions.map((it) => [it.partition, it.removingReplicas]),
    )
    const staying = partitions.map(({ partitionId, replicas, ...rest }) => ({
      ...rest,
      partitionId,
      replicas: replicas.filter((broker) => !leaving.get(partitionId)?.includes(broker)),
    }))
    const found = replicasOf(staying)
    if (found !== wanted)
      throw new GatewayError(
        'settings.invalid',
        `Topic ${name} has ${found} replicas, INLET_KAFKA_REPLICAS says ${wanted}. Change the topic (kafka-reassign-partitions) or the setting.${moving.isHidden ? ' Where it is being moved just now: let this user describe the cluster, and it sees that; or wait for the end.' : ''}`,
        { about: { topic: name, found, wanted } },
      )
  }
}

/** Who may not ask, and who is too old to be asked. */
const hidden = ['CLUSTER_AUTHORIZATION_FAILED', 'KafkaJSServerDoesNotSupportApiKey']
async function movingIn(admin: Admin): Promise<Moving & { readonly isHidden: boolean }> {
  try {
    const { topics } = (await admin.listPartitionReassignments({})) as unknown as Moving
    return { topics, isHidden: false }
  } catch (error) {
    if (!hidden.includes(kindOf(error))) throw error
    return { topics: [], isHidden: true }
  }
}
