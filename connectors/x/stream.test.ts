// The activity stream: each line once and as its webhook would have told it, slow, cut and silent lines, and what was missed meanwhile said.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { edgesAt, madeAccount, type MadeAccount } from '../../test/support/made-account.ts'
import type { InboundEvent, Page } from '../../core/ports/channel.ts'
import { normalize } from './normalize.ts'
import type { Ours } from './sign-in.ts'
import { standIn, type RunningX } from './stand-in/index.ts'
import { makeStream } from './stream.ts'

let vendor: RunningX
let made: MadeAccount
let kept: Record<string, string | null>
let aheadMs: number
let stop: AbortController
let over: Promise<unknown>
const pages: Page[] = []
beforeEach(async () => {
  vendor = await standIn.start({ seed: 97 })
  const { settings, secrets } = vendor.caring()
  made = madeAccount({ settings: { ...settings, stream: true }, secrets }, String(settings['userId']))
  ;[kept, aheadMs, stop, over] = [{}, 0, new AbortController(), Promise.resolve()]
  pages.length = 0
})
afterEach(async () => {
  stop.abort()
  await over.catch(() => undefined)
  await vendor.stop()
})

const stream = makeStream(20_000)
const impatient = makeStream(200)
/** As the loop runs it: a page is made safe, then what is kept of it. */
function connect(account = made.account, by = stream): Promise<unknown> {
  const edges = edgesAt(() => Date.now() + aheadMs)
  const keep = { get: (name: string) => Promise.resolve(kept[name] ?? null) }
  const run = async (): Promise<void> => {
    for await (const page of by.connect(account as unknown as Ours, keep, edges, stop.signal)) {
      pages.push(page)
      Object.assign(kept, page.keep)
    }
  }
  over = run()
  over.catch(() => undefined)
  return over
}
/** Resolves when it is heard; `ended` when it is over. */
async function connected(): Promise<{ readonly ended: Promise<unknown> }> {
  const before = pages.length
  const ended = connect()
  await until(() => pages.length > before)
  return { ended }
}
async function until(is: () => boolean): Promise<void> {
  for (const end = performance.now() + 5_000; !is();) {
    if (performance.now() > end) throw new Error(`still not so: ${JSON.stringify([made.health, pages.length])}`)
    await new Promise((later) => setTimeout(later, 5))
  }
}
const raws = () => pages.flatMap((page) => page.raws)
const came = (count: number) => until(() => raws().length >= count)
const factsIn = (bytes: Uint8Array, route: string): readonly InboundEvent[] => {
  const settings = made.account.settings as never
  const receivedAt = edgesAt(() => 0).clock.now()
  return normalize({ bytes, route, contentType: 'application/json', receivedAt }, { id: 'main', settings })
}

it('D39 a line is what the webhook would have told, its own bytes, once; keep-alives between are nothing', async () => {
  vendor.stream.keepAlive(20)
  await connected()
  const told = [vendor.told({ customer: 1, kind: 'mention' }), vendor.told({ customer: 2, text: 'merhaba 😞' })]
  for (const { bytes } of told) await vendor.stream.tell(bytes, 0)
  const quote = await vendor.streams({ customer: 3, kind: 'quote', text: 'çok iyi' })
  await came(3)
  expect(
    raws()
      .slice(0, 2)
      .map((raw) => Buffer.from(raw.bytes).toString()),
  ).toEqual(told.map(({ bytes }) => Buffer.from(bytes).toString()))
  const facts = raws().flatMap((raw) => factsIn(raw.bytes, raw.route))
  expect(facts.map((it) => it.dedupe)).toEqual([`post ${told[0]?.id}`, `dm ${told[1]?.id}`, `post ${quote}`])
  expect(made.health).toEqual([])
})

it('F13 slow lines, halves of a letter and many lines at once are each whole; a line that is none is set aside', async () => {
  vendor.stream.keepAlive(50)
  await connected()
  const ids = [await vendor.streams({ customer: 1, text: 'ş'.repeat(501) }, 120)]
  const lines = Array.from({ length: 20 }, () => vendor.told({ customer: 2 }))
  vendor.stream.raw(`${lines.map(({ bytes }) => Buffer.from(bytes).toString()).join('\n')}\r\n{"data":\r\n\r\n`)
  await came(22)
  ids.push(...lines.map(({ id }) => id))
  expect(
    raws()
      .slice(0, 21)
      .flatMap((raw) => factsIn(raw.bytes, raw.route))
      .map((it) => it.dedupe),
  ).toEqual(ids.map((id) => `dm ${id}`))
  const broken = raws()[21]!
  expect(broken.route).toBe(made.account.route)
  expect(() => factsIn(broken.bytes, broken.route)).toThrow(/not JSON/)
})

