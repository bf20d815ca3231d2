// The log in Kafka: held to the contract of all logs, on a real broker.
import { afterAll, beforeAll } from 'vitest'
import { eventLogContract } from '../../test/contracts/event-log.ts'
import { startKafkaBroker, type KafkaBroker } from '../../test/support/kafka-broker.ts'
import { kafkaLogUnderTest } from '../../test/support/kafka-logs.ts'

let broker: KafkaBroker
beforeAll(async () => {
  broker = await startKafkaBroker()
}, 120_000)
afterAll(() => broker.close())

eventLogContract('Kafka', () => kafkaLogUnderTest(broker))
