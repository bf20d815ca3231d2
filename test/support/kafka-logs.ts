// Kafka logs for tests: one broker for a test file, and for each test topics of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import type { EventLog } from '../../core/ports/event-log.ts'
import { systemClock } from '../../infra/drivers/clock.ts'
import { kafkaLog, type KafkaLogOptions } from '../../infra/drivers/log-kafka.ts'
import { eventRecord } from '../../infra/drivers/log-kafka/record.ts'
import type { LogUnderTest } from '../contracts/event-log.ts'
import { batchesIn, type KafkaBroker } from './kafka-broker.ts'
import { kafkaDoor } from './kafka-door.ts'
import type { ReaderOrder } from './log-reader-process.ts'
import { anEvent } from './make.ts'
import { keptLog } from './quiet-log.ts'

const readerScript = join(import.meta.dirname, 'log-reader-process.ts')
const partitions = 12
/** The least a broker allows by default. */
const sessionMs = 6_000

/** Nothing of another test's. */
export const freshPrefix = (): string => `t${randomUUID().slice(0, 8)}.inlet.`

export const openKafkaLog = (broker: KafkaBroker, prefix: string, more: Partial<KafkaLogOptions> = {}) =>
  kafkaLog({
    address: { brokers: [broker.address] },
    clock: systemClock,
    log: keptLog(),
    partitions,
    prefix,
    sessionMs,
    ...more,
  })

export const readerProcess = (order: ReaderOrder): ChildProcess =>
  spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', readerScript, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })

export async function kafkaLogUnderTest(broker: KafkaBroker): Promise<LogUnderTest> {
  const prefix = freshPrefix()
  const door = kafkaDoor()
  const address = { brokers: [broker.address], socketFactory: door.socketFactory }
  const opened: EventLog[] = []
  const client = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })
  const closing: (() => Promise<unknown>)[] = []
  return {
    pollMs: 500,
    async open({ deaf: _always, ...options } = {}) {
      const log = await openKafkaLog(broker, prefix, { address, ...options })
      opened.push(log)
      return log
    },
    /** A transaction of another program. */
    async holdOpen(event) {
      const producer = client.producer({
        transactionalId: prefix,
        idempotent: true,
        maxInFlightRequests: 1,
        createPartitioner:
          () =>
          ({ message }) =>
            message.partition ?? 0,
      })
      closing.push(() => producer.disconnect())
      await producer.connect()
      const transaction = await producer.transaction()
      const { topic, message } = eventRecord(event, partitions, systemClock.now())
      await transaction.send({ topic: `${prefix}${topic}`, messages: [message] })
      return () => transaction.commit()
    },
    hang: async () => {
      const release = door.hang()
      return async () => release()
    },
    // More than a topic takes of one record.
    unstorable: anEvent({ data: { text: 'x'.repeat(1_100_000) } }),
    writes: () => batchesIn(broker.data, `${prefix}message`, (path) => readFile(path)),
    process(group, forMs) {
      return readerProcess({ kafka: { broker: broker.address, prefix, sessionMs }, group, forMs })
    },
    async close() {
      for (const log of opened) await log.close()
      for (const close of closing) await close()
      const admin = client.admin()
      await admin.connect()
      const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))
      if (topics.length > 0) await admin.deleteTopics({ topics })
      await admin.disconnect()
    },
  }
}
