// What is asked of topics that somebody else makes, and what is said of those whose writes may lie on one disk. Real brokers: log-kafka-faults.int.
import type { Admin, ITopicMetadata } from 'kafkajs'
import { expect, it } from 'vitest'
import { topics as eventTopics } from '../../../schemas/events.ts'
import { keptLog } from '../../../test/support/quiet-log.ts'
import { ensureTopics } from './topics.ts'

const all = [...eventTopics, 'raw'].map((it) => `inlet.${it}`)
interface Cluster {
  readonly replicas: number
  readonly inSync: (topic: string) => number
}
/** Topics that are there, as their brokers would describe them. */
const adminOf = ({ replicas, inSync }: Cluster): Admin =>
  ({
    listTopics: async () => all,
    fetchTopicMetadata: async () => ({
      topics: all.map((name): ITopicMetadata => ({
        name,
        partitions: [
          {
            partitionId: 0,
            leader: 1,
            isr: [1],
            replicas: Array.from({ length: replicas }, (_, n) => n),
            partitionErrorCode: 0,
          },
        ],
      })),
    }),
    describeConfigs: async () => ({
      resources: all.map((resourceName) => ({
        resourceName,
        configEntries: [{ configName: 'min.insync.replicas', configValue: String(inSync(resourceName)) }],
      })),
    }),
  }) as unknown as Admin
const settings = { prefix: 'inlet.', partitions: 1, replicas: null, keepDays: 30 }

it('G2 three replicas of which one must have a write are said at the start, by topic; two must, or one broker, are not', async () => {
  const warned = async (cluster: Cluster): Promise<readonly string[]> => {
    const log = keptLog()
    await ensureTopics(adminOf(cluster), settings, log)
    return log.lines.filter((it) => it.level === 'warn').map((it) => `${it.message} ${JSON.stringify(it.about)}`)
  }
  const weak = await warned({ replicas: 3, inSync: (topic) => (topic === 'inlet.message' ? 1 : 2) })
  expect(weak).toEqual([expect.stringMatching(/Set their min\.insync\.replicas to 2.*"topics":"inlet\.message"/)])
  expect(await warned({ replicas: 3, inSync: () => 2 })).toEqual([])
  expect(await warned({ replicas: 1, inSync: () => 1 })).toEqual([])
})

it.each([
  [null, 'with 12 partitions: inlet.message'],
  [2, 'with 12 partitions, 2 replicas: inlet.message'],
  [3, 'with 12 partitions, 3 replicas, min.insync.replicas=2: inlet.message'],
])('G1 who makes the topics by hand for %s replicas is told the whole shape', async (replicas, says) => {
  const refusing = {
    listTopics: async () => [],
    createTopics: () => Promise.reject(Object.assign(new Error('no'), { type: 'TOPIC_AUTHORIZATION_FAILED' })),
  } as unknown as Admin
  await expect(ensureTopics(refusing, { ...settings, partitions: 12, replicas }, keptLog())).rejects.toThrow(says)
})
