// The webhook is looked after: ended by X, it is checked again, and what it missed is asked for and comes.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Page } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { madeAccount, madeEdges, type MadeAccount } from '../../test/support/made-account.ts'
import { webhook } from './receive.ts'
import type { Ours } from './sign-in.ts'
import { standIn, type RunningX } from './stand-in/index.ts'
import { webhookCare } from './webhook-care.ts'

let vendor: RunningX
let made: MadeAccount
let validAt: string | null
/** What the gateway's door took; `secret`: what it answers the challenge with. */
let taken: string[]
let secret: string
let door: http.Server
beforeEach(async () => {
  vendor = await standIn.start({ seed: 91 })
  made = madeAccount(vendor.caring())
  ;[validAt, taken, secret] = [null, [], vendor.keys.consumerSecret]
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
  const keep = { get: () => Promise.resolve(validAt) }
  const { edges } = madeEdges()
  const account = made.account as unknown as Ours
  for await (const page of webhookCare.pages(account, keep, edges, AbortSignal.timeout(10_000))) {
    pages.push(page)
    validAt = page.keep['validAt'] ?? validAt
  }
  await vendor.settled()
  return pages
}
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

it('P8 one that cannot be made valid stays degraded with the reason, and nothing is asked for', async () => {
  secret = 'the secret of before'
  vendor.endWebhook()
  await expect(look()).rejects.toThrow(/does not take its answer.*consumerSecret/)
  expect(made.health).toMatchObject([{ state: 'degraded' }])
  expect(validAt).toBeNull()
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
