// Readers and writers of the log in Kafka when something is wrong with them: frozen, slow, cut off; topics gone, records too large.
import kafkajs, { type Admin } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isGatewayError } from '../../core/errors.ts'
import { partitionOf } from '../../core/runtime/partition.ts'
import { eventually, inTime, linesOf, read, roundsOf } from '../../test/contracts/event-log/under-test.ts'
import { startKafkaBroker, type KafkaBroker } from '../../test/support/kafka-broker.ts'
import { kafkaDoor } from '../../test/support/kafka-door.ts'
import { freshPrefix, kafkaLogUnderTest, openKafkaLog } from '../../test/support/kafka-logs.ts'
import { anEvent, idsOf } from '../../test/support/make.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { systemClock } from './clock.ts'

/** The least a broker allows; as the logs of these tests have it. */
const sessionMs = 6_000
let broker: KafkaBroker
beforeAll(async () => {
  broker = await startKafkaBroker()
}, 120_000)
afterAll(() => broker.close())

/** One that knows of no topics yet: the client's own stumbles over those that went. */
async function asAdmin<T>(ask: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new kafkajs.Kafka({ brokers: [broker.address], logLevel: kafkajs.logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await ask(admin)
  } finally {
    await admin.disconnect()
  }
}

const opened = async (prefix = freshPrefix(), more: Parameters<typeof openKafkaLog>[2] = {}) => {
  const log = await openKafkaLog(broker, prefix, more)
  onTestFinished(() => log.close())
  return { log, prefix }
}
const eventOf = (key: string) => anEvent({ key })
/** Of a group, over all partitions: how many records lie before its positions. */
async function passed(groupId: string, topic: string): Promise<number> {
  const found = await asAdmin((admin) => admin.fetchOffsets({ groupId, topics: [topic] }))
  const offsets = found.flatMap((it) => it.partitions.map(({ offset }) => Math.max(0, Number(offset))))
  return offsets.reduce((a, b) => a + b, 0)
}
async function lying(topic: string): Promise<number> {
  const ends = await asAdmin((admin) => admin.fetchTopicOffsets(topic))
  return ends.reduce((sum, it) => sum + Number(it.high), 0)
}

describe('members of a group', () => {
  it('F9 G15 one that was frozen longer than the group waits wakes up and sets no position back, and what it missed was done by another', async () => {
    const under = await kafkaLogUnderTest(broker)
    onTestFinished(() => under.close())
    const log = await under.open()
    const child = under.process('group', 300)
    onTestFinished(() => {
      child.kill('SIGCONT')
      child.kill('SIGKILL')
    })
    const { lines, until } = linesOf(child)
    const events = roundsOf(12, 6, eventOf)
    await log.append({ events: events.slice(0, 24) }, inTime())
    await until(() => lines.filter((line) => line.startsWith('handling')).length > 12)
    // With a batch in hand: it will want to say that it is done with it.
    child.kill('SIGSTOP')
    await log.append({ events: events.slice(24) }, inTime())
    const other = read(log)
    const finished = () =>
      lines.filter((line) => line.startsWith('handled ')).map((line) => line.slice('handled '.length))
    await eventually('all events, by the frozen or the living', () => {
      const covered = new Set([...finished(), ...idsOf(other.got)])
      return covered.size === events.length
    })
    const { groups } = await asAdmin((admin) => admin.listGroups())
    const groupId = groups.map((it) => it.groupId).find((it) => it.endsWith('.inlet.group')) ?? 'none'
    const topic = groupId.replace(/group$/, 'message')
    await eventually('positions at the end', async () => (await passed(groupId, topic)) === events.length)
    child.kill('SIGCONT')
    const before = other.got.length
    await until(() => finished().length >= 12)
    for (let n = 0; n < 8; n++) {
      expect(await passed(groupId, topic)).toBe(events.length)
      await systemClock.sleep(100, inTime())
    }
    expect(other.got.length).toBe(before)
    // It is a member like any other again.
    const more = roundsOf(12, 4, eventOf)
    const said = lines.length
    await log.append({ events: more }, inTime())
    await eventually('the woken to take its share', () => lines.length > said)
  }, 60_000)

  it('G15 G1 who takes a partition over and has handled nothing yet leaves the positions where the group stood', async () => {
    const { log, prefix } = await opened()
    const first = read(log)
    const before = roundsOf(12, 3, eventOf)
    await log.append({ events: before }, inTime())
    await first.until(before.length)
    await first.stop()
    const place = () => passed(`${prefix}group`, `${prefix}message`)
    expect(await place()).toBe(before.length)
    const letGo = Promise.withResolvers<void>()
    const second = read(log, { handle: () => letGo.promise })
    await log.append({ events: roundsOf(12, 1, eventOf) }, inTime())
    // Longer than it takes to write a position down, several times over.
    const places = new Set<number>()
    for (let n = 0; n < 20; n++) {
      places.add(await place())
      await systemClock.sleep(100, inTime())
    }
    expect([...places]).toEqual([before.length])
    letGo.resolve()
    await second.until(12)
    expect(second.got.length).toBe(12)
  })

  it('F10 G15 a handler slower than the session keeps its place: nothing comes twice, and the other partitions go on meanwhile', async () => {
    const { log } = await opened()
    const slowKey = 'slow'
    const slowAt = partitionOf(slowKey, 12)
    const quickKeys = Array.from({ length: 40 }, (_, n) => `quick-${n}`).filter(
      (key) => partitionOf(key, 12) !== slowAt,
    )
    const slow = { isDone: false }
    const reader = read(log, {
      handlers: 2,
      handle: async (batch) => {
        if (!batch.some((event) => event.key === slowKey)) return
        await systemClock.sleep(sessionMs + 1_500, AbortSignal.timeout(30_000))
        slow.isDone = true
      },
    })
    await log.append({ events: [anEvent({ key: slowKey })] }, inTime())
    let sent = 0
    while (!slow.isDone) {
      // Each goes to the handler that is free, or to the one that is not: only partitions of the busy one may wait.
      await log.append({ events: quickKeys.map(eventOf) }, inTime())
      sent += quickKeys.length
      await systemClock.sleep(250, inTime())
    }
    const meanwhile = reader.got.length
    expect(meanwhile).toBeGreaterThan(sent / 4)
    await reader.until(sent + 1)
    expect(reader.got.length).toBe(sent + 1)
  })
})

describe('what is missing or too large', () => {
  it('F6 G1 topics that are deleted under a running gateway are made anew and said to be lost; writing and reading go on', async () => {
    const kept = keptLog()
    const { log, prefix } = await opened(freshPrefix(), { log: kept })
    const reader = read(log)
    await log.append({ events: roundsOf(12, 1, eventOf) }, inTime())
    await reader.until(12)
    await asAdmin((admin) => admin.deleteTopics({ topics: [`${prefix}message`] }))
    // The broker says yes before it has let go of the topic: until then it takes what is written to it.
    await eventually('the loss to be said', async () => {
      await log.append({ events: roundsOf(12, 1, eventOf) }, AbortSignal.timeout(30_000))
      return kept.lines.some((it) => it.message === 'Topics are missing and are made anew; what they held is lost.')
    })
    const events = roundsOf(12, 2, eventOf)
    await log.append({ events }, AbortSignal.timeout(30_000))
    await eventually('what was written then to be read', () => {
      const got = new Set(idsOf(reader.got))
      return idsOf(events).every((id) => got.has(id))
    })
  }, 60_000)

  it('F6 a record larger than its topic takes harms only itself, also when the topic came to take less', async () => {
    const { log, prefix } = await opened()
    const configEntries = [{ name: 'max.message.bytes', value: '20000' }]
    const topic = { type: kafkajs.ConfigResourceTypes.TOPIC, name: `${prefix}message`, configEntries }
    await asAdmin((admin) => admin.alterConfigs({ validateOnly: false, resources: [topic] }))
    const tooLarge = () => anEvent({ key: 'key-0', data: { text: 'x'.repeat(40_000) } })
    let answers: readonly PromiseSettledResult<void>[] = []
    // The broker takes a moment to believe its new setting.
    await eventually('the large one to be refused', async () => {
      const events = [...roundsOf(1, 3, eventOf), tooLarge()]
      answers = await Promise.allSettled(events.map((event) => log.append({ events: [event] }, inTime())))
      return answers.at(-1)?.status === 'rejected'
    })
    expect(answers.map((it) => it.status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    expect(isGatewayError((answers[3] as PromiseRejectedResult).reason, 'event.invalid')).toBe(true)
    const fault: unknown = await openKafkaLog(broker, prefix).catch((error: unknown) => error)
    expect(isGatewayError(fault, 'settings.invalid') && fault.message).toMatch(
      /takes records of 20000 bytes .*Raise its max\.message\.bytes/,
    )
  })
})

describe('a place in a group', () => {
  it('M3 G9 is lost when the group says nothing for a session, and is there again when it does', async () => {
    const door = kafkaDoor()
    const address = { brokers: [broker.address], socketFactory: door.socketFactory }
    let ahead = 0
    const clock = { ...systemClock, ticks: () => systemClock.ticks() + ahead }
    const { log } = await opened(freshPrefix(), { address, clock })
    const reader = read(log)
    await eventually('a place', () => log.hasPlace('group'))
    const release = door.hang()
    ahead = sessionMs
    expect(log.hasPlace('group')).toBe(false)
    release()
    await eventually('its place again', () => log.hasPlace('group'))
    await reader.stop()
  })
})

describe('answers that are lost', () => {
  it('F5 F7 G9 what was written and whose answer never came is written once and in order', async () => {
    const door = kafkaDoor()
    const address = { brokers: [broker.address], socketFactory: door.socketFactory }
    const { log, prefix } = await opened(freshPrefix(), { address })
    const events = roundsOf(12, 20, eventOf)
    for (let n = 0; n < events.length; n += 24) {
      if (n % 48 === 0) door.loseAnswers(2)
      await log.append({ events: events.slice(n, n + 24) }, AbortSignal.timeout(30_000))
    }
    door.loseAnswers(0)
    expect(door.lost).toBeGreaterThan(5)
    expect(await lying(`${prefix}message`)).toBe(events.length)
    const reader = read(log)
    await reader.until(events.length)
    for (const key of ['key-0', 'key-11'])
      expect(idsOf(reader.got.filter((event) => event.key === key))).toEqual(
        idsOf(events.filter((event) => event.key === key)),
      )
  }, 60_000)

  it('F6 a connection whose other end is gone without a word is made anew, not written into for a quarter of an hour', async () => {
    const door = kafkaDoor()
    const address = { brokers: [broker.address], socketFactory: door.socketFactory, silentMs: 1_500 }
    const { log } = await opened(freshPrefix(), { address })
    const reader = read(log)
    await log.append({ events: roundsOf(12, 1, eventOf) }, inTime())
    await reader.until(12)
    door.deaden()
    const began = performance.now()
    await log.append({ events: roundsOf(12, 1, eventOf) }, AbortSignal.timeout(30_000))
    expect(performance.now() - began).toBeLessThan(8_000)
    await eventually('the log to be ready', () =>
      log.ping(inTime()).then(
        () => true,
        () => false,
      ),
    )
    await reader.until(24)
  }, 60_000)
})
