// The log in Kafka where it differs from others: the shape of topics, what lies on the broker, many at once, a broker that dies.
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isGatewayError } from '../../core/errors.ts'
import { eventually, inTime, read, roundsOf } from '../../test/contracts/event-log/under-test.ts'
import { startKafkaBroker, type KafkaBroker } from '../../test/support/kafka-broker.ts'
import { freshPrefix, openKafkaLog } from '../../test/support/kafka-logs.ts'
import { anEvent, aRaw, idsOf } from '../../test/support/make.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import { partitionOf } from '../../core/runtime/partition.ts'

let broker: KafkaBroker
beforeAll(async () => {
  broker = await startKafkaBroker()
})
afterAll(() => broker.close())

const opened = async (prefix = freshPrefix(), more: Parameters<typeof openKafkaLog>[2] = {}) => {
  const log = await openKafkaLog(broker, prefix, more)
  onTestFinished(() => log.close())
  return { log, prefix }
}
const client = () => new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })

/** By partition, as the broker counts them; a topic just made may not have all its leaders yet. */
async function recordsIn(topic: string): Promise<ReadonlyMap<number, number>> {
  const admin = client().admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  let offsets: Awaited<ReturnType<typeof admin.fetchTopicOffsets>> = []
  await eventually(`the offsets of ${topic}`, async () => {
    offsets = await admin.fetchTopicOffsets(topic).catch(() => [])
    return offsets.length > 0
  })
  return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]))
}

describe('topics', () => {
  it('another number of partitions stops the start, with words', async () => {
    const { prefix } = await opened(freshPrefix(), { partitions: 6 })
    const fault: unknown = await openKafkaLog(broker, prefix, { partitions: 12 }).catch((error: unknown) => error)
    expect(isGatewayError(fault, 'settings.invalid') && fault.message).toMatch(
      /has 6 partitions, INLET_KAFKA_PARTITIONS says 12\. Set it to 6/,
    )
  })

  it('more replicas than there are brokers: refused with what to set', async () => {
    const fault: unknown = await openKafkaLog(broker, freshPrefix(), { replicas: 3 }).catch((error: unknown) => error)
    expect(isGatewayError(fault, 'settings.invalid') && fault.message).toMatch(/fewer brokers than the 3 replicas/)
  })
})

describe('append', () => {
  it('F8 1,000 concurrent appends to one partition: 1,000 different offsets', async () => {
    const { log, prefix } = await opened()
    const events = Array.from({ length: 1_000 }, () => anEvent({ key: 'one' }))
    await Promise.all(events.map((event) => log.append({ events: [event] }, inTime())))
    expect((await recordsIn(`${prefix}message`)).get(partitionOf('one', 12))).toBe(1_000)
    const reader = read(log)
    await reader.until(1_000)
    expect(new Set(idsOf(reader.got))).toEqual(new Set(idsOf(events)))
  })

  it('an event lies there as CloudEvents in binary mode, and any client reads it', async () => {
    const { log, prefix } = await opened()
    const event = anEvent({ key: 'one', raw: aRaw().ref })
    await log.append({ events: [event] }, inTime())
    const consumer = client().consumer({ groupId: `${prefix}foreign` })
    await consumer.connect()
    onTestFinished(() => consumer.disconnect())
    await consumer.subscribe({ topics: [`${prefix}message`], fromBeginning: true })
    const got: { readonly headers: Record<string, string>; readonly data: unknown; readonly key: string }[] = []
    await consumer.run({
      eachMessage: async ({ message: { headers = {}, value, key } }) => {
        const texts = Object.entries(headers).map(([name, text]) => [name, String(text)] as const)
        got.push({ headers: Object.fromEntries(texts), data: JSON.parse(String(value)), key: String(key) })
      },
    })
    await eventually('the record', () => got.length === 1)
    expect(got[0]?.headers).toMatchObject({
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_type: 'message.received',
      ce_time: event.at,
      ce_partitionkey: 'one',
      ce_workspace: 'main',
      'content-type': 'application/json',
    })
    expect(got[0]?.data).toEqual(event.data)
    expect(got[0]?.key).toBe('one')
  })
})

describe('a broker that dies', () => {
  it('F6 G1 killed and started again while events are written: what was taken is read, in order, and nothing lies there twice', async () => {
    const { log, prefix } = await opened()
    const reader = read(log, { handlers: 2 })
    const taken: AnyEvent[] = []
    const stop = new AbortController()
    const writing = (async () => {
      while (!stop.signal.aborted)
        for (const event of roundsOf(12, 1, (key) => anEvent({ key })))
          await log.append({ events: [event] }, AbortSignal.timeout(60_000)).then(() => taken.push(event))
    })()
    await reader.until(50)
    await broker.kill()
    await broker.start()
    const before = taken.length
    await eventually('writing to go on', () => taken.length > before + 50)
    stop.abort()
    await writing
    await eventually('all events', () => new Set(idsOf(reader.got)).size >= taken.length)
    const once = [...new Map(reader.got.map((event) => [event.id, event])).values()]
    for (const key of ['key-0', 'key-7'])
      expect(idsOf(once.filter((event) => event.key === key))).toEqual(
        idsOf(taken.filter((event) => event.key === key)),
      )
    const lying = [...(await recordsIn(`${prefix}message`)).values()].reduce((a, b) => a + b, 0)
    expect(lying).toBe(taken.length)
  }, 60_000)
})
