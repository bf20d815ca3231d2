// The topics of the log on a real broker: made here or by hand, refused where they cannot do, and read in whatever form a broker keeps them.
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isGatewayError } from '../../core/errors.ts'
import { topics as eventTopics, type AnyEvent } from '../../schemas/events.ts'
import type { Instant } from '../../schemas/ids.ts'
import { eventually, inTime, read, roundsOf } from '../../test/contracts/event-log/under-test.ts'
import { startKafkaBroker, type KafkaBroker } from '../../test/support/kafka-broker.ts'
import { freshPrefix, openKafkaLog } from '../../test/support/kafka-logs.ts'
import { anEvent, idsOf } from '../../test/support/make.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { madeBytes } from '../../test/support/seed.ts'
import { systemClock } from './clock.ts'

let broker: KafkaBroker
beforeAll(async () => {
  broker = await startKafkaBroker()
}, 120_000)
afterAll(() => broker.close())

const opened = async (prefix = freshPrefix(), more: Parameters<typeof openKafkaLog>[2] = {}) => {
  const log = await openKafkaLog(broker, prefix, more)
  onTestFinished(() => log.close())
  return { log, prefix }
}
/** What is said of the settings at a start. */
async function refusal(prefix: string, more: Parameters<typeof openKafkaLog>[2] = {}): Promise<string> {
  const fault: unknown = await openKafkaLog(broker, prefix, more).catch((error: unknown) => error)
  expect(isGatewayError(fault, 'settings.invalid'), String(fault)).toBe(true)
  return (fault as Error).message
}
const client = () => new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })

