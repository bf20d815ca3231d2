// A gateway whose log is Kafka, as whole processes on a real broker: everything in one, parts apart, and what happens when one dies.
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deskOf, until, type Desk } from '../../test/support/desk.ts'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import {
  endGateways,
  logLines,
  masterKey,
  runGateway,
  startGateway,
  type Gateway,
  type GatewayProcess,
} from '../../test/support/gateway-process.ts'
import { journey, type Journey } from '../../test/support/journey.ts'
import { startKafkaBroker, type KafkaBroker } from '../../test/support/kafka-broker.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

/** What a busy machine may take over a death. */
const afterDeathMs = 45_000
let broker: KafkaBroker
let hopeless: { readonly it: GatewayProcess; readonly database: FreshDatabase }
beforeAll(async () => {
  const database = await freshDatabase()
  // Begun here: it takes half a minute, and the others need not wait for it.
  const env = {
    DATABASE_URL: database.url,
    INLET_MASTER_KEY: masterKey,
    KAFKA_BROKERS: '127.0.0.1:1',
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_SASL_USERNAME: 'inlet',
    KAFKA_SASL_PASSWORD: 'kafka-canary-551',
  }
  hopeless = { it: runGateway({ env }), database }
  broker = await startKafkaBroker({ comesBack: true })
}, 60_000)
const databases: FreshDatabase[] = []
afterAll(async () => {
  await endGateways()
  for (const one of databases) await one.close()
  await broker.close()
}, 60_000)

const onKafka = (prefix: string) => ({
  KAFKA_BROKERS: broker.address,
  INLET_KAFKA_PREFIX: prefix,
  INLET_KAFKA_PARTITIONS: '4',
})
const sentOf = (vendor: RunningWhatsApp, reply: string) =>
  vendor.ledger.of('accepted').filter((one) => one.ours === reply)

describe('everything in one process', () => {
  let at: Journey<RunningWhatsApp>
  beforeAll(async () => {
    at = await journey('whatsapp', standIn, { seed: 171, env: { ...onKafka('one.'), INLET_ANSWER_SECONDS: '3' } })
    if (at.database !== null) databases.push(at.database)
  }, 60_000)
  afterAll(() => at.vendor.stop())

  it('G1 G4 a message becomes a ticket, is answered once, and its receipts come back', async () => {
    const { gateway, vendor, desk } = at
    expect(gateway.stdout()).toContain(`Log: Kafka at ${broker.address}, 4 partitions\n`)
    const knock = await vendor.write({ customer: 0, text: 'Kargom nerede?' }, { times: 3, concurrently: true })
    const ticket = await desk.ticketOf(0)
    const reply = await desk.replied(ticket.id, { text: 'Yolda.' }, 'read')
    expect(sentOf(vendor, reply.id)).toHaveLength(1)
    const messages = await desk.messages(ticket.id, 2)
    expect(messages.map((one) => [one.direction, one.text]).toSorted()).toEqual([
      ['in', 'Kargom nerede?'],
      ['out', 'Yolda.'],
    ])
    expect(messages.some((one) => one.externalId === knock.id)).toBe(true)
    expect(await at.database?.pool('owner').query('select from inlet.log_event')).toMatchObject({ rowCount: 0 })
    const { text } = await gateway.call('GET', '/metrics')
    expect(text).toMatch(/inlet_lag_events\{worker="\w+",partition="message\/3"\} \d+/)
    expect((await gateway.call('GET', `/v1/messages/${messages[0]?.id}`)).status).toBe(200)
  })

  it('G2 G11 without its broker the vendor hears "later" and readiness names the log; with it again nothing is missing', async () => {
    const { gateway, vendor, desk } = at
    await broker.kill()
    const refused = await vendor.write({ customer: 1, text: 'Orada mısınız?' }, { retry: false })
    expect(refused.status).toBe(503)
    const ready = await gateway.call('GET', '/readyz', { key: null })
    expect([ready.status, ready.text]).toEqual([503, expect.stringMatching(/log/)])
    await broker.start()
    await until(
      async () => (await gateway.call('GET', '/readyz', { key: null })).status,
      (status) => status === 200,
      afterDeathMs,
    )
    await vendor.write({ customer: 1, text: 'Orada mısınız?', id: refused.id })
    await vendor.write({ customer: 2, text: 'İkinci müşteri' })
    const found = await until(
      async () => [...(await desk.tickets())].map((one) => one.messageCount).toSorted(),
      (counts) => counts.length === 3,
      afterDeathMs,
    )
    expect(found).toEqual([1, 1, 2])
    const again = await desk.replied((await desk.ticketOf(2)).id, { text: 'Buyurun.' }, 'read')
    expect(sentOf(vendor, again.id)).toHaveLength(1)
  }, 120_000)
})

