// The producer of this process: idempotent, all replicas acknowledge, and a new one when the broker no longer knows what it wrote.
import type { Kafka, Producer, TopicMessages } from 'kafkajs'
import { GatewayError, messageOf } from '../../../core/errors.ts'
import type { Logger } from '../../../core/ports/edges.ts'
import type { Part } from './append.ts'
import { isOfTheProducer, kindOf } from './fault.ts'

export interface Sender {
  /** Rejects where the broker lets this user write nothing at all. */
  open(): Promise<void>
  /** One try. */
  send(parts: readonly Part[]): Promise<void>
  close(): Promise<void>
}

const brokerMs = 5_000

export function makeSender(kafka: Kafka, name: (topic: string) => string, log: Logger): Sender {
  let current: Promise<Producer> | null = null
  const leaving = new Set<Promise<void>>()

  function take(): Promise<Producer> {
    if (current !== null) return current
    const coming = connected(kafka)
    current = coming
    coming.catch(() => (current === coming ? (current = null) : undefined))
    return coming
  }
  /** A batch that the old one may have written comes again by the new one: a double, which readers know by its id. */
  function renew(old: Producer, error: unknown): void {
    log.warn('Kafka does not know this producer any more; a new one writes on.', { why: messageOf(error) })
    current = null
    const left = old.disconnect().catch(() => undefined)
    leaving.add(left)
    void left.finally(() => leaving.delete(left))
  }
  return {
    open: async () => void (await take()),
    async send(parts) {
      const mine = take()
      const producer = await mine
      try {
        const topicMessages = parts.map((part): TopicMessages => ({
          topic: name(part.topic),
          messages: part.records.map((record) => record.message),
        }))
        await producer.sendBatch({ acks: -1, timeout: brokerMs, topicMessages })
      } catch (error) {
        if (current === mine && isOfTheProducer(error)) renew(producer, error)
        throw error
      }
    },
    async close() {
      const last = current
      current = Promise.reject(new GatewayError('log.unavailable', 'The log is closed.'))
      current.catch(() => undefined)
      await last
        ?.then((producer) => producer.disconnect())
        .catch((error: unknown) => {
          log.debug('A producer was left without a word.', { why: `${messageOf(error)} (${kindOf(error)})` })
        })
      await Promise.all(leaving)
    },
  }
}

async function connected(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    metadataMaxAge: 30_000,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
    // The least it allows: how often and with whom a batch is tried again is decided in append.ts.
    retry: { retries: 1 },
  })
  try {
    await producer.connect()
    return producer
  } catch (error) {
    // Its connections stay open else, and the next try makes more.
    await producer.disconnect().catch(() => undefined)
    throw error
  }
}
