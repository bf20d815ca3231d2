// A whole gateway on a Kafka with TLS, users and rules: it signs in and works, and says what is wrong where Kafka will not have it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../test/support/desk.ts'
import { endGateways, masterKey, runGateway, startGateway } from '../../test/support/gateway-process.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { startSecuredKafka, type SecuredKafka } from '../../test/support/kafka-secured.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let kafka: SecuredKafka
let at: Journey<RunningWhatsApp>
const signedIn = (who: keyof SecuredKafka['users']) => ({
  KAFKA_BROKERS: kafka.address,
  KAFKA_TLS: 'yes',
  KAFKA_TLS_CA: kafka.caFile,
  KAFKA_SASL_MECHANISM: 'scram-sha-256',
  KAFKA_SASL_USERNAME: kafka.users[who].username,
  KAFKA_SASL_PASSWORD: kafka.users[who].password,
  INLET_KAFKA_PARTITIONS: '4',
})
const besides = (env: Readonly<Record<string, string>>) => ({
  ...env,
  DATABASE_URL: at.database?.url ?? '',
  INLET_MASTER_KEY: masterKey,
})
beforeAll(async () => {
  kafka = await startSecuredKafka()
  at = await journey('whatsapp', standIn, { seed: 181, env: signedIn('admin') })
}, 60_000)
afterAll(async () => {
  await at.vendor.stop()
  await endGateways()
  await at.database?.close()
  await kafka.close()
})

describe('TLS and SASL/SCRAM', () => {
  it('G1 S21 S18 a message becomes a ticket and is answered over TLS, signed in; no password is said', async () => {
    expect((await at.vendor.write({ customer: 0, text: 'over TLS' })).status).toBe(200)
    const ticket = await at.desk.ticketOf(0)
    const reply = await at.desk.reply(ticket.id, { text: 'Buradayız.' })
    await at.desk.replyIn(reply.body.id, 'read')
    await until(
      async () => (await at.gateway.call('GET', '/readyz', { key: null })).status,
      (status) => status === 200,
    )
    expect(leaks(at.vendor, [at.gateway], { customers: [0], texts: ['over TLS'] })).toEqual([])
    for (const { password } of Object.values(kafka.users))
      expect(at.gateway.stdout() + at.gateway.stderr()).not.toContain(password)
  }, 60_000)

  it('M3 a process of workers whose user may join no group is not ready and names the groups; one of connectors is', async () => {
    const start = (part: string) => startGateway({ args: ['--only', part], env: besides(signedIn('writer')) })
    const [workers, connectors] = await Promise.all([start('workers'), start('connectors')])
    const { status, text } = await workers.call('GET', '/readyz', { key: null })
    expect(`${status} ${text}`).toMatch(/^503 .*workers: not let into the groups of .*threading/)
    expect((await connectors.call('GET', '/readyz', { key: null })).status).toBe(200)
    await until(
      async () => workers.stderr() + workers.stdout(),
      (said) => /A member of a group ended/.test(said),
    )
  }, 60_000)

  it('S21 a certificate for another host name is refused, with what to set', async () => {
    const elsewhere = kafka.address.replace('127.0.0.1', 'localhost')
    const it = runGateway({ env: besides({ ...signedIn('admin'), KAFKA_BROKERS: elsewhere }) })
    expect(await it.ended).toEqual({ code: 1, signal: null })
    expect(it.stderr()).toMatch(
      /^Inlet cannot start\. Opening the log on Kafka at localhost:\d+: Kafka’s certificate is for another host name\. Name the brokers in KAFKA_BROKERS/m,
    )
  }, 60_000)
})
