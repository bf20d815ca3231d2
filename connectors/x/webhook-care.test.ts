// The webhook is looked after: ended by X, it is checked again, and what it missed is asked for and comes.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Page } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { edgesAt, madeAccount, type MadeAccount } from '../../test/support/made-account.ts'
import { webhook } from './receive.ts'
import type { Ours } from './sign-in.ts'
import { standIn, type RunningX } from './stand-in/index.ts'
import { webhookCare } from './webhook-care.ts'

let vendor: RunningX
let made: MadeAccount
let kept: Record<string, string | null>
let aheadMs: number
/** Nobody is at the address. */
let isAway: boolean
/** What the gateway's door took; `secret`: what it answers the challenge with. */
let taken: string[]
let secret: string
let door: http.Server
beforeEach(async () => {
  vendor = await standIn.start({ seed: 91 })
  made = madeAccount(vendor.caring())
  ;[kept, aheadMs, isAway, taken, secret] = [{}, 0, false, [], vendor.keys.consumerSecret]
  door = http.createServer((request, response) => void answer(request, response))
  await new Promise<void>((done) => door.listen(0, '127.0.0.1', done))
  vendor.knocksAt(`http://127.0.0.1:${(door.address() as AddressInfo).port}/in/x/main`)
})
afterEach(async () => {
  await vendor.stop()
  door.closeAllConnections()
  await new Promise((done) => door.close(done))
})

async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  if (isAway) return void response.destroy()
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const body = new Uint8Array(Buffer.concat(chunks))
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const)
  const call = { method: request.method ?? 'GET', path: url.pathname, query: url.searchParams, headers, body }
  const endpoint = { id: 'main', settings: { userId: '1' }, secret: () => Promise.resolve([secret]) }
  const opened = await webhook.open(call, endpoint, '2026-11-21T10:00:00.000Z' as Instant)
  if ('raws' in opened) taken.push(...opened.raws.map((raw) => Buffer.from(raw.bytes).toString()))
  const said = 'raws' in opened ? opened.reply : opened.refuse
  response.writeHead(said.status, said.headers).end(said.body)
}

async function look(): Promise<readonly Page[]> {
  const pages: Page[] = []
  const keep = { get: (name: string) => Promise.resolve(kept[name] ?? null) }
  const edges = edgesAt(() => Date.now() + aheadMs)
  const account = made.account as unknown as Ours
  for await (const page of webhookCare.pages(account, keep, edges, AbortSignal.timeout(10_000))) {
    pages.push(page)
    Object.assign(kept, page.keep)
  }
  await vendor.settled()
  return pages
}
function passes(ms: number): void {
  aheadMs += ms
  vendor.advance(ms)
}
const hourMs = 3_600_000
const asked = (path: string) => vendor.ledger.of('answered').filter((it) => it.call === path)

it('a valid webhook is let be, and when it was seen is kept', async () => {
  expect(await look()).toMatchObject([{ raws: [], keep: { validAt: expect.stringMatching(/^2/) } }])
  expect(made.health).toEqual([])
  expect(asked(`PUT /2/webhooks/${vendor.caring().settings['webhookId'] as string}`)).toEqual([])
})

it('P8 one that X has ended is checked again, and what it missed is asked for and comes', async () => {
  await look()
  vendor.endWebhook()
  const id = await vendor.happens({ customer: 1, text: 'did you hear?' })
  expect(taken).toEqual([])
  await look()
  expect(made.health).toMatchObject([
    { state: 'degraded' },
    { state: 'connected', why: expect.stringContaining('repeat') },
  ])
  expect(taken).toEqual([expect.stringContaining(id)])
  expect(asked('POST /2/webhooks/replay')).toMatchObject([{ status: 200 }])
})

