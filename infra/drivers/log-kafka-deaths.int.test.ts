// Members of a group that are killed: nobody waits a session for them where the database can tell that they died.
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { eventually, inTime, linesOf, read, roundsOf } from '../../test/contracts/event-log/under-test.ts'
import { freshDatabase } from '../../test/support/database.ts'
import { startKafkaBroker, type KafkaBroker } from '../../test/support/kafka-broker.ts'
import { freshPrefix, openKafkaLog, readerProcess } from '../../test/support/kafka-logs.ts'
import { anEvent, idsOf } from '../../test/support/make.ts'

let broker: KafkaBroker
beforeAll(async () => {
  broker = await startKafkaBroker()
}, 120_000)
afterAll(() => broker.close())

/** Far longer than this test may take: who waits for one session fails it. */
const sessionMs = 120_000
const deaths = 3

it('G15 F9 members that are killed one after the other, while others join, keep no partition waiting for their sessions', async () => {
  const database = await freshDatabase()
  onTestFinished(() => database.close())
  const prefix = freshPrefix()
  await database.presence.show()
  const log = await openKafkaLog(broker, prefix, { sessionMs, presence: database.presence })
  onTestFinished(() => log.close())
  const living = read(log)
  const kafka = { broker: broker.address, prefix, sessionMs }
  const join = () => {
    const child = readerProcess({ kafka, databaseUrl: database.url, group: 'group', forMs: 1 })
    onTestFinished(() => void child.kill('SIGKILL'))
    return { child, ...linesOf(child) }
  }
  const round = async () => {
    const events = roundsOf(12, 1, (key) => anEvent({ key }))
    await log.append({ events }, inTime())
    return events
  }
  for (let n = 0, next = join(); n < deaths; n++) {
    const victim = next
    await eventually('a share of the partitions', async () => {
      await round()
      return victim.lines.some((line) => line.startsWith('handled'))
    })
    victim.child.kill('SIGKILL')
    // Who joins now would wait for the dead one.
    next = join()
    const events = await round()
    const { lines } = next
    await eventually('every partition to be read by those that live', () => {
      const handled = lines.filter((line) => line.startsWith('handled ')).map((line) => line.slice('handled '.length))
      const got = new Set([...idsOf(living.got), ...handled])
      return idsOf(events).every((id) => got.has(id))
    })
  }
}, 100_000)

it('G15 who is connected to the database is known by all, and a moment after it is gone by nobody', async () => {
  const [one, other] = [await freshDatabase(), await freshDatabase()]
  onTestFinished(() => Promise.all([one.close(), other.close()]).then(() => undefined))
  await Promise.all([one.presence.show(), other.presence.show()])
  await eventually('the server to be up for a while', async () => (await one.presence.alive()) !== null)
  // Of its own database alone.
  expect(await one.presence.alive()).toEqual(new Set([one.presence.mark]))
  const child = readerProcess({
    kafka: { broker: broker.address, prefix: freshPrefix(), sessionMs },
    databaseUrl: one.url,
    group: 'group',
    forMs: 1,
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await eventually('the other process', async () => (await one.presence.alive())?.size === 2)
  child.kill('SIGKILL')
  await eventually('its end', async () => (await one.presence.alive())?.size === 1)
})
