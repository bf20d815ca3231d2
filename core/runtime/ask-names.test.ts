// Names are asked for once each, a few a second, and whoever does not answer is left alone; who calls never waits for it.
import { describe, expect, it } from 'vitest'
import type { AnyEvent } from '../../schemas/events.ts'
import type { WorkspaceId } from '../../schemas/ids.ts'
import type { AnyChannel, Raw } from '../ports/channel.ts'
import type { LiveAccount } from '../ports/queues.ts'
import { accountRow, ayse, channel as pigeon, linked, received } from '../../test/support/given.ts'
import { handClock } from '../../test/support/hand-clock.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { noMeter } from '../../test/support/runtime-bench.ts'
import { makeNames } from './ask-names.ts'

type Answer = Awaited<ReturnType<NonNullable<AnyChannel['profile']>>>
const minute = 60_000
const from = (id: string, more: object = {}): AnyEvent =>
  received(`m-${id}`, { from: { ...ayse, id, name: null, ...more } })

function asking(answer: (id: string) => Answer | Promise<Answer>) {
  const asked: string[] = []
  const kept: AnyEvent[] = []
  const clock = handClock()
  const account: LiveAccount = { ...accountRow(), workspace: 'main' as WorkspaceId, routes: ['1'] }
  const bird: Partial<AnyChannel> = {
    name: pigeon,
    normalize: ({ meta }: Raw) => [
      {
        type: 'contact.linked',
        dedupe: meta!['who']!,
        lane: 'l',
        threadKeys: [],
        at: clock.now(),
        data: { from: [], to: { ...ayse, id: meta!['who']! }, why: 'told' },
      },
    ],
    async profile(who) {
      asked.push(who.id)
      return answer(who.id)
    },
  }
  const names = makeNames({
    channels: new Map([[pigeon, bird as AnyChannel]]),
    directory: { account: () => account, open: () => ({}) } as never,
    log: { append: async ({ events }: { readonly events: readonly AnyEvent[] }) => void kept.push(...events) } as never,
    blobs: {} as never,
    http: {} as never,
    links: {} as never,
    logger: keptLog(),
    meter: noMeter,
    clock,
  })
  const stop = new AbortController()
  const ended = names.run(stop.signal)
  return { asked, kept, clock, met: names.met, end: async () => (stop.abort(), ended) }
}
const raw = (who: string): Answer => ({
  is: 'raw',
  raw: {
    route: '1',
    bytes: new Uint8Array(),
    contentType: 'application/json',
    receivedAt: handClock().now(),
    meta: { who },
  },
})

describe('names that no message tells', () => {
  it('are asked for once a person, and what the vendor says is kept as what it sends is', async () => {
    const on = asking(raw)
    on.met([from('1'), from('1'), from('2'), from('3', { name: 'Bora' }), linked([], ayse, [])])
    expect(on.asked).toEqual([])
    await on.clock.advance(2_000)
    on.met([from('1'), from('2')])
    await on.clock.advance(2_000)
    expect(on.asked).toEqual(['1', '2'])
    expect(on.kept.map((it) => it.type)).toEqual(['contact.linked', 'contact.linked'])
    await on.end()
  })

  it('G20 are four a second at the most, and a thousand that wait', async () => {
    const on = asking(() => ({ is: 'none', why: 'not shown' }))
    on.met(Array.from({ length: 5_000 }, (_, n) => from(String(n))))
    await on.clock.advance(10_000)
    expect(on.asked.length).toBeGreaterThan(30)
    expect(on.asked.length).toBeLessThanOrEqual(41)
    await on.clock.advance(10 * minute)
    expect(on.asked.length).toBe(1_000)
    on.met([from('4999')])
    await on.clock.advance(1_000)
    expect(on.asked.at(-1)).toBe('4999')
    expect(on.kept).toEqual([])
    await on.end()
  })

  it('F13 a vendor that fails is left alone, each time longer; who was asked for is tried again, whoever writes later is asked for', async () => {
    let isAway = true
    const on = asking((id) => {
      if (isAway && on.asked.length === 1) throw new Error('reset')
      return isAway ? { is: 'try-later', why: 'busy' } : raw(id)
    })
    on.met([from('1'), from('2')])
    await on.clock.advance(4_000)
    on.met([from('1'), from('3')])
    expect(on.asked).toEqual(['1'])
    await on.clock.advance(minute / 2)
    expect(on.asked).toEqual(['1', '1'])
    isAway = false
    await on.clock.advance(minute)
    expect(on.asked).toEqual(['1', '1', '1'])
    on.met([from('1'), from('2')])
    await on.clock.advance(2_000)
    expect(on.asked).toEqual(['1', '1', '1', '2'])
    await on.end()
  })

  it('F13 one that never answers is given up, and forgotten until the person writes again', async () => {
    const on = asking(() => ({ is: 'try-later', why: 'busy' }))
    on.met([from('1')])
    await on.clock.advance(60 * minute)
    expect(on.asked).toHaveLength(4)
    on.met([from('1')])
    await on.clock.advance(1_000)
    expect(on.asked).toHaveLength(5)
    await on.end()
  })
})
