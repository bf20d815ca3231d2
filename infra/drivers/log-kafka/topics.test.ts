// What is asked of topics that somebody else makes, and what is said of those whose writes may lie on one disk. Real brokers: log-kafka-topics.int.
import type { Admin, ITopicMetadata } from 'kafkajs'
import { expect, it } from 'vitest'
import { topics as eventTopics } from '../../../schemas/events.ts'
import { keptLog } from '../../../test/support/quiet-log.ts'
import { ensureTopics } from './topics.ts'

const all = [...eventTopics, 'raw'].map((it) => `inlet.${it}`)
interface Cluster {
  readonly replicas: number
  readonly inSync: (topic: string) => number
  readonly configs?: Readonly<Record<string, string>>
}
/** Topics that are there, as their brokers would describe them. */
const adminOf = ({ replicas, inSync, configs = {} }: Cluster): Admin =>
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
        configEntries: Object.entries({ 'min.insync.replicas': String(inSync(resourceName)), ...configs }).map(
          ([configName, configValue]) => ({ configName, configValue }),
        ),
      })),
    }),
  }) as unknown as Admin
const settings = { prefix: 'inlet.', partitions: 1, replicas: null, keepDays: 30 }

/** The warnings of a start. */
async function warned(admin: Admin): Promise<readonly string[]> {
  const log = keptLog()
  await ensureTopics(admin, settings, log)
  return log.lines.filter((it) => it.level === 'warn').map((it) => `${it.message} ${JSON.stringify(it.about)}`)
}
const withConfigs = (configs: Readonly<Record<string, string>>): Admin =>
  adminOf({ replicas: 1, inSync: () => 1, configs })

it('G2 three replicas of which one must have a write are said at the start, by topic; two must, or one broker, are not', async () => {
  const weak = await warned(adminOf({ replicas: 3, inSync: (topic) => (topic === 'inlet.message' ? 1 : 2) }))
  expect(weak).toEqual([expect.stringMatching(/Set their min\.insync\.replicas to 2.*"topics":"inlet\.message"/)])
  expect(await warned(adminOf({ replicas: 3, inSync: () => 2 }))).toEqual([])
  expect(await warned(adminOf({ replicas: 1, inSync: () => 1 }))).toEqual([])
})

it('G1 topics that keep events shorter than INLET_KEEP_DAYS, or drop by size, are said at the start; as long and by time alone are not', async () => {
  const dayMs = 86_400_000
  const kept = { 'cleanup.policy': 'delete', 'retention.bytes': '-1', 'retention.ms': String(30 * dayMs) }
  expect(await warned(withConfigs(kept))).toEqual([])
  const short = await warned(withConfigs({ ...kept, 'retention.ms': String(7 * dayMs) }))
  expect(short).toHaveLength(all.length)
  expect(short[0]).toMatch(/keeps events shorter than INLET_KEEP_DAYS.*Set its retention\.ms.*"days":7,"keepDays":30/)
  const bounded = await warned(withConfigs({ ...kept, 'retention.bytes': '1073741824' }))
  expect(bounded[0]).toMatch(/drops what is oldest.*Set its retention\.bytes to -1.*"retentionBytes":1073741824/)
})

it('G1 who may not read the settings of topics is told what nobody would notice', async () => {
  const blind = {
    ...withConfigs({}),
    describeConfigs: () =>
      Promise.reject(Object.assign(new Error('not yours'), { type: 'TOPIC_AUTHORIZATION_FAILED' })),
  } as unknown as Admin
  expect(await warned(blind)).toEqual([expect.stringMatching(/cannot be read.*describe-configs.*not yours/)])
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
  const told = ensureTopics(refusing, { ...settings, partitions: 12, replicas }, keptLog())
  await expect(told).rejects.toThrow(says)
  await expect(told).rejects.toThrow(/Each wants cleanup\.policy=delete, .*retention\.ms=2592000000/)
})

it('M3 who may not see whether topics are being moved is told so with what differs', async () => {
  const blind = {
    ...adminOf({ replicas: 6, inSync: () => 2 }),
    listPartitionReassignments: () =>
      Promise.reject(Object.assign(new Error('not yours'), { type: 'CLUSTER_AUTHORIZATION_FAILED' })),
  } as unknown as Admin
  await expect(ensureTopics(blind, { ...settings, replicas: 3 }, keptLog())).rejects.toThrow(
    /has 6 replicas, INLET_KAFKA_REPLICAS says 3.*being moved just now: let this user describe the cluster/,
  )
})
