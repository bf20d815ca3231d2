// Promises between processes: wake-ups are hints, partitions are shared, and the dead are replaced.
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AnyEvent } from '../../../schemas/events.ts'
import type { Instant } from '../../../schemas/ids.ts'
import { anEvent, anEventOf, idsOf } from '../../support/make.ts'
import { eventually, inTime, linesOf, logFor, pause, read, roundsOf, type MakeLog, type Reader } from './under-test.ts'

const eventOf = (key: string): AnyEvent => anEvent({ key })
const wake = {
  wake: 'wak_x',
  kind: 'close_ticket',
  subject: 'x',
  dueAt: '2026-11-01T12:00:00.000Z' as Instant,
  basis: null,
} as const
const different = (...readers: readonly Reader[]): number =>
  new Set(readers.flatMap((reader) => idsOf(reader.got))).size

export function sharing(makeLog: MakeLog): void {
  describe('several processes', () => {
    it('G11 wake-ups lost on purpose delay by at most the poll time', async () => {
      const under = await logFor(makeLog)
      const deaf = await under.open({ deaf: true })
      const writer = await under.open({ deaf: true })
      let at = 0
      const reader = read(deaf, {
        handle: async () => {
          at = performance.now()
        },
      })
      await writer.append({ events: [anEvent()] }, inTime())
      await reader.until(1)
      const delays: number[] = []
      for (let n = 2; n <= 5; n++) {
        await writer.append({ events: [anEvent()] }, inTime())
        const appendedAt = performance.now()
        await reader.until(n)
        delays.push(at - appendedAt)
      }
      expect(Math.max(...delays)).toBeLessThan(under.pollMs + 700)
    })

    it('an append of one process is heard by another without waiting for the poll', async () => {
      const under = await logFor(makeLog)
      const [log, writer] = [await under.open(), await under.open()]
      let at = 0
      const reader = read(log, {
        handle: async () => {
          at = performance.now()
        },
      })
      const delays: number[] = []
      for (let n = 1; n <= 12; n++) {
        await writer.append({ events: [anEvent()] }, inTime())
        const appendedAt = performance.now()
        await reader.until(n)
        delays.push(at - appendedAt)
      }
      // Several of them: a poll may always come first by chance, but not every time.
      expect(delays.slice(2).toSorted((a, b) => a - b)[5]).toBeLessThan(under.pollMs / 2)
    })

    it('G9 G15 processes share partitions and hand over, in order and without a loss', async () => {
      const under = await logFor(makeLog)
      const writer = await under.open()
      const rounds: AnyEvent[][] = []
      const stop = new AbortController()
      const writing = (async () => {
        while (!stop.signal.aborted) {
          const events = roundsOf(24, 1, eventOf)
          rounds.push(events)
          await writer.append({ events }, inTime())
          await pause(20)
        }
      })()
      const finished: AnyEvent[] = []
      const handle = async (batch: readonly AnyEvent[]): Promise<void> => {
        await pause(2)
        finished.push(...batch)
      }
      const first = read(await under.open(), { handle })
      await first.until(100)
      const second = read(await under.open(), { handle })
      await second.until(200)
      await first.stop()
      const third = read(await under.open(), { handle })
      await third.until(200)
      stop.abort()
      await writing
      const events = rounds.flat()
      await eventually('all events', () => different(first, second, third) === events.length)
      // At least once: a repeat is allowed, also here.
      const once = [...new Map(finished.map((event) => [event.id, event])).values()]
      for (const key of ['key-0', 'key-7', 'key-23'])
        expect(idsOf(once.filter((event) => event.key === key))).toEqual(
          idsOf(events.filter((event) => event.key === key)),
        )
    })

    it('G15 a process that comes gets its share of each topic, not one topic whole', async () => {
      const under = await logFor(makeLog)
      const types = ['message.received', 'wake.due'] as const
      const writer = await under.open()
      const [before, after] = [await under.open(), await under.open()]
      const first = read(before, { types })
      await eventually('a place', () => before.hasPlace('group'))
      const second = read(after, { types })
      await eventually('a share of each topic for both', async () => {
        for (const reader of [first, second]) reader.got.length = 0
        const keys = Array.from({ length: 24 }, (_, n) => `key ${n}`)
        const events = keys.flatMap((key) => [anEvent({ key }), anEventOf('wake.due', wake, { key })])
        await writer.append({ events }, inTime())
        await pause(200)
        const had = [first, second].map(({ got }) => new Set(got.map(({ type }) => type)).size)
        return had.every((count) => count === types.length)
      })
    })

    it('M3 G15 a reader has its place in the group when it was let in, not before and not after it left; also one for whom no partition is left', async () => {
      const under = await logFor(makeLog)
      const [log, other] = [await under.open(), await under.open()]
      const asked = log.hasPlace('group')
      const readers = Array.from({ length: 2 }, () => read(log))
      // Asked in the same turn: nobody can have been let in yet.
      expect([asked, log.hasPlace('group')]).toEqual([false, false])
      await eventually('a place', () => log.hasPlace('group'))
      const others = Array.from({ length: 12 }, () => read(other))
      await eventually('a place for one more process than there are partitions', () => other.hasPlace('group'))
      expect([log.hasPlace('another'), other.hasPlace('another')]).toEqual([false, false])
      await Promise.all([...readers, ...others].map((it) => it.stop()))
      expect([log.hasPlace('group'), other.hasPlace('group')]).toEqual([false, false])
    })

    it('G16 a process that stops lets go at once: another reads on without waiting for leases to end', async () => {
      const under = await logFor(makeLog)
      const [log, other] = [await under.open(), await under.open()]
      await log.append({ events: roundsOf(12, 1, eventOf) }, inTime())
      const first = read(log)
      await first.until(12)
      await first.stop()
      const began = performance.now()
      const second = read(other)
      await log.append({ events: roundsOf(12, 1, eventOf) }, inTime())
      await second.until(12)
      expect(performance.now() - began).toBeLessThan(4_500)
    })

    it('G12 F1 a second consumer takes over when the first dies (kill -9), and gets again what was not finished', async () => {
      const under = await logFor(makeLog)
      const log = await under.open()
      const child = under.process('group', 600)
      onTestFinished(() => void child.kill('SIGKILL'))
      const { lines, until } = linesOf(child)
      const events = roundsOf(12, 10, eventOf)
      await log.append({ events: events.slice(0, 60) }, inTime())
      await until(() => lines.some((line) => line.startsWith('handled')))
      await log.append({ events: events.slice(60) }, inTime())
      const begun = lines.filter((line) => line.startsWith('handling')).length
      await until(() => lines.filter((line) => line.startsWith('handling')).length > begun)
      // Long enough for a position that moved too early to be written down.
      await pause(300)
      child.kill('SIGKILL')
      const finished = lines.filter((line) => line.startsWith('handled')).map((line) => line.slice('handled '.length))
      const reader = read(log)
      const covered = () => new Set([...finished, ...idsOf(reader.got)])
      await eventually('all events, by the dead or the living', () => covered().size === events.length)
      expect(covered()).toEqual(new Set(idsOf(events)))
      const inHand = lines.filter((line) => line.startsWith('handling')).map((line) => line.slice('handling '.length))
      const unfinished = inHand.filter((id) => !finished.includes(id))
      expect(unfinished.length).toBeGreaterThan(0)
      expect(idsOf(reader.got)).toEqual(expect.arrayContaining(unfinished))
    })
  })
}
