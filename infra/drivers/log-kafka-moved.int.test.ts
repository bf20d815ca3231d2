// The log on topics that are being moved to other brokers: as many replicas more for as long as that takes.
import kafkajs from 'kafkajs'
import { expect, it, onTestFinished } from 'vitest'
import { topics as eventTopics } from '../../schemas/events.ts'
import { startKafkaCluster } from '../../test/support/kafka-broker.ts'
import { freshPrefix, openKafkaLog } from '../../test/support/kafka-logs.ts'

const partitions = 2

it('M3 a start while all partitions are moved counts the brokers they will have; another number than these is refused', async () => {
  const cluster = await startKafkaCluster(3)
  onTestFinished(() => cluster.close())
  const [first, , third] = cluster.nodes
  const prefix = freshPrefix()
  const opening = (replicas: number) => openKafkaLog(first!, prefix, { partitions, replicas })
  // A move to a broker that is away does not end.
  await third!.stop()
  await (await opening(1)).close()
  const admin = new kafkajs.Kafka({ brokers: [first!.address], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  const partitionAssignment = Array.from({ length: partitions }, (_, partition) => ({ partition, replicas: [3] }))
  const topics = [...eventTopics, 'raw'].map((topic) => ({ topic: `${prefix}${topic}`, partitionAssignment }))
  await admin.alterPartitionReassignments({ topics })
  await (await opening(1)).close()
  await expect(opening(3)).rejects.toThrow(/has 1 replicas, INLET_KAFKA_REPLICAS says 3\. Change the topic/)
}, 240_000)
