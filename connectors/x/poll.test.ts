// The polls: pages back to what is known, nothing twice, the place kept last, limits obeyed, a lost permission said.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { madeAccount, madeEdges, type MadeAccount } from '../../test/support/made-account.ts'
import type { InboundEvent, Page } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { mentions, messages } from './feeds.ts'
import { normalize } from './normalize.ts'
import { isSeen, moved, placeIn } from './place.ts'
import type { Ours } from './sign-in.ts'
import { standIn, type RunningX } from './stand-in/index.ts'
import { snowflakeAt, snowflakeMs } from './wire.ts'

let vendor: RunningX
let made: MadeAccount
let place: string | null
/** How long the polls were told to sleep, in seconds. */
let slept: number[]
let aheadMs: number
beforeEach(async () => {
  vendor = await standIn.start({ seed: 81 })
  made = madeAccount(vendor.account(), String(vendor.account().settings['userId']))
  place = null
  slept = []
  aheadMs = 0
})
afterEach(() => vendor.stop())

const { edges } = madeEdges()
/** Both clocks, the vendor's and ours. */
function passes(ms: number): void {
  aheadMs += ms
  vendor.advance(ms)
}
const clock = {
  ...edges.clock,
  now: () => new Date(Date.now() + aheadMs).toISOString() as Instant,
  // A limit is full again when we come back.
  sleep: (ms: number) => {
    slept.push(Math.round(ms / 1000))
    passes(ms)
    return Promise.resolve()
  },
}
const dayMs = 86_400_000
interface Polled {
  readonly pages: readonly Page[]
  readonly events: readonly InboundEvent[]
}
/** As the runtime does: each page is made safe, then its place. `stopAfter`: the process ends after so many pages. */
async function poll(feed: typeof mentions, stopAfter = Number.POSITIVE_INFINITY): Promise<Polled> {
  const pages: Page[] = []
  const keep = { get: () => Promise.resolve(place) }
  const signal = AbortSignal.timeout(10_000)
  for await (const page of feed.pages(made.account as unknown as Ours, keep, { ...edges, clock }, signal)) {
    if (pages.length >= stopAfter) break
    pages.push(page)
    place = page.keep['place'] ?? place
  }
  const events = pages.flatMap((page) =>
    page.raws.flatMap((raw) => normalize(raw, { id: 'main', settings: made.account.settings as never })),
  )
  return { pages, events }
}
const idsOf = ({ events }: Polled): readonly string[] =>
  events.map((event) => String((event.data as { externalId?: string }).externalId))
const write = (kind: 'mention' | 'text', count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => vendor.unheard({ customer: n % 3, kind }))

