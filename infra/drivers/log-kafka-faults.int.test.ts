// The log in Kafka where it differs from others: what lies on the broker, many at once, a broker that dies. The shape of topics: log-kafka-topics.int.
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually, inTime, read, roundsOf } from '../../test/contracts/event-log/under-test.ts'
import { kafkaAnswers, type ScriptedAnswer } from '../../test/support/kafka-answers.ts'
import { brake, startKafkaBroker, type KafkaBroker } from '../../test/support/kafka-broker.ts'
import { freshPrefix, openKafkaLog } from '../../test/support/kafka-logs.ts'
import { anEvent, aRaw, idsOf } from '../../test/support/make.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import { partitionOf } from '../../core/runtime/partition.ts'

let broker: KafkaBroker
beforeAll(async () => {
  broker = await startKafkaBroker({ comesBack: true })
}, 120_000)
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

describe('what a broker says of a write', () => {
  it('F7 G1 G9 each error, whether it wrote or not: everything is there, in order, and twice only where it forgot the producer', async () => {
    const answers = kafkaAnswers()
    const address = { brokers: [broker.address], socketFactory: answers.socketFactory }
    const { log, prefix } = await opened(freshPrefix(), { address })
    const events = roundsOf(3, 60, (key) => anEvent({ key }))
    for (let n = 0; n < events.length; n += 3) {
      const said = brokerErrors[n / 3]
      if (said !== undefined) answers.say(said)
      await Promise.all(
        events.slice(n, n + 3).map((event) => log.append({ events: [event] }, AbortSignal.timeout(30_000))),
      )
    }
    expect(answers.left).toBe(0)
    const lying = [...(await recordsIn(`${prefix}message`)).values()].reduce((a, b) => a + b, 0)
    // Written, and "duplicate sequence" is said when the broker does not remember its place any more: the new producer writes it once more.
    expect(lying).toBe(events.length + 3)
    const reader = read(log)
    await eventually('all events', () => reader.got.length === lying)
    const once = [...new Map(reader.got.map((event) => [event.id, event])).values()]
    for (const key of ['key-0', 'key-1', 'key-2'])
      expect(idsOf(once.filter((event) => event.key === key))).toEqual(
        idsOf(events.filter((event) => event.key === key)),
      )
  }, 60_000)
})
/** As Kafka numbers them. */
const brokerErrors: readonly ScriptedAnswer[] = [
  { code: 6, written: false }, // not the leader
  { code: 7, written: true }, // written here, and the others did not say so in time
  { code: 19, written: false }, // not enough replicas
  { code: 20, written: true }, // not enough replicas, and it lies here
  { code: 45, written: false }, // out of order sequence number
  { code: 59, written: false }, // unknown producer
  { code: 56, written: false }, // trouble with its disk
  { code: 46, written: true }, // duplicate sequence number
  { code: 3, written: false }, // no such topic, for a moment
]

describe('a broker that dies', () => {
  it('F6 G1 killed and started again while events are written: what was taken is read, in order, and nothing lies there twice', async () => {
    const lines = keptLog()
    const { log, prefix } = await opened(freshPrefix(), { log: lines })
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
    // Who gives up and joins anew waits for its old place to end.
    expect(lines.lines.map(({ message }) => message)).not.toContain('A member of a group ended; it joins again.')
    await eventually('all events', () => new Set(idsOf(reader.got)).size >= taken.length)
    const once = [...new Map(reader.got.map((event) => [event.id, event])).values()]
    for (const key of ['key-0', 'key-7'])
      expect(idsOf(once.filter((event) => event.key === key))).toEqual(
        idsOf(taken.filter((event) => event.key === key)),
      )
    const lying = [...(await recordsIn(`${prefix}message`)).values()].reduce((a, b) => a + b, 0)
    expect(lying).toBe(taken.length)
  }, 150_000)
})

// The last of this file: its brake stays on.
describe('a broker that throttles', () => {
  it('F7 G1 G15 takes longer over what is more than a client may send and read, and nothing is lost, doubled or thrown out', async () => {
    const logger = keptLog()
    const { log, prefix } = await opened(freshPrefix(), { log: logger })
    const reader = read(log)
    await log.append({ events: [anEvent()] }, inTime())
    await reader.until(1)
    await brake(broker.address, 10_000) // over the last ten seconds at least
    const events = roundsOf(12, 8, (key) => anEvent({ key, data: { text: 'x'.repeat(1_000) } }))
    const began = performance.now()
    for (let n = 0; n < events.length; n += 24)
      await log.append({ events: events.slice(n, n + 24) }, AbortSignal.timeout(60_000))
    expect(performance.now() - began).toBeGreaterThan(1_000)
    await expect.poll(() => reader.got.length, { timeout: 90_000 }).toBeGreaterThan(events.length)
    expect(idsOf(reader.got).toSorted()).toEqual([...idsOf(events), reader.got[0]!.id].toSorted())
    const lying = [...(await recordsIn(`${prefix}message`)).values()].reduce((a, b) => a + b, 0)
    expect(lying).toBe(events.length + 1)
    expect(logger.lines.filter(({ level }) => level !== 'debug').map(({ message }) => message)).toEqual([])
  }, 180_000)
})
