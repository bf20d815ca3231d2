// A gateway on Kafka in several processes, when what they share goes away or is not what they think: the database, the disk of Kafka, the log itself.
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { databaseDoor, type DatabaseDoor } from '../../test/chaos/database-door.ts'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { deskOf, until, type Desk } from '../../test/support/desk.ts'
import {
  endGateways,
  logLines,
  masterKey,
  runGateway,
  startGateway,
  type Gateway,
} from '../../test/support/gateway-process.ts'
import { startKafkaBroker, type KafkaBroker } from '../../test/support/kafka-broker.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

const partitions = 4
const patienceMs = 45_000
/** A connector that takes what it is given keeps less than this, whatever is away. */
const mostMegabytes = 400

let broker: KafkaBroker
let database: FreshDatabase
let door: DatabaseDoor
let vendor: RunningWhatsApp
let desk: Desk
let [connectors, workers, api]: Gateway[] = []
const env = () => ({
  DATABASE_URL: door.url,
  INLET_MASTER_KEY: masterKey,
  KAFKA_BROKERS: broker.address,
  INLET_KAFKA_PREFIX: 'away.',
  INLET_KAFKA_PARTITIONS: String(partitions),
  INLET_ANSWER_SECONDS: '3',
})
const only = (part: string) => startGateway({ args: ['--only', part], env: env() })

beforeAll(async () => {
  ;[broker, database] = await Promise.all([startKafkaBroker({ comesBack: true }), freshDatabase()])
  door = await databaseDoor(database.url)
  vendor = await standIn.start({ seed: 174 })
  ;[connectors, workers] = await Promise.all([only('connectors'), only('workers')])
  api = await startGateway({
    args: ['--only', 'api,deliver'],
    env: { ...env(), INLET_PUBLIC_URL: connectors.address },
  })
  desk = deskOf({ ...api, address: connectors.address }, 'whatsapp', vendor)
  await desk.account()
  // What the desk and time decide waits for the database too.
  const when = { field: 'ticket.channel', op: 'is', value: 'whatsapp' }
  const rule = { id: 'all', name: 'All', when, then: { priority: 'urgent' } }
  const policy = { id: 'all', name: 'All', targets: { firstResponse: 600 } }
  for (const [path, body] of [
    ['/v1/rules', rule],
    ['/v1/sla-policies', policy],
  ] as const) {
    const { status, text } = await api.call('POST', path, { body })
    if (status !== 201) throw new Error(`${path}: ${status} ${text}`)
  }
}, 60_000)
// What a test broke is not the next one's.
afterEach(() => door.be('open'))
afterAll(async () => {
  await endGateways()
  await vendor.stop()
  await door.close()
  await database.close()
  await broker.close()
}, 60_000)