describe('topics', () => {
  it('another number of partitions stops the start, with words', async () => {
    const { prefix } = await opened(freshPrefix(), { partitions: 6 })
    expect(await refusal(prefix, { partitions: 12 })).toMatch(
      /has 6 partitions, INLET_KAFKA_PARTITIONS says 12\. Set it to 6/,
    )
  })

  it('topics that are there with another number are found before any is made, so that what is said then can be done', async () => {
    const [prefix, admin] = [freshPrefix(), client().admin()]
    await admin.connect()
    onTestFinished(() => admin.disconnect())
    const ours = async () => (await admin.listTopics()).filter((it) => it.startsWith(prefix))
    const made = async (topic: string, numPartitions: number) => {
      const name = `${prefix}${topic}`
      await admin.createTopics({ topics: [{ topic: name, numPartitions }], waitForLeaders: false })
      await eventually(`${name} to be there`, async () => (await ours()).includes(name))
    }
    await made('message', 6)
    expect(await refusal(prefix, { partitions: 12 })).toMatch(/message has 6 partitions.* Set it to 6.* can be deleted/)
    expect(await ours()).toEqual([`${prefix}message`])
    await made('ticket', 1)
    expect(await refusal(prefix, { partitions: 6 })).toMatch(
      /different numbers of partitions \(.*(?:message 6.*ticket 1|ticket 1.*message 6)\).* Delete the ones in which nothing/,
    )
    await admin.deleteTopics({ topics: [`${prefix}ticket`] })
    await eventually('the ticket topic to be gone', async () => (await ours()).length === 1)
    await opened(prefix, { partitions: 6 })
  })

  it('a prefix that differs from another one by a dot alone is refused with what to set', async () => {
    const { prefix } = await opened()
    expect(await refusal(prefix.replaceAll('.', '_'))).toMatch(
      /a dot and an underscore are one.*Set INLET_KAFKA_PREFIX/,
    )
  })

  /** As an administrator makes them before Inlet may come. */
  async function madeByHand(more: Readonly<Record<string, string>>): Promise<string> {
    const [prefix, admin] = [freshPrefix(), client().admin()]
    await admin.connect()
    onTestFinished(() => admin.disconnect())
    const configEntries = Object.entries(more).map(([name, value]) => ({ name, value }))
    const topics = [...eventTopics, 'raw'].map((it) => ({ topic: `${prefix}${it}`, numPartitions: 12, configEntries }))
    await admin.createTopics({ topics, waitForLeaders: false })
    return prefix
  }

  it('G1 compacted topics are refused with what to set: of each conversation one event would be left', async () => {
    for (const policy of ['compact', 'compact,delete'])
      expect(await refusal(await madeByHand({ 'cleanup.policy': policy }))).toMatch(
        /is compacted \(cleanup\.policy=[a-z,]+\).* Set its cleanup\.policy to delete/,
      )
  }, 60_000)

  it('G1 G13 G15 what a broker, or another program, packs in any form of Kafka is read on from: events are events, strangers are passed over', async () => {
    for (const compression of ['zstd', 'lz4', 'snappy', 'gzip', 'uncompressed']) {
      const { log, prefix } = await opened(await madeByHand({ 'compression.type': compression }))
      const producer = client().producer()
      await producer.connect()
      onTestFinished(() => producer.disconnect())
      await producer.send({ topic: `${prefix}message`, messages: [{ value: 'a stranger’s '.repeat(1_000) }] })
      // What repeats itself near, far and not at all, in more than one block.
      const text = `${'ığüşöç '.repeat(5_000)}${madeBytes(30_000).toString('base64')}${'a'.repeat(20_000)}`
      const events = roundsOf(3, 4, (key) => anEvent({ key, data: { text } }))
      await log.append({ events }, inTime())
      const reader = read(log)
      await reader.until(events.length)
      const sorted = (all: readonly AnyEvent[]) => all.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((it) => it.data)
      expect(sorted(reader.got), compression).toEqual(sorted(events))
    }
  }, 120_000)

  it('G1 topics made here are kept by time alone, whatever the brokers do by default', async () => {
    const { prefix } = await opened()
    const admin = client().admin()
    await admin.connect()
    onTestFinished(() => admin.disconnect())
    const configNames = ['cleanup.policy', 'retention.bytes']
    const { resources } = await admin.describeConfigs({
      resources: [{ type: ConfigResourceTypes.TOPIC, name: `${prefix}message`, configNames }],
      includeSynonyms: false,
    })
    const own = resources[0]?.configEntries.map((it) => `${it.configName}=${it.configValue} ${it.isDefault}`)
    expect(own?.toSorted()).toEqual(['cleanup.policy=delete false', 'retention.bytes=-1 false'])
  })

  it('M3 topics that ask for more replicas in sync than they have take writes all the same, and the log says so', async () => {
    const { log } = await opened(await madeByHand({ 'min.insync.replicas': '2' }))
    await log.append({ events: [anEvent()] }, inTime())
    await log.ping(inTime())
  })

  it('F12 M3 a topic that refuses a clock an hour ahead is said at the start, and by readiness while it refuses; raised, what waited is written', async () => {
    const [config, lines, admin] = ['message.timestamp.after.max.ms', keptLog(), client().admin()]
    const prefix = await madeByHand({ [config]: '3600000' })
    const now = () => new Date(Date.now() + 7_200_000).toISOString() as Instant
    const { log } = await opened(prefix, { log: lines, clock: { ...systemClock, now } })
    expect(lines.lines.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/clock is ahead.* Set their message\.timestamp\.after\.max\.ms to 86400000/),
    )
    const event = anEvent()
    await expect(log.append({ events: [event] }, AbortSignal.timeout(2_000))).rejects.toThrow(/not durable within/)
    await expect(log.ping(inTime())).rejects.toThrow(
      /clock of this machine is ahead of Kafka’s.*message\.timestamp\.after\.max\.ms/,
    )
    await admin.connect()
    onTestFinished(() => admin.disconnect())
    const configEntries = [{ name: config, value: '86400000' }]
    const resources = [...eventTopics, 'raw'].map((topic) => {
      return { type: ConfigResourceTypes.TOPIC, name: `${prefix}${topic}`, configEntries }
    })
    await admin.alterConfigs({ resources, validateOnly: false })
    const reader = read(log)
    await reader.until(1)
    expect(idsOf(reader.got)).toEqual([event.id])
    // A reader may have it before the writer hears that it is there.
    await eventually('the log to be ready', () =>
      log.ping(inTime()).then(
        () => true,
        () => false,
      ),
    )
  }, 60_000)

  it('more replicas than there are brokers: refused with what to set', async () => {
    expect(await refusal(freshPrefix(), { replicas: 3 })).toMatch(/fewer brokers than the 3 replicas/)
  })
})