async function sentBy(sender: Gateway): Promise<number> {
  const { text } = await sender.call('GET', '/metrics')
  return Number(/^inlet_sent_total\{channel="whatsapp"\} (\d+)/m.exec(text)?.[1] ?? 0)
}

describe('parts apart', () => {
  const [customers, rounds] = [8, 4]
  let database: FreshDatabase
  let vendor: RunningWhatsApp
  let desk: Desk
  let dying: Gateway
  let senders: readonly Gateway[]
  beforeAll(async () => {
    databases.push((database = await freshDatabase()))
    vendor = await standIn.start({ seed: 172 })
    const base = { ...onKafka('apart.'), DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey }
    const only = (part: string, more: Readonly<Record<string, string>> = {}): Promise<Gateway> =>
      startGateway({ args: ['--only', part], env: { ...base, ...more } })
    const connectors = await only('connectors')
    dying = await only('workers') // alone at first, so that the relay and every partition are its own
    const api = await only('api', { INLET_PUBLIC_URL: connectors.address })
    ;[, ...senders] = await Promise.all([only('workers'), only('deliver'), only('deliver')])
    desk = deskOf({ ...api, address: connectors.address }, 'whatsapp', vendor)
    await desk.account()
  }, 120_000)
  afterAll(() => vendor.stop())

  const relayOwner = async (): Promise<string | undefined> =>
    (await database.pool('owner').query<{ owner: string }>(`select owner from inlet.lease where name = 'relay'`))
      .rows[0]?.owner

  it('F1 G1 G4 G12 F18 a workers process killed with -9 under load: every message on one ticket once, every reply sent once', async () => {
    await vendor.write({ customer: 0, text: '0' })
    const first = await until(
      () => desk.tickets(),
      (all) => all.length === 1,
      afterDeathMs,
    )
    const asked = [await desk.reply(first[0]?.id ?? '', { text: 'before' })]
    const written = Array.from({ length: customers }, async (_, customer) => {
      for (let n = customer === 0 ? 1 : 0; n < rounds; n++) await vendor.write({ customer, text: `${n}` }, { times: 2 })
    })
    const dead = await relayOwner()
    dying.kill('SIGKILL')
    // Whoever waits for the relay's lease to run out fails this test.
    await database
      .pool('owner')
      .query(`update inlet.lease set until = now() + interval '9 minutes' where name = 'relay' and owner = $1`, [dead])
    asked.push(await desk.reply(first[0]?.id ?? '', { text: 'while it dies' }))
    await Promise.all(written)
    expect(await dying.ended).toEqual({ code: null, signal: 'SIGKILL' })
    const tickets = await until(
      () => desk.tickets(),
      (all) => all.reduce((sum, one) => sum + one.messageCount, 0) >= customers * rounds + asked.length,
      afterDeathMs,
    )
    expect(tickets).toHaveLength(customers)
    asked.push(...(await Promise.all(tickets.map((one) => desk.reply(one.id, { text: 'after' })))))
    for (const { body, text, status } of asked) {
      expect(status, text).toBe(202)
      await desk.replyIn(body.id, 'read')
      expect(sentOf(vendor, body.id)).toHaveLength(1)
    }
    for (const ticket of tickets) {
      const incoming = (await desk.messages(ticket.id, rounds)).filter((one) => one.direction === 'in')
      expect(incoming.map((one) => one.text).toSorted()).toEqual(['0', '1', '2', '3'])
    }
    // That the relay hears at once is outbox-calls.int's to show; how soon it carries everything over is the machine's.
    const waiting = () => database.pool('owner').query('select from inlet.outbox')
    await until(waiting, ({ rowCount }) => rowCount === 0)
    expect(await relayOwner()).not.toBe(dead)
  }, 150_000)

  it('G20 F18 two processes that send keep one rate together: 45 at once to one customer, then one in six seconds, also when one of them leaves', async () => {
    await vendor.write({ customer: 50, text: 'Merhaba' })
    const ticket = await desk.ticketOf(50)
    const asked = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const { status, body, text } = await desk.reply(ticket.id, { text: `${n}` })
        expect(status, text).toBe(202)
        return body.id
      }),
    )
    const began = performance.now()
    const sent = () => vendor.ledger.of('accepted').filter((it) => asked.includes(it.ours ?? ''))
    await until(
      async () => sent().length,
      (count) => count >= 45,
      afterDeathMs,
    )
    const most = () => 46 + (performance.now() - began) / 6_000
    await pause(2_000)
    expect(sent().length).toBeLessThanOrEqual(most())
    // Which of them is quicker is chance. The one that sent more leaves, and the other goes on, at the rate of both.
    const counts = await Promise.all(senders.map(sentBy))
    const [leaves, stays] = counts[0]! > counts[1]! ? senders : senders.toReversed()
    const before = [sent().length, await sentBy(stays!)] as const
    leaves!.kill('SIGTERM')
    await leaves!.ended
    await until(
      async () => sent().length,
      (count) => count >= before[0] + 2,
      30_000,
    )
    expect(sent().length).toBeLessThanOrEqual(most())
    expect(await sentBy(stays!)).toBeGreaterThan(before[1])
    expect(new Set(sent().map((it) => it.ours)).size).toBe(sent().length)
  }, 90_000)
})

