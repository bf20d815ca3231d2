// Which log an installation has: remembered, refused where another one comes, moved only when nothing can be left behind.
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isGatewayError } from '../../core/errors.ts'
import { inTime } from '../../test/contracts/event-log/under-test.ts'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { anEvent } from '../../test/support/make.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { systemClock } from './clock.ts'
import { settleLog, watchLogHome, type LogHome } from './log-home.ts'
import { postgresLog } from './log-postgres.ts'

const workers = [{ name: 'threading' }]
const inPostgres: LogHome = { kind: 'postgres', prefix: null, cluster: null }
const inKafka: LogHome = { kind: 'kafka', prefix: 'inlet.', cluster: 'one' }

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const settle = (home: LogHome, aloud = false) => settleLog(home, { database, logger: keptLog(), workers, aloud })
const refusal = async (home: LogHome): Promise<string> => {
  const fault: unknown = await settle(home).catch((error: unknown) => error)
  expect(isGatewayError(fault, 'settings.invalid'), String(fault)).toBe(true)
  return (fault as Error).message
}
/** As if nobody had said for a while that this log is in use. */
const quiet = () => database.pool('owner').query(`update inlet.log_home set seen_at = now() - interval '1 minute'`)
const openLog = async () => {
  const log = await postgresLog({ database, clock: systemClock, log: keptLog() })
  onTestFinished(() => log.close())
  return log
}

describe('one installation, one log', () => {
  it('G1 it does not move to Kafka while PostgreSQL holds what a worker has not handled, nor while one still reads there', async () => {
    await settle(inPostgres)
    const log = await openLog()
    await log.append({ events: [anEvent()] }, inTime())
    // Nobody ever read it: not even the group is known.
    expect(await refusal(inKafka)).toMatch(/holds events that threading has not handled \(1\)/)
    const stop = new AbortController()
    let got = 0
    const reading = log.consume('threading', ['message.received'], async () => void (got += 1), stop.signal)
    await expect.poll(() => got).toBe(1)
    await expect.poll(async () => (await log.lag('threading')).events).toBe(0)
    expect(await refusal(inKafka)).toMatch(/Other processes .* PostgreSQL, .*Unset KAFKA_BROKERS/)
    stop.abort()
    await reading
    await settle({ ...inKafka, cluster: null }) // only looked up
    await settle(inPostgres)
  })

  it('G1 after the move nothing is appended in PostgreSQL any more, and a process that would is told and ends', async () => {
    const late = await openLog()
    await settle(inKafka)
    await expect(late.append({ events: [anEvent()] }, inTime())).rejects.toThrow(/lies in Kafka/)
    const watching = watchLogHome(inPostgres, { database, clock: systemClock, logger: keptLog() }, inTime())
    await expect(watching).rejects.toThrow(/is not in PostgreSQL any more: another process moved it/)
    const { rows } = await database.pool('owner').query('select count(*)::int as n from inlet.log_event')
    expect(rows[0]).toEqual({ n: 1 })
  })

  it('a process without KAFKA_BROKERS, with another Kafka or another prefix is refused beside one that lives', async () => {
    expect(await refusal(inPostgres)).toMatch(
      /keep its log in Kafka \(cluster one, topics inlet\.…\).*Set KAFKA_BROKERS as they have it, and INLET_KAFKA_PREFIX=inlet\. too\./,
    )
    expect(await refusal({ ...inKafka, prefix: 'other.' })).toMatch(/topics other\.…/)
    expect(await refusal({ ...inKafka, cluster: 'two' })).toMatch(/cluster two/)
    await settle(inKafka)
  })

  it('when none lives, another prefix and PostgreSQL are still refused, until it is said aloud; a new cluster is taken', async () => {
    await quiet()
    expect(await refusal(inPostgres)).toMatch(/lies in Kafka .* since .*KAFKA_BROKERS=none/)
    expect(await refusal({ ...inKafka, prefix: 'other.' })).toMatch(/KAFKA_BROKERS=none/)
    await settle({ ...inKafka, cluster: 'two' })
    await quiet()
    await settle(inPostgres, true)
    const log = await openLog()
    await log.append({ events: [anEvent()] }, inTime())
  })
})
