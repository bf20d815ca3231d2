// Promises of consume within one process: in order, nothing skipped, again after a rejection, on from where it stood.
import { describe, expect, it } from 'vitest'
import type { AnyEvent } from '../../../schemas/events.ts'
import type { TicketId } from '../../../schemas/ids.ts'
import { anEvent, anEventOf, idsOf } from '../../support/make.ts'
import { eventually, inTime, logFor, pause, read, roundsOf, type MakeLog } from './under-test.ts'

const eventOf = (key: string, round: number): AnyEvent => anEvent({ key, data: { text: String(round) } })
const byKey = (events: readonly AnyEvent[]): Map<string, readonly string[]> =>
  new Map(
    Map.groupBy(events, (event) => event.key)
      .entries()
      .map(([key, list]) => [key, idsOf(list)]),
  )

export function reading(makeLog: MakeLog): void {
  describe('consume', () => {
    it('G9 keeps order within a key', async () => {
      const log = await (await logFor(makeLog)).open()
      const reader = read(log, { handlers: 3 })
      const events = roundsOf(24, 20, eventOf)
      for (let from = 0; from < events.length; from += 37)
        await log.append({ events: events.slice(from, from + 37) }, inTime())
      await reader.until(events.length)
      expect(byKey(reader.got)).toEqual(byKey(events))
    })

    it.each([
      ['as many as it asked for', 40, 40, 1],
      ['a hundred, where it says nothing', undefined, 100, 1],
      ['more than a hundred, where it asked for more,', 200, 200, 101],
    ])('G9 a batch holds %s at the most, in order, and all come', async (_what, most, bound, least) => {
      const log = await (await logFor(makeLog)).open()
      const events = Array.from({ length: 240 }, () => anEvent({ key: 'one' }))
      await log.append({ events }, inTime())
      const reader = read(log, most === undefined ? {} : { most })
      await reader.until(events.length)
      const largest = Math.max(...reader.batches.map(({ length }) => length))
      expect(largest).toBeLessThanOrEqual(bound)
      expect(largest).toBeGreaterThanOrEqual(least)
      expect(idsOf(reader.got)).toEqual(idsOf(events))
    })

    it('G9 who reads every so often takes what came meanwhile at once, in order, and waits for nothing after a quiet time', async () => {
      const log = await (await logFor(makeLog)).open()
      const everyMs = 3_000
      const reader = read(log, { everyMs })
      const [first, ...others] = Array.from({ length: 6 }, () => anEvent({ key: 'one' }))
      await log.append({ events: [first!] }, inTime())
      await reader.until(1)
      const firstAt = performance.now()
      for (const event of others) await log.append({ events: [event] }, inTime())
      await reader.until(6)
      expect(performance.now() - firstAt).toBeGreaterThan(everyMs / 2)
      expect(reader.batches.map(idsOf)).toEqual([[first!.id], idsOf(others)])
      await pause(everyMs)
      const quietAt = performance.now()
      await log.append({ events: [anEvent({ key: 'one' })] }, inTime())
      await reader.until(7)
      expect(performance.now() - quietAt).toBeLessThan(everyMs / 2)
    })

    it('G9 who reads every so often waits for nothing where a batch is full', async () => {
      const log = await (await logFor(makeLog)).open()
      const events = Array.from({ length: 200 }, () => anEvent({ key: 'one' }))
      const reader = read(log, { everyMs: 5_000, most: 20 })
      const began = performance.now()
      await log.append({ events }, inTime())
      await reader.until(events.length)
      expect(performance.now() - began).toBeLessThan(4_000)
      expect(idsOf(reader.got)).toEqual(idsOf(events))
    })

    it('G12 delivers again after a rejection: the same batch, in order, before what follows', async () => {
      const log = await (await logFor(makeLog)).open()
      const events = Array.from({ length: 5 }, () => anEvent({ key: 'one' }))
      await log.append({ events }, inTime())
      const tried: (readonly string[])[] = []
      const reader = read(log, {
        handle: async (batch) => {
          tried.push(idsOf(batch))
          if (tried.length <= 2) throw new Error('on purpose')
        },
      })
      await reader.until(5)
      expect(tried).toEqual([idsOf(events), idsOf(events), idsOf(events)])
    })

    it('G12 a batch that fails does not hold up the other handlers of the process', async () => {
      const log = await (await logFor(makeLog)).open()
      const bad = anEvent({ key: 'bad' })
      await log.append({ events: [bad] }, inTime())
      let fails = true
      let failures = 0
      const reader = read(log, {
        handlers: 4,
        handle: async (batch) => {
          if (!fails || !batch.some((event) => event.id === bad.id)) return
          failures++
          throw new Error('on purpose')
        },
      })
      await eventually('the first failure', () => failures > 0)
      const others = roundsOf(40, 1, eventOf)
      await log.append({ events: others }, inTime())
      // Most keys lie with the three handlers that are free.
      await reader.until(20)
      expect(idsOf(reader.got)).not.toContain(bad.id)
      fails = false
      await reader.until(others.length + 1)
    })

    it('one handler a key at a time', async () => {
      const log = await (await logFor(makeLog)).open()
      const inHand = new Set<string>()
      const twice: string[] = []
      const handle = async (batch: readonly AnyEvent[]): Promise<void> => {
        const keys = [...new Set(batch.map((event) => event.key))]
        twice.push(...keys.filter((key) => inHand.has(key)))
        for (const key of keys) inHand.add(key)
        await pause(3)
        for (const key of keys) inHand.delete(key)
      }
      const reader = read(log, { handlers: 4, handle })
      const events = roundsOf(16, 25, eventOf)
      for (let from = 0; from < events.length; from += 16)
        await log.append({ events: events.slice(from, from + 16) }, inTime())
      await reader.until(events.length)
      expect(twice).toEqual([])
    })

    it('events of other types are passed over, also when they are many', async () => {
      const log = await (await logFor(makeLog)).open()
      const noise = Array.from({ length: 2_500 }, () => anEvent({ key: 'one' }))
      const wanted = anEventOf('message.deleted', deletedData, { key: 'one' })
      await log.append({ events: noise }, inTime())
      await log.append({ events: [wanted, anEvent({ key: 'one' })] }, inTime())
      const reader = read(log, { types: ['message.deleted'] })
      await reader.until(1)
      await eventually('no lag', async () => (await log.lag('group')).events === 0)
      expect(reader.got).toEqual([wanted])
    })

    it('G18 events of their topics whose type this build does not know are given to every group, in order, and to nobody of other topics', async () => {
      const log = await (await logFor(makeLog)).open()
      const newer = { ...anEvent({ key: 'one' }), type: 'message.celebrated' } as unknown as AnyEvent
      const ours = [anEvent({ key: 'one' }), newer, anEvent({ key: 'one' })]
      const tagged = anEventOf('ticket.tagged', { ticket: 'tkt_x' as TicketId, tag: 'x' }, { key: 'one' })
      await log.append({ events: [...ours, tagged] }, inTime())
      const reader = read(log)
      const rare = read(log, { group: 'rare', types: ['message.deleted'] })
      const elsewhere = read(log, { group: 'elsewhere', types: ['ticket.tagged'] })
      await reader.until(ours.length)
      await rare.until(1)
      await elsewhere.until(1)
      for (const group of ['group', 'rare', 'elsewhere'])
        await eventually('no lag', async () => (await log.lag(group)).events === 0)
      expect([reader.got, rare.got, elsewhere.got]).toEqual([ours, [newer], [tagged]])
    })

    it('G10 a late commit is not skipped', async () => {
      const under = await logFor(makeLog)
      const log = await under.open()
      const reader = read(log)
      const late = anEvent({ key: 'late' })
      const commit = await under.holdOpen(late)
      const after = anEvent({ key: 'late' })
      const appending = log.append({ events: [after] }, inTime())
      const others = roundsOf(12, 2, eventOf)
      const elsewhere = Promise.allSettled(others.map((event) => log.append({ events: [event] }, inTime())))
      await pause(2 * under.pollMs)
      expect(idsOf(reader.got)).not.toContain(late.id)
      await commit()
      await Promise.all([appending, elsewhere])
      await reader.until(others.length + 2)
      expect(idsOf(reader.got.filter((event) => event.key === 'late'))).toEqual([late.id, after.id])
    })

    it('G10 a cursor reader misses nothing while eight writers overlap', async () => {
      const under = await logFor(makeLog)
      const reader = read(await under.open())
      const writers = await Promise.all(Array.from({ length: 8 }, () => under.open()))
      const wrote = await Promise.all(
        writers.map(async (log) => {
          const mine: AnyEvent[] = []
          for (let round = 0; round < 25; round++) {
            const events = roundsOf(6, 1, eventOf)
            await log.append({ events }, inTime())
            mine.push(...events)
          }
          return mine
        }),
      )
      const events = wrote.flat()
      await reader.until(events.length)
      expect(idsOf(reader.got).toSorted()).toEqual(idsOf(events).toSorted())
    })

    it('resumes where the group stood', async () => {
      const under = await logFor(makeLog)
      const log = await under.open()
      const [first, second] = [roundsOf(12, 3, eventOf), roundsOf(12, 3, eventOf)]
      await log.append({ events: first }, inTime())
      const before = read(log)
      await before.until(first.length)
      await before.stop()
      await log.close()
      const again = await under.open()
      await again.append({ events: second }, inTime())
      const after = read(again)
      await after.until(second.length)
      expect(idsOf(after.got).toSorted()).toEqual(idsOf(second).toSorted())
    })

    it('each group gets everything, from the oldest event kept', async () => {
      const log = await (await logFor(makeLog)).open()
      const events = roundsOf(5, 4, eventOf)
      await log.append({ events }, inTime())
      const readers = ['one', 'two'].map((group) => read(log, { group }))
      for (const reader of readers) await reader.until(events.length)
      for (const reader of readers) expect(byKey(reader.got)).toEqual(byKey(events))
    })

    it('G16 stops cleanly: the handler under way ends, its position is kept, nothing new begins', async () => {
      const under = await logFor(makeLog)
      const log = await under.open()
      const events = Array.from({ length: 150 }, () => anEvent({ key: 'one' }))
      await log.append({ events }, inTime())
      let began = 0
      let ended = 0
      const reader = read(log, {
        handle: async () => {
          began++
          await pause(200)
          ended++
        },
      })
      await eventually('the first handler', () => began === 1)
      await reader.stop()
      expect([began, ended]).toEqual([1, 1])
      const rest = read(log)
      await rest.until(50)
      expect(idsOf([...reader.got, ...rest.got])).toEqual(idsOf(events))
    })

    it('G16 stops at once while a batch fails again and again', async () => {
      const log = await (await logFor(makeLog)).open()
      await log.append({ events: [anEvent()] }, inTime())
      let failures = 0
      const reader = read(log, {
        handle: async () => {
          failures++
          throw new Error('on purpose')
        },
      })
      await eventually('the third failure', () => failures >= 3)
      const began = performance.now()
      await reader.stop()
      expect(performance.now() - began).toBeLessThan(5_000)
    })

    it('M2 lag reaches zero, and says how many and how old before', async () => {
      const log = await (await logFor(makeLog)).open()
      await log.append({ events: [anEvent({ key: 'first' })] }, inTime())
      const before = read(log)
      await before.until(1)
      await before.stop()
      await log.append({ events: roundsOf(12, 2, eventOf) }, inTime())
      await pause(50)
      const behind = await log.lag('group')
      expect(behind.events).toBe(24)
      expect(behind.oldestSeconds).toBeGreaterThanOrEqual(0.05)
      expect(behind.oldestSeconds).toBeLessThan(15)
      read(log)
      await eventually('no lag', async () => (await log.lag('group')).events === 0)
      expect(await log.lag('group')).toEqual({ events: 0, oldestSeconds: 0 })
    })
  })
}

const deletedData = {
  target: 'vendor-1',
  revision: '1',
  by: null,
  threadKeys: [],
  receivedAt: anEvent().receivedAt,
}