it('D39 G1 after an outage of ours X, which calls once and never again, is asked to repeat, though the webhook is valid', async () => {
  const before = await vendor.happens({ customer: 1, text: 'told' })
  await look()
  expect(taken).toEqual([expect.stringContaining(before)])
  isAway = true
  passes(hourMs)
  // A quote that mentions nobody: no poll would find it.
  const ids = [
    await vendor.happens({ customer: 1, text: 'lost one' }),
    await vendor.happens({ customer: 2, kind: 'quote' }),
  ]
  passes(hourMs)
  isAway = false
  const pages = await look()
  expect(pages.map((page) => page.gap)).toEqual([undefined])
  expect(taken.slice(1)).toEqual(ids.map((id) => expect.stringContaining(id)))
  passes(300_000)
  await look()
  expect(asked('POST /2/webhooks/replay')).toHaveLength(1)
  expect(taken).toHaveLength(3)
})

it('D39 D35 away for longer than X repeats: the last day comes, what was before it is a gap, said for a day', async () => {
  await look()
  const lastLook = Date.now() + aheadMs
  isAway = true
  passes(10 * hourMs)
  await vendor.happens({ customer: 1, kind: 'quote' })
  passes(30 * hourMs)
  const late = await vendor.happens({ customer: 2, kind: 'quote' })
  passes(8 * hourMs)
  isAway = false
  vendor.endWebhook()
  const [page] = await look()
  expect(taken).toEqual([expect.stringContaining(late)])
  expect(page?.gap?.why).toMatch(/repeats.*for a day.*X app/)
  expect(Math.abs(Date.parse(page?.gap?.from ?? '') - lastLook)).toBeLessThan(60_000)
  expect(Math.abs(Date.parse(page?.gap?.to ?? '') - (Date.now() + aheadMs - 23.5 * hourMs))).toBeLessThan(60_000)
  // The gap says how it stands; "connected" beside it would take it back.
  expect(made.health).toMatchObject([{ state: 'degraded' }])
  made = { ...made, account: { ...made.account, state: 'degraded' } }
  passes(300_000)
  expect((await look())[0]?.gap).toBeUndefined()
  expect(made.health).toHaveLength(1)
  for (let n = 0; n < 3; n += 1) {
    passes(9 * hourMs)
    await look()
  }
  expect(made.health).toMatchObject([{ state: 'degraded' }, { state: 'connected', why: 'The webhook is valid.' }])
})

it('D39 where X refuses to repeat, what it told meanwhile is a gap, and looking goes on', async () => {
  await look()
  passes(hourMs)
  vendor.mayReplay(false)
  const [page] = await look()
  expect(page).toMatchObject({
    gap: { why: expect.stringMatching(/does not repeat.*not in your plan/) },
    keep: { validAt: expect.any(String) },
  })
  expect(Date.parse(page?.gap?.to ?? '') - Date.parse(page?.gap?.from ?? '')).toBeGreaterThan(hourMs - 60_000)
  passes(300_000)
  expect((await look())[0]?.gap).toBeUndefined()
})

it('P8 one that cannot be made valid stays degraded with the reason, and nothing is asked for', async () => {
  secret = 'the secret of before'
  vendor.endWebhook()
  await expect(look()).rejects.toThrow(/does not take its answer.*consumerSecret/)
  expect(made.health).toMatchObject([{ state: 'degraded' }])
  expect(kept).toEqual({})
  expect(asked('POST /2/webhooks/replay')).toEqual([])
})

it('S18 a bearer that is refused is said without itself; an account without one asks nothing', async () => {
  const { settings, secrets } = vendor.caring()
  made = madeAccount({ settings, secrets: { ...secrets, appBearer: 'another-bearer' } })
  await expect(look()).rejects.toThrow(/Looking after the webhook/)
  expect(JSON.stringify(made.health)).not.toContain('another-bearer')
  const before = vendor.ledger.of('answered').length
  made = madeAccount(vendor.account())
  expect(await look()).toEqual([])
  expect(vendor.ledger.of('answered')).toHaveLength(before)
})
