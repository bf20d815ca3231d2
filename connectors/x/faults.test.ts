// What a bad network does to calls to X, over TLS: no reply is called sent or refused that may be there, no place moves, nothing is lost.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Edges, OutboundMessage, Page } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { vendorCaller } from '../_shared/http.ts'
import { outboundTo } from '../../test/support/outbound.ts'
import { makeAuthority, type Authority } from '../../test/support/certificates.ts'
import { madeAccount, madeEdges, type MadeAccount } from '../../test/support/made-account.ts'
import { tlsBefore, type Spoilt, type TlsBefore } from '../../test/support/tls-before.ts'
import { mentions, messages } from './feeds.ts'
import { find } from './find.ts'
import { send, test as asked } from './send.ts'
import type { Ours } from './sign-in.ts'
import { standIn, type RunningX } from './stand-in/index.ts'
import { webhookCare } from './webhook-care.ts'

let authority: Authority
let vendor: RunningX
let door: TlsBefore
let made: MadeAccount
let secure: Edges['http']['call']
beforeAll(async () => {
  authority = makeAuthority()
  secure = vendorCaller({ ca: authority.ca })
  vendor = await standIn.start({ seed: 95 })
  vendor.limit('dmSend', 1_000)
  vendor.limit('dmRead', 1_000)
  door = await tlsBefore(Number(new URL(vendor.apiBase).port), authority.issue('IP:127.0.0.1'))
})
afterAll(async () => {
  await door.close()
  await vendor.stop()
  authority.remove()
})
beforeEach(() => {
  door.spoil(null)
  scale = 1
  made = madeAccount(behindTls(vendor.caring()), String(vendor.account().settings['userId']))
})
const behindTls = <T extends { readonly settings: Readonly<Record<string, unknown>> }>(it: T): T => ({
  ...it,
  settings: { ...it.settings, apiBase: door.origin },
})

/** By what every time-out is divided: thirty seconds of silence are one then, and what would wait longer for them still does. */
let scale = 1
const whenSilent = 30
const edgesOver = (call: Edges['http']['call']): Edges => {
  const { edges } = madeEdges()
  return {
    ...edges,
    http: { ...edges.http, call: (it, signal) => call({ ...it, timeoutMs: Math.ceil(it.timeoutMs / scale) }, signal) },
  }
}
const deadline = () => AbortSignal.timeout(10_000)
const account = () => made.account as unknown as Ours
const reply = () => outboundTo(vendor.customer(1))
const accepted = ({ ours }: OutboundMessage) => vendor.ledger.of('accepted').filter((it) => it.ours === ours)
const beginning = '2026-01-01T00:00:00.000Z' as Instant
const sent = (it: OutboundMessage, call = secure) => send(it, account(), edgesOver(call), deadline())
const found = (it: OutboundMessage) => find(it, account(), edgesOver(secure), deadline(), beginning)

type Receiver = typeof mentions
async function polled(receiver: Receiver, place: Record<string, string | null>): Promise<readonly Page[]> {
  const pages: Page[] = []
  const keep = { get: (name: string) => Promise.resolve(place[name] ?? null) }
  for await (const page of receiver.pages(account(), keep, edgesOver(secure), deadline())) {
    pages.push(page)
    Object.assign(place, page.keep)
  }
  return pages
}

it('S21 a reply goes out over TLS whose authority is known', async () => {
  const one = reply()
  expect(await sent(one)).toMatchObject({ is: 'sent', externalId: accepted(one)[0]?.id })
  expect(await asked(account(), edgesOver(secure), deadline())).toMatchObject({ ok: true })
})

it('F13 S21 G20 TLS that fails is no call: nothing was sent, it is tried later, and no token is shown', async () => {
  const [one, before] = [reply(), door.asked()]
  expect(await sent(one, vendorCaller())).toMatchObject({ is: 'try-later', scope: 'account' })
  expect([accepted(one), door.asked()]).toEqual([[], before])
})

describe.each<readonly [Spoilt | '30 s of silence', number]>([
  ['30 s of silence', 1],
  ['reset after headers', 1],
  ['half an answer', 1],
  ['endless', 0],
  ['foreign', 0],
])('F13 after %s', (how, times) => {
  const spoil = (call: 'send' | 'other'): void => {
    if (how !== '30 s of silence') return door.spoil(how)
    scale = whenSilent
    vendor.fail(1, { how: 'slow', ms: 30_000 / whenSilent }, call)
  }
  it('F13 G19 G20 a reply is perhaps sent, and X is asked before it is sent again', async () => {
    const one = reply()
    // The line is open before it is spoilt: how long a handshake takes is not what is tried here.
    await asked(account(), edgesOver(secure), deadline())
    spoil('send')
    expect(await sent(one)).toMatchObject({ is: 'unknown' })
    expect(accepted(one)).toHaveLength(times)
    // As long as X cannot be asked, nobody knows better.
    spoil('other')
    expect(await found(one)).toMatchObject({ is: 'unknown' })
    door.spoil(null)
    scale = 1
    expect(await found(one)).toMatchObject(
      times === 1 ? { is: 'sent', externalId: accepted(one)[0]?.id } : { is: 'try-later' },
    )
  })

  it.each([mentions, messages])(
    'F13 G1 D39 the poll of $name stays where it was, and brings it with the next look',
    async (feed) => {
      const place: Record<string, string | null> = {}
      await polled(feed, place)
      const before = place['place']
      const id = vendor.unheard({ customer: 1, kind: feed.name === 'mentions' ? 'mention' : 'text' })
      spoil('other')
      await expect(polled(feed, place)).rejects.toThrow(/^(?:GET 127|HTTP 200 with)/)
      expect(place['place']).toBe(before)
      door.spoil(null)
      scale = 1
      const pages = await polled(feed, place)
      expect(pages.flatMap((page) => page.raws).map((raw) => Buffer.from(raw.bytes).toString())).toEqual([
        expect.stringContaining(id),
      ])
    },
  )

  it('F13 P8 the webhook is not taken for ended', async () => {
    const place: Record<string, string | null> = {}
    await polled(webhookCare, place)
    spoil('other')
    await expect(polled(webhookCare, { ...place })).rejects.toThrow(/^Looking after the webhook/)
    expect(made.health).toEqual([])
  })
})

it('F13 G22 a redirect is not followed, in a loop or once: the token goes nowhere else, and apiBase is named', async () => {
  door.spoil('redirect loop')
  const [one, before] = [reply(), door.asked()]
  expect(await sent(one)).toMatchObject({ is: 'account-down', why: expect.stringMatching(/apiBase/) })
  expect([accepted(one), door.asked() - before]).toEqual([[], 1])
})
