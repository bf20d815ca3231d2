// Promises of append, of raws and of readiness: durable or refused, within the time given, nobody harmed by a neighbour.
import { describe, expect, it } from 'vitest'
import { isGatewayError } from '../../../core/errors.ts'
import type { KeptRaw } from '../../../core/ports/event-log.ts'
import type { BlobRef, Instant } from '../../../schemas/ids.ts'
import { anEvent, aRaw, idsOf, testInstant } from '../../support/make.ts'
import { eventually, inTime, logFor, read, type MakeLog } from './under-test.ts'

const codeOf = async (doing: Promise<unknown>): Promise<string> => {
  try {
    await doing
    return 'no fault'
  } catch (error) {
    return isGatewayError(error) ? error.code : String(error)
  }
}
const all = async <T>(many: AsyncIterable<T>): Promise<readonly T[]> => Array.fromAsync(many)
const at = (ms: number): Instant => new Date(Date.parse(testInstant) + ms).toISOString() as Instant

export function appending(makeLog: MakeLog): void {
  describe('append', () => {
    it('events come back equal, whatever the alphabet', async () => {
      const log = await (await logFor(makeLog)).open()
      const text = 'İstanbul’da ₺1.250 – "ğüşıöç" 🧵👩‍👩‍👧 \\ / \u2028 \u200f\u0001 日本語'
      const where = { kind: 'location', latitude: 41.0082, nested: { deep: [1, null, ''] } }
      const event = anEvent({ data: { text, parts: [where] } })
      await log.append({ events: [event] }, inTime())
      const reader = read(log)
      await reader.until(1)
      expect(reader.got).toEqual([event])
    })

    it('concurrent appends share writes', async () => {
      const under = await logFor(makeLog)
      const log = await under.open()
      await Promise.all(
        Array.from({ length: 200 }, () => log.append({ events: [anEvent()], raws: [aRaw()] }, inTime())),
      )
      expect(await under.writes()).toBeLessThanOrEqual(20)
    })

    it('a call of more rows than a write is not torn and keeps its order', async () => {
      const log = await (await logFor(makeLog)).open()
      const events = Array.from({ length: 1_200 }, () => anEvent({ key: 'one' }))
      await log.append({ events }, inTime())
      const reader = read(log)
      await reader.until(events.length)
      expect(idsOf(reader.got)).toEqual(idsOf(events))
      expect(Math.max(...reader.batches.map((batch) => batch.length))).toBeLessThanOrEqual(100)
    })

    it('one bad row never fails its neighbours’ shared write', async () => {
      const under = await logFor(makeLog)
      const log = await under.open()
      const good = Array.from({ length: 20 }, () => anEvent())
      const calls = [...good.slice(0, 10), under.unstorable, ...good.slice(10)].map((event) =>
        codeOf(log.append({ events: [event] }, inTime())),
      )
      const codes = await Promise.all(calls)
      expect(codes).toEqual(codes.map((_, index) => (index === 10 ? 'event.invalid' : 'no fault')))
      const reader = read(log)
      await reader.until(good.length)
      expect(idsOf(reader.got).toSorted()).toEqual(idsOf(good).toSorted())
    })

    it('G2 rejects at its deadline when the log hangs', async () => {
      const under = await logFor(makeLog)
      const log = await under.open()
      const release = await under.hang()
      const began = performance.now()
      const codes = await Promise.all([
        codeOf(log.append({ events: [anEvent()] }, AbortSignal.timeout(300))),
        codeOf(log.ping(AbortSignal.timeout(300))),
      ])
      const tookMs = performance.now() - began
      await release()
      expect(codes).toEqual(['log.unavailable', 'log.unavailable'])
      expect(tookMs).toBeLessThan(4_000)
      await eventually('the log to take writes again', async () => (await codeOf(log.ping(inTime()))) === 'no fault')
      await log.append({ events: [anEvent()] }, inTime())
    })

    it('G14 bounded waiting bytes: more is log.full at once, and there is room again after', async () => {
      const under = await logFor(makeLog)
      const log = await under.open({ maxWaitingBytes: 200_000 })
      const release = await under.hang()
      const text = 'x'.repeat(10_000)
      const codes: string[] = []
      const calls = Array.from({ length: 40 }, () =>
        codeOf(log.append({ events: [anEvent({ data: { text } })] }, inTime())).then((code) => void codes.push(code)),
      )
      await eventually('the first refusal', () => codes.length > 0)
      expect(new Set(codes)).toEqual(new Set(['log.full']))
      const refused = codes.length
      await release()
      await Promise.all(calls)
      expect(codes.slice(refused)).toEqual(Array.from({ length: 40 - refused }, () => 'no fault'))
      expect(refused).toBeGreaterThanOrEqual(20)
      await log.append({ events: [anEvent({ data: { text } })] }, inTime())
    })

    it('takes nothing after its deadline has passed, and nothing after close', async () => {
      const log = await (await logFor(makeLog)).open()
      expect(await codeOf(log.append({ events: [anEvent()] }, AbortSignal.abort()))).toBe('log.unavailable')
      await log.close()
      expect(await codeOf(log.append({ events: [anEvent()] }, inTime()))).toBe('log.unavailable')
    })
  })

  describe('raws', () => {
    it('raws come back byte for byte', async () => {
      const log = await (await logFor(makeLog)).open()
      const every = Uint8Array.from({ length: 1_000 }, (_, index) => index % 256)
      const meta = { folder: 'INBOX', uid: '42', sender: 'ayşe@example.test' }
      const kept: KeptRaw[] = [
        aRaw(every, { meta, contentType: 'application/octet-stream' }),
        aRaw(new Uint8Array(0)),
        aRaw(new Uint8Array(65_536).fill(255)),
        { ...aRaw('large'), body: `sha256:${'ab'.repeat(32)}` as BlobRef },
      ]
      await log.append({ raws: kept, events: [anEvent()] }, inTime())
      for (const raw of kept) expect(await log.raw(raw.ref)).toEqual(raw)
      expect(await log.raw({ ...aRaw('never kept').ref })).toBeNull()
    })

    it('raws come oldest first, from inclusive, to exclusive, each once', async () => {
      const log = await (await logFor(makeLog)).open()
      // Seven of each instant: more than a page of them in all, and no page ends where an instant does.
      const raws = Array.from({ length: 350 }, (_, index) => {
        const raw = aRaw(`raw ${index}`)
        return { ...raw, ref: { ...raw.ref, at: at(Math.floor(index / 7) * 10) } }
      })
      await log.append({ raws: raws.toReversed(), events: [] }, inTime())
      await log.append({ raws: raws.slice(0, 5), events: [] }, inTime())
      const between = (await all(log.raws(at(10), at(480), inTime()))).map((raw) => raw.ref)
      expect(between.map((ref) => ref.at)).toEqual(raws.slice(7, 336).map((raw) => raw.ref.at))
      expect(new Set(between.map((ref) => ref.id))).toEqual(new Set(raws.slice(7, 336).map((raw) => raw.ref.id)))
      expect(await all(log.raws(at(0), at(0), inTime()))).toEqual([])
    })
  })
}
