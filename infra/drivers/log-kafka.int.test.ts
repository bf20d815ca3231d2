// The log in Kafka: held to the contract of all logs, on a real broker; `npm run chaos -- kafka-contract` has it on three.
import { afterAll, beforeAll, expect } from 'vitest'
import { eventLogContract } from '../../test/contracts/event-log.ts'
import { startKafkaCluster, type KafkaCluster } from '../../test/support/kafka-broker.ts'
import { kafkaLogUnderTest } from '../../test/support/kafka-logs.ts'

const size = process.env['INLET_TEST_BROKERS'] === '3' ? 3 : 1
let cluster: KafkaCluster
beforeAll(async () => {
  cluster = await startKafkaCluster(size, { comesBack: false })
}, 120_000)
afterAll(() => cluster.close())

const first = () => cluster.nodes[0] ?? expect.fail('no broker was started')

eventLogContract('Kafka', () => kafkaLogUnderTest(first()))