const feeds = [
  { feed: mentions, kind: 'mention' },
  { feed: messages, kind: 'text' },
] as const
describe.each(feeds)('D39 of $feed.name', ({ feed, kind }) => {
  it('several pages come oldest first, and the place moves with the last of them', async () => {
    vendor.pageSize(4)
    const ids = write(kind, 10)
    const polled = await poll(feed)
    expect(idsOf(polled)).toEqual(ids)
    expect(polled.pages.map((page) => Object.keys(page.keep))).toEqual([[], [], ['place']])
    expect(placeIn(place)?.newest).toBe(ids.at(-1))
    expect((await poll(feed)).pages).toEqual([])
  })

  it('G1 a process that ends between two pages loses nothing: the next reads the same again under the same ids', async () => {
    vendor.pageSize(4)
    const ids = write(kind, 10)
    const cut = await poll(feed, 1)
    expect(idsOf(cut)).toEqual(ids.slice(0, 2))
    expect(place).toBeNull()
    const again = await poll(feed)
    expect(again.events.map((it) => it.dedupe).slice(0, 2)).toEqual(cut.events.map((it) => it.dedupe))
    expect(idsOf(again)).toEqual(ids)
  })

  it('from a kept place on only what is new comes, and one with an older id that became visible late too', async () => {
    write(kind, 3)
    await poll(feed)
    const late = String(snowflakeAt(Date.now() - 4_000) + 7n)
    vendor.unheard({ customer: 1, kind, id: late })
    const [newer] = write(kind, 1)
    expect(idsOf(await poll(feed))).toEqual([late, newer])
    expect((await poll(feed)).pages).toEqual([])
  })

  it('an empty page has no data, errors of parts beside the rest are not fatal', async () => {
    const first = await poll(feed)
    expect(first.pages).toMatchObject([{ raws: [] }])
    expect((await poll(feed)).pages).toEqual([])
    vendor.partialErrors(true)
    const ids = write(kind, 1)
    expect(idsOf(await poll(feed))).toEqual(ids)
  })

  it('G6 an item without an id stops nothing: its neighbours come, it is set aside where people see it', async () => {
    vendor.pageSize(2)
    const ids = write(kind, 5)
    vendor.breakItem(ids[3] ?? '')
    const polled = await poll(feed)
    expect(idsOf(polled).filter((id) => id !== 'undefined')).toEqual(ids.filter((_, at) => at !== 3))
    const aside = polled.events.filter((event) => event.type === 'ingest.quarantined')
    expect(aside).toMatchObject([{ data: { path: expect.stringContaining('.id'), why: 'it has no id' } }])
    expect((await poll(feed)).pages).toEqual([])
  })

  it('a new account begins some hours back, not with everything that was ever said', async () => {
    vendor.unheard({ customer: 1, kind, id: String(snowflakeAt(Date.now() - 30 * 3_600_000)) })
    const [now] = write(kind, 1)
    expect(idsOf(await poll(feed))).toEqual([now])
  })

  it('G20 told to wait it waits to the reset of what is used up, and reads on', async () => {
    const ids = write(kind, 2)
    const resetSeconds = Math.floor(Date.now() / 1000) + 240
    const headers = { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': String(resetSeconds) }
    vendor.fail(1, { how: 'status', status: 429, headers, body: '{"title":"Too Many Requests","status":429}' }, 'other')
    expect(idsOf(await poll(feed))).toEqual(ids)
    expect(slept[0]).toBeGreaterThanOrEqual(239)
    expect(slept[0]).toBeLessThanOrEqual(246)
  })

  it('P8 B19 it takes back what it said itself, and what nobody said yet; what sending found out stays', async () => {
    const as = (state: Ours['state']) => (made = { ...made, account: { ...made.account, state } })
    const healths = () => made.health.map((it) => it.state)
    as('connecting')
    await poll(feed)
    expect(healths()).toEqual(['connected'])
    as('auth_failed')
    vendor.fail(3, { how: 'status', status: 503, body: '' }, 'other')
    for (let n = 0; n < 3; n += 1) await expect(poll(feed)).rejects.toThrow(/503/)
    await poll(feed)
    expect(healths()).toEqual(['connected', 'degraded'])
  })

  it('P8 an outage is said when it stays, a dead token at once; the place does not move meanwhile', async () => {
    write(kind, 1)
    vendor.fail(3, { how: 'status', status: 503, body: '<html>' }, 'other')
    for (const healths of [0, 0, 1]) {
      await expect(poll(feed)).rejects.toThrow(/503/)
      expect(made.health).toHaveLength(healths)
    }
    expect(place).toBeNull()
    made = { ...made, account: { ...made.account, state: 'degraded' } }
    expect((await poll(feed)).events).toHaveLength(1)
    expect(made.health.at(-1)).toMatchObject({ state: 'connected' })
    const { refreshToken: _none, ...secrets } = vendor.signedIn('refresh').secrets
    made = madeAccount({ ...vendor.account(), secrets })
    vendor.expireTokens()
    const kept = place
    await expect(poll(feed)).rejects.toThrow(/access token/)
    expect(made.health).toMatchObject([
      { state: 'auth_failed', why: expect.stringMatching(/connect the account again/) },
    ])
    expect(place).toBe(kept)
  })
})

it('D39 what came by webhook and by poll is one fact: the same ids, conversations and lanes', async () => {
  const settings = vendor.account().settings as never
  const raws: Uint8Array[] = []
  for (const kind of ['mention', 'text'] as const) {
    const { bytes } = vendor.told({ customer: 4, kind })
    raws.push(bytes)
  }
  const route = String(vendor.account().settings['userId'])
  const receivedAt = edges.clock.now()
  const heard = raws.flatMap((bytes) =>
    normalize({ bytes, route, contentType: 'application/json', receivedAt }, { id: 'main', settings }),
  )
  const polled = [...(await poll(mentions)).events]
  place = null
  polled.push(...(await poll(messages)).events)
  const facts = (events: readonly InboundEvent[]) =>
    events.map(({ type, dedupe, lane, threadKeys, data }) => ({ type, dedupe, lane, threadKeys, data }))
  expect(facts(heard)).toHaveLength(2)
  expect(facts(polled)).toEqual(facts(heard))
})

it('G20 direct messages leave calls of a window for looking after replies, and rest when only those are left', async () => {
  vendor.limit('dmRead', 5)
  vendor.pageSize(1)
  const ids = write('text', 8)
  expect(idsOf(await poll(messages))).toEqual(ids)
  expect(slept.length).toBeGreaterThanOrEqual(2)
  for (const seconds of slept) expect(seconds).toBeGreaterThan(890)
  expect(vendor.ledger.of('answered').filter((it) => it.status === 429)).toEqual([])
})

describe('what X shows no more', () => {
  const gapsOf = ({ pages }: Polled) => pages.flatMap((page) => (page.gap === undefined ? [] : [page.gap]))

  it('D39 D35 more than 800 mentions at once: what X still shows is read, and between when the others were is said before the place moves', async () => {
    const [known] = write('mention', 5)
    await poll(mentions)
    const ids = write('mention', 805)
    const polled = await poll(mentions)
    expect(polled.events).toHaveLength(800)
    const [gap, ...more] = gapsOf(polled)
    expect(more).toEqual([])
    expect(gap?.why).toMatch(/800/)
    const at = (id: string | undefined) => new Date(snowflakeMs(id ?? '') ?? 0).toISOString()
    expect([(gap?.from ?? '') >= at(known), gap?.to]).toEqual([true, at(ids[5])])
    expect(polled.pages.map((page) => [page.gap !== undefined, 'place' in page.keep])).toEqual([
      ...Array.from({ length: 7 }, () => [false, false]),
      [true, true],
    ])
    expect(gapsOf(await poll(mentions))).toEqual([])
  })

  it('D39 D35 away for 40 days: what was said in the first ten is a gap, the rest is read; it stands in the health for a day', async () => {
    write('text', 1)
    await poll(messages)
    const lastLook = clock.now()
    passes(5 * dayMs)
    write('text', 1)
    passes(34 * dayMs)
    const ids = write('text', 2)
    passes(dayMs)
    vendor.fail(1, { how: 'status', status: 503, body: '' }, 'other')
    await expect(poll(messages)).rejects.toThrow(/503/)
    const polled = await poll(messages)
    expect(idsOf(polled)).toEqual(ids)
    const [gap] = gapsOf(polled)
    expect(gap?.why).toMatch(/30 days.*X app/)
    expect(Math.abs(Date.parse(gap?.from ?? '') - Date.parse(lastLook))).toBeLessThan(60_000)
    expect(Math.abs(Date.parse(gap?.to ?? '') - (Date.parse(clock.now()) - 30 * dayMs))).toBeLessThan(60_000)
    // That it answers again does not take the gap back; a day does.
    expect(made.health).toEqual([])
    made = { ...made, account: { ...made.account, state: 'degraded' } }
    expect(gapsOf(await poll(messages))).toEqual([])
    expect(made.health).toEqual([])
    passes(dayMs + 1)
    await poll(messages)
    expect(made.health).toMatchObject([{ state: 'connected' }])
    passes(dayMs)
    await poll(messages)
    expect(made.health).toHaveLength(1)
  })

  it('D39 an account that nobody writes to for months has no gap, because it was asked all the time', async () => {
    await poll(messages)
    for (let n = 0; n < 50; n += 1) {
      passes(dayMs)
      const polled = await poll(messages)
      expect([polled.events, gapsOf(polled)]).toEqual([[], []])
    }
  })
})

it('a place is by number, whatever its length, and knows what lies near its newest', () => {
  const at = snowflakeAt(Date.parse('2026-11-21T10:00:00Z'))
  const here = moved({ newest: String(at), recent: [] }, [String(at + 5n), String(at - (3_000n << 22n))])
  expect(here.newest).toBe(String(at + 5n))
  expect(isSeen(String(at - (3_000n << 22n)), here)).toBe(true)
  expect(isSeen(String(at - (4_000n << 22n)), here)).toBe(false)
  expect(isSeen(String(at - (11_000n << 22n)), here)).toBe(true)
  expect(isSeen(`1${String(at)}`, here)).toBe(false)
  expect(placeIn('{"newest":"abc"}')).toBeNull()
})
