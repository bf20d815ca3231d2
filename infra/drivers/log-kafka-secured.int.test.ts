// The log on a Kafka with TLS, users and rules: signing in, and what is said where Kafka will not have us.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isGatewayError } from '../../core/errors.ts'
import { eventually, inTime, pause, read } from '../../test/contracts/event-log/under-test.ts'
import { startSecuredKafka, type SecuredKafka } from '../../test/support/kafka-secured.ts'
import { openKafkaLog } from '../../test/support/kafka-logs.ts'
import { anEvent, idsOf } from '../../test/support/make.ts'
import type { AnyEvent } from '../../schemas/events.ts'
import type { KafkaAddress } from './log-kafka.ts'

let kafka: SecuredKafka
beforeAll(async () => {
  kafka = await startSecuredKafka()
})
afterAll(() => kafka.close())

const signedIn = (
  who: keyof SecuredKafka['users'],
  more: Partial<KafkaAddress> = {},
  at: SecuredKafka = kafka,
): KafkaAddress => ({
  brokers: [at.address],
  tls: { ca: at.ca },
  sasl: { mechanism: 'scram-sha-256', ...at.users[who] },
  ...more,
})
const opening = (address: KafkaAddress, prefix = 'inlet.') => openKafkaLog(kafka.broker, prefix, { address })
/** What is said of the settings; nothing that another try would mend. */
const refusal = async (address: KafkaAddress, prefix?: string): Promise<string> => {
  const fault: unknown = await opening(address, prefix).catch((error: unknown) => error)
  expect(isGatewayError(fault, 'settings.invalid'), String(fault)).toBe(true)
  return (fault as Error).message
}

describe('TLS and SASL/SCRAM', () => {
  it('G1 a user who may make no topics is told which to have made; when they are there it writes and reads', async () => {
    expect(await refusal(signedIn('reader'))).toMatch(
      /does not let this user make topics\. Have them made by hand with 12 partitions: inlet\.message, .*inlet\.raw\. If they are there, let this user describe/,
    )
    await (await opening(signedIn('admin'))).close()
    const log = await opening(signedIn('reader'))
    const event = anEvent()
    await log.append({ events: [event] }, inTime())
    const reader = read(log)
    await reader.until(1)
    expect(idsOf(reader.got)).toEqual([event.id])
    await log.ping(inTime())
    await reader.stop()
    await log.close()
    expect(await refusal(signedIn('reader'), 'other.inlet.')).toMatch(/other\.inlet\.message/)
  })

  it('G1 M3 a user who may write nothing is refused at the start, with what to set', async () => {
    await (await opening(signedIn('admin'))).close()
    expect(await refusal(signedIn('looker'))).toMatch(/does not let this user write\. Allow it Write on its topics/)
  })

  it('M3 G1 a log whose user may not write any more is not ready and says why; given back, what waited is written', async () => {
    const log = await opening(signedIn('admin')).then(async (made) => {
      await made.close()
      return opening(signedIn('reader'))
    })
    onTestFinished(() => log.close())
    await log.append({ events: [anEvent()] }, inTime())
    await log.ping(inTime())
    const giveBack = await kafka.mute('reader')
    await eventually('a write to be refused', () =>
      log.append({ events: [anEvent()] }, AbortSignal.timeout(500)).then(
        () => false,
        (error: unknown) => isGatewayError(error, 'log.unavailable'),
      ),
    )
    await expect(log.ping(inTime())).rejects.toThrow(/Kafka refuses what is written.*TOPIC_AUTHORIZATION_FAILED/)
    await giveBack()
    await eventually('the log to be ready', () =>
      log.ping(inTime()).then(
        () => true,
        () => false,
      ),
    )
    await log.append({ events: [anEvent()] }, inTime())
  })

  it('S18 a wrong password is said at once, with what to set and without the password', async () => {
    const said = await refusal(
      signedIn('reader', { sasl: { mechanism: 'scram-sha-256', username: 'bob', password: 'not-hers-31337' } }),
    )
    expect(said).toMatch(
      /did not take this user name and password\. Set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD as Kafka knows them/,
    )
    expect(said).not.toContain('not-hers-31337')
  })

  it('a way to sign in that Kafka has not, and a port where nobody signs in, are said', async () => {
    const other = await refusal(signedIn('reader', { sasl: { mechanism: 'plain', ...kafka.users.reader } }))
    expect(other).toMatch(/Set KAFKA_SASL_MECHANISM to one of its sasl\.enabled\.mechanisms/)
    const open = await refusal(signedIn('reader', { brokers: [kafka.broker.address], tls: null }))
    expect(open).toMatch(/Nobody signs in at this port of Kafka\. Unset KAFKA_SASL_\*.*connections\.max\.reauth\.ms/)
  })

  it('S21 a certificate of an authority that nobody named is refused, and the setting is named', async () => {
    const stranger = await readFile(kafka.strangerFile, 'utf8')
    for (const ca of [stranger, null])
      expect(await refusal(signedIn('reader', { tls: { ca } }))).toMatch(
        /Nobody this machine trusts vouches for Kafka’s certificate\. Set KAFKA_TLS_CA to the file \(PEM\)/,
      )
  })

  it('G1 G15 where a sign-in holds for seconds only it is renewed in time, by who writes, who reads and who asks', async () => {
    const short = await startSecuredKafka(['connections.max.reauth.ms=5000'])
    onTestFinished(() => short.close())
    const log = await openKafkaLog(short.broker, 'inlet.', { address: signedIn('admin', {}, short) })
    onTestFinished(() => log.close())
    const reader = read(log)
    const events: AnyEvent[] = []
    for (const endAt = performance.now() + 12_000; performance.now() < endAt; await pause(100)) {
      const event = anEvent()
      await log.append({ events: [event] }, inTime())
      events.push(event)
      await log.ping(inTime())
    }
    await reader.until(events.length)
    expect(idsOf(reader.got).toSorted()).toEqual(idsOf(events).toSorted())
  }, 60_000)
})