const here = (gateway: Gateway | undefined): Gateway => gateway ?? expect.fail('the gateway did not start')
const readiness = async (gateway: Gateway | undefined) => {
  const { status, text } = await here(gateway).call('GET', '/readyz', { key: null })
  return `${status} ${text}`
}
/** Of threading, over its partitions: how many events, and how old the oldest. */
async function lag(gateway: Gateway | undefined): Promise<{ readonly events: number; readonly seconds: number }> {
  const { text } = await here(gateway).call('GET', '/metrics')
  const of = (name: string) =>
    [...text.matchAll(new RegExp(`^inlet_${name}\\{worker="threading",partition="\\w+/\\d+"\\} (\\S+)`, 'gm'))].map(
      (it) => Number(it[1]),
    )
  const [events, seconds] = [of('lag_events'), of('lag_seconds')]
  expect(events.length).toBeGreaterThanOrEqual(partitions)
  return { events: events.reduce((sum, it) => sum + it, 0), seconds: Math.max(...seconds) }
}
const residentMegabytes = (gateway: Gateway | undefined): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${here(gateway).pid}/status`, 'utf8'))?.[1]) / 1_024

describe('the database is away', () => {
  it('M3 M2 G2 G14 small messages are taken with Kafka alone, large ones are not, each part says what it misses, and all of it arrives later', async () => {
    expect((await vendor.write({ customer: 0, text: 'before' })).status).toBe(200)
    await desk.ticketOf(0)
    await until(
      () => lag(connectors),
      ({ events }) => events === 0,
    )
    door.be('refuse')
    expect((await vendor.write({ customer: 1, text: 'small' })).status).toBe(200)
    const large = await vendor.write({ customer: 2, text: 'large '.repeat(15_000) }, { retry: false })
    expect(large.status).toBe(503)
    expect(await readiness(connectors)).toMatch(/^200/)
    for (const part of [workers, api]) expect(await readiness(part)).toMatch(/^503 .*store/)
    // At full rate: what is not answered is in Kafka, not in this process.
    const taken = await floodFor({ ms: 1_000, calls: 100 })
    expect(residentMegabytes(connectors)).toBeLessThan(mostMegabytes)
    const behind = await until(
      () => lag(connectors),
      ({ seconds }) => seconds > 2,
    )
    expect(behind.events).toBe(taken + 1)
    door.be('open')
    await until(
      () => lag(connectors),
      ({ events }) => events === 0,
      patienceMs,
    )
    expect((await vendor.write({ customer: 2, text: 'large '.repeat(15_000), id: large.id })).status).toBe(200)
    const counts = await until(
      async () => (await desk.tickets()).map((it) => it.messageCount),
      (found) => found.reduce((a, b) => a + b, 0) === taken + 3,
      patienceMs,
    )
    expect(counts.length).toBe(3 + flooding)
    // Each is triaged, and its clock runs once.
    await until(
      () => desk.tickets(),
      (all) => all.every((it) => it.priority === 'urgent' && it.sla.length === 1),
      patienceMs,
    )
    for (const part of [connectors, workers, api])
      await until(
        () => readiness(part),
        (said) => said.startsWith('200'),
      )
  }, 120_000)
})

const flooding = 16
/** Each customer one message at a time, as fast as they are answered, so long and until so many were; how many it came to. */
async function floodFor({ ms, calls }: { readonly ms: number; readonly calls: number }): Promise<number> {
  const end = performance.now() + ms
  let taken = 0
  const each = Array.from({ length: flooding }, async (_, n) => {
    while (performance.now() < end || (taken < calls && performance.now() < end + patienceMs))
      if ((await vendor.write({ customer: 100 + n, text: 'x'.repeat(500) }, { retry: false })).status === 200)
        taken += 1
  })
  await Promise.all(each)
  expect(taken).toBeGreaterThanOrEqual(calls)
  return taken
}

describe('what others do to the topics', () => {
  it('G13 G18 records that are no events of ours, or none this version reads, are counted or set aside; those behind them arrive', async () => {
    await vendor.write({ customer: 199, text: 'one to copy' })
    const { partition, headers, value } = await lastRecord('away.message')
    const strange: readonly { readonly headers: Record<string, string>; readonly value: string }[] = [
      { headers: {}, value: 'no event at all' },
      { headers: { ...headers, ce_type: 'order.placed' }, value: '{}' },
      { headers: { ...headers, ce_id: 'evt_not-ours' }, value: '{}' },
      { headers: { ...headers, ce_id: `evt_${'1'.repeat(32)}`, ce_workspace: '' }, value: '{}' },
      { headers, value: '{"cut off' },
      { headers: { ...headers, ce_id: `evt_${'2'.repeat(32)}`, ce_workspace: 'nobody' }, value },
      { headers: { ...headers, ce_id: `evt_${'3'.repeat(32)}`, ce_schemaversion: '99' }, value },
      { headers: { ...headers, ce_id: `evt_${'4'.repeat(32)}`, ce_schemaversion: 'new' }, value: '{}' },
      { headers: { ...headers, ce_id: `evt_${'5'.repeat(32)}`, ce_type: 'message.celebrated' }, value },
    ]
    const producer = client().producer()
    await producer.connect()
    await producer.send({ topic: 'away.message', messages: strange.map((one) => ({ ...one, partition, key: 'x' })) })
    await producer.disconnect()
    const sent = Array.from({ length: 12 }, (_, n) => vendor.write({ customer: 200 + n, text: 'behind them' }))
    expect((await Promise.all(sent)).map((it) => it.status)).toEqual(sent.map(() => 200))
    for (let n = 0; n < 12; n++) expect((await desk.ticketOf(200 + n)).messageCount).toBe(1)
    const parked = await desk.list<{ readonly worker: string; readonly why: string }>('/v1/parked')
    expect(parked.filter((it) => it.worker === 'threading').map((it) => it.why)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/version 99/),
        expect.stringMatching(/cannot be read: the envelope/),
        expect.stringMatching(/no events of type message.celebrated/),
      ]),
    )
    const nobodys = await database
      .pool('owner')
      .query(`select worker, why from inlet.parked where workspace = 'nobody'`)
    expect(nobodys.rows).toContainEqual({ worker: 'threading', why: expect.stringMatching(/no workspace nobody/) })
    const { text } = await here(workers).call('GET', '/metrics')
    expect(Number(/^inlet_foreign_total\{worker="threading"\} (\d+)/m.exec(text)?.[1])).toBe(5)
    expect(
      logLines(here(workers)).filter((it) => /no event of Inlet|no event of ours/.test(String(it['msg']))),
    ).not.toEqual([])
  }, 60_000)

  async function lastRecord(topic: string) {
    const consumer = client().consumer({ groupId: 'looks' })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const found = Promise.withResolvers<{
      readonly partition: number
      readonly headers: Record<string, string>
      readonly value: string
    }>()
    await consumer.run({
      eachMessage: async ({ partition, message: { headers = {}, value } }) => {
        const texts = Object.entries(headers).map(([name, value]) => [name, String(value)] as const)
        const read = Object.fromEntries(texts)
        if (read['ce_type'] === 'message.received') found.resolve({ partition, headers: read, value: String(value) })
      },
    })
    const one = await found.promise
    await consumer.disconnect()
    return one
  }
})
const client = () => new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })

describe('one installation has one log', () => {
  it('G1 a process without KAFKA_BROKERS, and one with other topics, are refused beside those that have it', async () => {
    const { KAFKA_BROKERS: _without, INLET_KAFKA_PREFIX: _prefix, INLET_KAFKA_PARTITIONS: _n, ...bare } = env()
    const alone = runGateway({ env: bare })
    const elsewhere = runGateway({ env: { ...env(), INLET_KAFKA_PREFIX: 'other.' } })
    for (const it of [alone, elsewhere]) {
      expect(await it.ended).toEqual({ code: 1, signal: null })
      expect(it.stderr()).toMatch(
        /^Inlet cannot start\. Other processes .* Kafka \(cluster \S+, topics away\.…\).*Set KAFKA_BROKERS as they have it, and INLET_KAFKA_PREFIX=away\./m,
      )
    }
  })
})

describe('Kafka loses its disk', () => {
  it('F6 G1 with an empty disk it is filled anew by itself: what was handled stays, what comes now arrives, in order, once', async () => {
    await until(
      () => lag(connectors),
      ({ events }) => events === 0,
    )
    const before = (await desk.tickets()).reduce((sum, it) => sum + it.messageCount, 0)
    await broker.kill()
    await broker.start({ emptied: true })
    const keys = 6
    for (let n = 0; n < 5; n++)
      await Promise.all(
        Array.from({ length: keys }, async (_, k) => {
          const knock = await vendor.write({ customer: 300 + k, text: `${n}` })
          expect(knock.statuses.at(-1)).toBe(200)
        }),
      )
    const after = await until(
      () => desk.tickets(),
      (all) => all.reduce((sum, it) => sum + it.messageCount, 0) >= before + 5 * keys,
      patienceMs,
    )
    expect(after.reduce((sum, it) => sum + it.messageCount, 0)).toBe(before + 5 * keys)
    for (let k = 0; k < keys; k++) {
      const messages = await desk.messages((await desk.ticketOf(300 + k)).id, 5)
      expect(messages.map((it) => it.text)).toEqual(['0', '1', '2', '3', '4'])
    }
    const reply = await desk.reply((await desk.ticketOf(300)).id, { text: 'Buradayız.' })
    await desk.replyIn(reply.body.id, 'read')
    const said = [connectors, workers].flatMap((it) => logLines(here(it))).map((it) => String(it['msg']))
    expect(said).toContain('Topics are missing and are made anew; what they held is lost.')
    await pause(300) // nothing more comes
    expect((await desk.tickets()).reduce((sum, it) => sum + it.messageCount, 0)).toBe(before + 5 * keys + 1)
  }, 120_000)
})