describe('a start that cannot be', () => {
  it('waits half a minute for Kafka, saying so, and then stops with a sentence and exit code 1 (S18)', async () => {
    const { it, database } = hopeless
    expect(await it.ended).toEqual({ code: 1, signal: null })
    expect(it.stderr()).toMatch(
      /Inlet cannot start\. Opening the log on Kafka at 127\.0\.0\.1:1: .*\. Check that KAFKA_BROKERS/,
    )
    expect(logLines(it).some((line) => /Kafka does not answer yet/.test(String(line['msg'])))).toBe(true)
    expect(it.stdout() + it.stderr()).not.toContain('kafka-canary-551')
    await database.close()
  }, 90_000)

  it('G1 is refused while the log in PostgreSQL holds what nobody has read', async () => {
    const at = await journey('whatsapp', standIn, { seed: 173 })
    at.gateway.kill('SIGTERM')
    await at.gateway.ended
    const { address } = await at.another('--only', 'connectors')
    at.vendor.knocksAt(`${address}/in/whatsapp/main`)
    expect((await at.vendor.write({ customer: 0 })).status).toBe(200)
    const url = at.database?.url ?? ''
    const it = runGateway({ env: { ...onKafka('late.'), DATABASE_URL: url, INLET_MASTER_KEY: masterKey } })
    expect(await it.ended).toEqual({ code: 1, signal: null })
    expect(it.stderr()).toMatch(/^Inlet cannot start\. KAFKA_BROKERS is set, and .* PostgreSQL holds events.*\n$/m)
    await at.end()
  }, 60_000)
})
