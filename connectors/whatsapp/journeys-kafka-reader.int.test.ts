// A reader that somebody else wrote from the AsyncAPI page alone, in another language, understands everything that lies in Kafka.
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'
import { eventRecord } from '../../infra/drivers/log-kafka/record.ts'
import { publishedTypes } from '../../schemas/events.ts'
import { readTopics } from '../../test/kafka-reader/read-topics.ts'
import { until } from '../../test/support/desk.ts'
import { everyEvent } from '../../test/support/every-event.ts'
import { journey, type Journey } from '../../test/support/journey.ts'
import { startKafkaBroker, type KafkaBroker } from '../../test/support/kafka-broker.ts'
import { openKafkaLog } from '../../test/support/kafka-logs.ts'
import { anEvent, testInstant } from '../../test/support/make.ts'

const [prefix, partitions] = ['read.', 4]
let broker: KafkaBroker
let at: Journey<RunningWhatsApp>
beforeAll(async () => {
  broker = await startKafkaBroker()
  const env = {
    KAFKA_BROKERS: broker.address,
    INLET_KAFKA_PREFIX: prefix,
    INLET_KAFKA_PARTITIONS: String(partitions),
  }
  at = await journey('whatsapp', standIn, { seed: 181, env })
}, 90_000)
afterAll(async () => {
  await at.end()
  await broker.close()
}, 60_000)

const read = () => readTopics(at.gateway.address, broker.address)

async function anHourAtTheDesk(): Promise<void> {
  const { vendor, desk, gateway } = at
  const policy = { id: 'all', name: 'All', targets: { firstResponse: 60, resolution: 6_000 } }
  expect((await gateway.call('POST', '/v1/sla-policies', { body: policy })).status).toBe(201)
  const first = await vendor.write({ customer: 0, text: 'Siparişim "nerede"? 🧵' })
  await vendor.write({ customer: 1, kind: 'image', text: 'kırık geldi' })
  await vendor.write({ customer: 0, kind: 'reaction', about: first.id, text: '❤️' })
  const ticket = await desk.ticketOf(0)
  await desk.replied(ticket.id, { text: 'Yolda.' }, 'read')
  const set = { priority: 'high', status: 'pending', type: 'complaint', topic: 'cargo', language: 'tr', tags: ['vip'] }
  const patched = await desk.patch(ticket.id, set)
  expect(patched.status, patched.text).toBe(200)
  await gateway.call('POST', `/v1/tickets/${ticket.id}/notes`, { body: { text: 'VIP' } })
  const snoozed = await desk.patch(ticket.id, { snoozeUntil: new Date(Date.now() + 3_600_000).toISOString() })
  expect(snoozed.status, snoozed.text).toBe(200)
  vendor.template('siparis_durumu', 'tr', 'APPROVED')
  // Signed and of a shape nobody knows.
  await vendor.post('{"object":"whatsapp_business_account","entry":[7]}')
}

/** What such an hour raises, of each topic that is published. */
const raised = [
  'message.received message.sent message.delivery_updated message.reacted',
  'ticket.created ticket.status_changed ticket.priority_changed ticket.tagged ticket.note_added ticket.snoozed',
  'reply.requested conversation.window_opened contact.created attachment.stored template.state_changed',
  'sla.started sla.met ingest.quarantined',
].flatMap((line) => line.split(' '))
const missingOf = (all: readonly { readonly type: string }[]): readonly string[] => {
  const there = new Set(all.map((it) => it.type))
  return raised.filter((type) => !there.has(type))
}

it('G18 reads every type, as CloudEvents 1.0 in binary mode, each fit for its schema', async () => {
  await anHourAtTheDesk()
  const real = await until(read, (all) => missingOf(all).length === 0, 30_000)
  expect(real.flatMap((it) => it.problems.map((problem) => `${it.type}: ${problem}`))).toEqual([])
  const log = await openKafkaLog(broker, prefix, { partitions })
  await log.append({ events: everyEvent('read', publishedTypes) }, AbortSignal.timeout(10_000))
  await log.close()
  const all = await read()
  expect(all.flatMap((it) => it.problems.map((problem) => `${it.type}: ${problem}`))).toEqual([])
  expect([...new Set(all.map((it) => it.type))].toSorted()).toEqual([...publishedTypes].toSorted())
  for (const { topic, type } of all) expect(topic).toBe(`${prefix}${type.split('.')[0]}`)
}, 90_000)

it('and says of a record that is none, or not as the page has it, what is wrong', async () => {
  const client = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })
  const producer = client.producer()
  await producer.connect()
  const { message } = eventRecord(anEvent(), partitions, testInstant)
  const { ce_id: _without, ...headers } = message.headers ?? {}
  const other = { ...message, headers: { ...message.headers, ce_id: 'evt_wrong' } }
  const changed = { ...other, value: String(other.value).replace('"to":[]', '"to":"everybody"') }
  const elsewhere = { ...other, headers: { ...other.headers, ce_type: 'ticket.created' } }
  const renamed = { ...other, key: 'another' }
  const messages = [{ ...message, headers }, changed, elsewhere, renamed]
  await producer.send({ topic: `${prefix}message`, messages })
  await producer.disconnect()
  const wrong = (await read()).filter((it) => it.problems.length > 0)
  expect(wrong.map((it) => it.problems.join('; ')).toSorted()).toEqual([
    expect.stringContaining("data, by the page, $.to: 'everybody' is not of type 'array'"),
    expect.stringContaining("headers $: 'ce_id' is a required property"),
    expect.stringContaining('its key is not ce_partitionkey'),
    expect.stringContaining('the page has no message ticket.created on this channel'),
  ])
}, 60_000)