it('F13 one that is cut, or falls silent, or never ends its line is over with a reason, and the next one goes on', async () => {
  const cut = await connected()
  vendor.stream.end('cut')
  await expect(cut.ended).rejects.toThrow(/not heard/)
  await expect(connect(made.account, impatient)).rejects.toThrow(/nothing came for/)
  vendor.stream.keepAlive(20)
  const endless = await connected()
  vendor.stream.raw('x'.repeat(9_000_000))
  await expect(endless.ended).rejects.toThrow(/longer than/)
  // Each was heard before it broke; three in a row, of which two were not heard at all, are no moment any more.
  vendor.fail(2, { how: 'status', status: 503, body: '<html>' }, 'other')
  for (const healths of [0, 1]) {
    await expect(connect()).rejects.toThrow(/503/)
    expect(made.health).toHaveLength(healths)
  }
  vendor.stream.keepAlive(20)
  made = { ...made, account: { ...made.account, state: 'degraded' } }
  await connected()
  const id = await vendor.streams({ customer: 1 })
  await came(1)
  expect(Buffer.from(raws()[0]!.bytes).toString()).toContain(id)
  expect(made.health.map((it) => it.state)).toEqual(['degraded', 'connected'])
})

it('G1 what was heard while the log was away is given again before anything new', async () => {
  vendor.stream.keepAlive(20)
  await connected()
  stop.abort()
  await over
  stop = new AbortController()
  const keep = { get: (name: string) => Promise.resolve(kept[name] ?? null) }
  const account = made.account as unknown as Ours
  const lost: string[] = []
  await expect(
    (async () => {
      for await (const page of stream.connect(
        account,
        keep,
        edgesAt(() => Date.now()),
        stop.signal,
      )) {
        if (page.raws.length === 0) void vendor.streams({ customer: 1 })
        lost.push(...page.raws.map((raw) => Buffer.from(raw.bytes).toString()))
        if (lost.length > 0) throw new Error('the log is away')
      }
    })(),
  ).rejects.toThrow(/log is away/)
  pages.length = 0
  // The first page is what was not safe, before the line is open; the second was heard.
  void connect().catch(() => undefined)
  await until(() => pages.length > 1)
  await vendor.streams({ customer: 2 })
  await came(2)
  expect(raws().map((raw) => Buffer.from(raw.bytes).toString())[0]).toBe(lost[0])
})

it('D39 D35 not heard for longer than a moment: between when is said before anything else, and only then', async () => {
  vendor.stream.keepAlive(20)
  await connected()
  stop.abort()
  await over
  const lastHeard = String(kept['heardAt'])
  ;[stop, aheadMs] = [new AbortController(), 90_000]
  await connected()
  expect(pages.filter((page) => page.gap !== undefined)).toEqual([])
  stop.abort()
  await over
  ;[stop, aheadMs] = [new AbortController(), 3_600_000]
  pages.length = 0
  await connected()
  await vendor.streams({ customer: 1 })
  await came(1)
  const [gap, ...more] = pages.flatMap((page) => (page.gap === undefined ? [] : [page.gap]))
  expect(pages[0]?.gap).toBe(gap)
  expect(more).toEqual([])
  expect(gap?.why).toMatch(/edits and deletions/)
  expect(Date.parse(gap?.from ?? '') - Date.parse(lastHeard)).toBeLessThan(100_000)
  expect(Date.parse(gap?.to ?? '') - Date.parse(gap?.from ?? '')).toBeGreaterThan(3_400_000)
})

it('P8 S18 what X refuses is said at once, with its words and without the bearer; what may pass is tried in silence first', async () => {
  const bearer = vendor.caring().secrets['appBearer'] ?? ''
  made = madeAccount({ settings: made.account.settings, secrets: { appBearer: 'another-bearer' } })
  await expect(connect()).rejects.toThrow(/HTTP 401/)
  expect(made.health).toMatchObject([{ state: 'degraded', why: expect.stringContaining('Unauthorized') }])
  expect(JSON.stringify(made.health)).not.toMatch(/another-bearer/)
  made = madeAccount({ settings: made.account.settings, secrets: { appBearer: bearer } })
  vendor.fail(1, { how: 'status', status: 429, body: '{"title":"ConnectionException"}' }, 'other')
  await expect(connect()).rejects.toThrow(/HTTP 429.*ConnectionException/)
  expect(made.health).toEqual([])
})

it('an account without the setting opens nothing; one line of another account of the app carries that one’s route', async () => {
  void connect(madeAccount(vendor.caring()).account)
  vendor.stream.keepAlive(20)
  await connected()
  expect(vendor.stream.count()).toBe(1)
  await vendor.streams({ customer: 1, account: 1 })
  await came(1)
  const [raw] = raws()
  expect(raw?.route).toBe(vendor.account(1).settings['userId'])
  // Read as ours it would be somebody else's message: it is set aside.
  expect(factsIn(raw!.bytes, made.account.route)).toMatchObject([
    { type: 'ingest.quarantined', data: { path: 'data.filter.user_id' } },
  ])
})
