// What an earlier build left in a log is read by this one: records as they lay in Kafka and rows as they lay in PostgreSQL (G18).
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EventLog, KeptRaw } from '../../core/ports/event-log.ts'
import { systemClock } from '../../infra/drivers/clock.ts'
import { postgresLog } from '../../infra/drivers/log-postgres.ts'
import { whyNotAnEvent } from '../../schemas/check.ts'
import { eventTypes, schemaVersion, type AnyEvent, type EventType } from '../../schemas/events.ts'
import { readRegistry } from '../../core/registry.ts'
import { foldersOf } from '../../infra/drivers/folders.ts'
import { freshDatabase } from '../support/database.ts'
import { startKafkaBroker, type KafkaBroker } from '../support/kafka-broker.ts'
import { freshPrefix, openKafkaLog } from '../support/kafka-logs.ts'
import { keptLog } from '../support/quiet-log.ts'
import { runtimeBench } from '../support/runtime-bench.ts'
import { eventIn, storedLog, storedVersions, type StoredRecord } from './stored.ts'

let broker: KafkaBroker
beforeAll(async () => {
  broker = await startKafkaBroker()
}, 120_000)
afterAll(() => broker.close())
/** A reader takes its own version and the one before; older files stay for who wants to know. */
const readable = storedVersions.filter((version) => version >= schemaVersion - 1)
const isRaw = ({ type }: StoredRecord): boolean => type === 'raw'
const rawIn = ({ row, kafka }: StoredRecord): KeptRaw => {
  const [it] = JSON.parse(row) as [KeptRaw['ref'] & Omit<KeptRaw, 'ref'> & { type: string; blob: string | null }]
  const { id, at, key, workspace, channel, account, type: contentType, meta, blob } = it
  const body = blob ?? new Uint8Array(Buffer.from(kafka.value, 'base64'))
  return { ref: { id, at, key }, workspace, channel, account, contentType, meta, body } as KeptRaw
}

/** Everything the log holds, by id. */
async function allOf(log: EventLog, count: number): Promise<readonly AnyEvent[]> {
  const found = new Map<string, AnyEvent>()
  const enough = new AbortController()
  const late = AbortSignal.timeout(20_000)
  const take = async (events: readonly AnyEvent[]) => {
    for (const event of events) found.set(event.id, event)
    if (found.size >= count) enough.abort()
  }
  await log.consume<EventType>('stored', eventTypes, take, AbortSignal.any([enough.signal, late]))
  return [...found.values()]
}
const byId = (events: readonly AnyEvent[]) => events.toSorted((a, b) => (a.id < b.id ? -1 : 1))

async function expectRead(log: EventLog, records: readonly StoredRecord[]): Promise<void> {
  const wanted = records.filter((it) => !isRaw(it)).map(eventIn)
  const read = await allOf(log, wanted.length)
  expect(byId(read)).toEqual(byId(wanted))
  expect(read.map((event) => whyNotAnEvent(event)).filter((why) => why !== null)).toEqual([])
  const raws = records.filter(isRaw).map(rawIn)
  for (const raw of raws) expect(await log.raw(raw.ref)).toEqual(raw)
}

it('G18 of this version every type is stored, so that the next one can be held to it (node test/stored-log/write.ts adds new ones)', () => {
  const types = new Set(storedLog(schemaVersion).map(({ type }) => type))
  expect([...eventTypes, 'raw'].filter((type) => !types.has(type))).toEqual([])
})

/** Takes away, field by field and inside of fields, whatever may be absent. */
function barest(event: AnyEvent): AnyEvent {
  const bare = structuredClone(event)
  const strip = (at: unknown): void => {
    if (typeof at !== 'object' || at === null) return
    for (const [name, value] of Object.entries(at)) {
      if (!Array.isArray(at)) {
        delete (at as Record<string, unknown>)[name]
        if (whyNotAnEvent(bare) === null) continue
        ;(at as Record<string, unknown>)[name] = value
      }
      strip(value)
    }
  }
  strip(bare.data)
  return bare
}

it('G18 what an older build wrote, before any of the fields was there that may be absent, is taken by every worker', async () => {
  const bench = await runtimeBench()
  const { workers } = await readRegistry(foldersOf())
  // Ingest gives every message an account; those of the file, made by hand, have none.
  const whole = storedLog(schemaVersion)
    .filter((it) => !isRaw(it))
    .map((it) => ({ ...eventIn(it), channel: 'any', account: 'one' }) as AnyEvent)
  const bare = whole.map(barest)
  expect(bare.filter((event, n) => JSON.stringify(event) !== JSON.stringify(whole[n])).length).toBeGreaterThanOrEqual(5)
  await bench.log.append({ events: bare }, AbortSignal.timeout(10_000))
  for (const worker of workers) await bench.drain(worker)
  // `normalize` is what the quarantine worker writes, on purpose, of what could not be read.
  expect(await bench.rows('select worker, why from parked where worker <> $1', 'normalize')).toEqual([])
  await bench.close()
}, 60_000)

describe.each(readable)('the log that version %i wrote', (version) => {
  const records = storedLog(version)

  it('G18 is read from Kafka as it lay there', async () => {
    const prefix = freshPrefix()
    // Its times are of the day it was written.
    const log = await openKafkaLog(broker, prefix, { keepDays: 36_500 })
    const client = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })
    const producer = client.producer({
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    })
    await producer.connect()
    const byTopic = Map.groupBy(records, ({ kafka }) => kafka.topic)
    const topicMessages = [...byTopic].map(([topic, some]) => ({
      topic: `${prefix}${topic}`,
      messages: some.map(({ type, kafka: { topic: _of, value, ...rest } }) => ({
        ...rest,
        value: Buffer.from(value, type === 'raw' ? 'base64' : 'utf8'),
      })),
    }))
    await producer.sendBatch({ topicMessages })
    await producer.disconnect()
    await expectRead(log, records)
    await log.close()
  })

  it('G18 is read from PostgreSQL as it lay there', async () => {
    const database = await freshDatabase()
    const log = await postgresLog({ database, clock: systemClock, log: keptLog() })
    const owner = database.pool('owner')
    const rows = records.filter((it) => !isRaw(it)).map(({ row }) => row)
    await owner.query('select inlet.log_append(null, null, $1)', [`[${rows.join()}]`])
    for (const { row, kafka } of records.filter(isRaw))
      await owner.query('select inlet.log_append($1, $2, null)', [row, Buffer.from(kafka.value, 'base64')])
    await expectRead(log, records)
    await log.close()
    await database.close()
  })
})
