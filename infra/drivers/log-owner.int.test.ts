// Whose topics of a Kafka these are: two installations on one prefix are told apart, at the start and while they run.
import { randomUUID } from 'node:crypto'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isGatewayError } from '../../core/errors.ts'
import { freshDatabase } from '../../test/support/database.ts'
import { startKafkaBroker, type KafkaBroker } from '../../test/support/kafka-broker.ts'
import { freshPrefix, openKafkaLog } from '../../test/support/kafka-logs.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { systemClock } from './clock.ts'
import { claimTopics, installationOf, watchTopics, type Installation, type OwnerNeeds } from './log-owner.ts'

let broker: KafkaBroker
beforeAll(async () => {
  broker = await startKafkaBroker()
}, 120_000)
afterAll(() => broker.close())

async function topicsOf(prefix = freshPrefix()): Promise<Omit<OwnerNeeds, 'us'>> {
  const log = await openKafkaLog(broker, prefix)
  onTestFinished(() => log.close())
  return { owners: log.owners, prefix, clock: systemClock, logger: keptLog() }
}
const anInstallation = (): Installation => ({ installation: randomUUID(), database: randomUUID() })
const refusal = async (needs: OwnerNeeds): Promise<string> => {
  const fault: unknown = await claimTopics(needs).catch((error: unknown) => error)
  expect(isGatewayError(fault, 'settings.invalid'), String(fault)).toBe(true)
  return (fault as Error).message
}
const forget = async (group: string): Promise<void> => {
  const admin = new kafkajs.Kafka({ brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.deleteGroups([group])
  await admin.disconnect()
}

describe('two installations on one prefix', () => {
  it('G1 the second is refused with what to set; the first starts again; when the mark is taken away the second may', async () => {
    const [mine, theirs] = [anInstallation(), anInstallation()]
    const topics = await topicsOf()
    await claimTopics({ ...topics, us: mine })
    await claimTopics({ ...topics, us: mine })
    expect(await refusal({ ...topics, us: theirs })).toMatch(
      new RegExp(
        `^The topics ${topics.prefix}… of this Kafka are another installation’s: ${mine.installation}, .* is ${theirs.installation}\\..*Set INLET_KAFKA_PREFIX to one of its own`,
      ),
    )
    await forget(`${topics.prefix}installation`)
    await claimTopics({ ...topics, us: theirs })
    expect(await refusal({ ...topics, us: mine })).toContain(theirs.installation)
  })

  it('G1 a copy of a database is refused beside the one that lives, and takes its place when that is silent', async () => {
    const mine = anInstallation()
    const topics = await topicsOf()
    await claimTopics({ ...topics, us: mine })
    const copy = { ...topics, us: { ...mine, database: randomUUID() } }
    expect(await refusal(copy)).toMatch(/on another database, of which this one is a copy .*INLET_KAFKA_PREFIX/)
    await topics.owners.own({ ...mine, at: new Date(Date.now() - 400_000).toISOString() })
    await claimTopics(copy)
    expect(await topics.owners.owner()).toMatchObject(copy.us)
  })

  it('G1 F6 one that runs says again whose they are where the broker forgot it, and ends when another came in between', async () => {
    const us = anInstallation()
    const topics = await topicsOf()
    const sleep = () => new Promise<void>((done) => setTimeout(done, 20))
    await claimTopics({ ...topics, us })
    await forget(topics.owners.group)
    const clock = { ...systemClock, sleep }
    const watching = watchTopics({ ...topics, us, clock }, AbortSignal.timeout(15_000))
    await expect.poll(() => topics.owners.owner()).toMatchObject(us)
    const at = new Date().toISOString()
    const ended = watching.then(
      () => 'by its signal',
      (error: Error) => error.message,
    )
    // Its own word may come in between: the other one says it until it was heard.
    const other = anInstallation()
    while (!(await Promise.race([ended, sleep()]))) await topics.owners.own({ ...other, at })
    expect(await ended).toContain(`another installation’s: ${other.installation}`)
  })

  it('G16 one that stops waits for no answer of a broker that says nothing', async () => {
    const topics = await topicsOf()
    const asked = Promise.withResolvers<void>()
    const owner = () => (asked.resolve(), new Promise<never>(() => undefined))
    const clock = { ...systemClock, sleep: async () => undefined }
    const stop = new AbortController()
    const watching = watchTopics(
      { ...topics, clock, owners: { ...topics.owners, owner }, us: anInstallation() },
      stop.signal,
    )
    await asked.promise
    stop.abort()
    await watching
  })

  it('a database is one installation for all its processes, and a copy of it can be told apart', async () => {
    const [one, other] = await Promise.all([freshDatabase(), freshDatabase()])
    onTestFinished(async () => void (await Promise.all([one.close(), other.close()])))
    const [first, again, copy] = await Promise.all([one, one, other].map((it) => installationOf(it)))
    expect(again).toEqual(first)
    expect(copy?.installation).toBe(first?.installation)
    expect(copy?.database).not.toBe(first?.database)
  })
})
