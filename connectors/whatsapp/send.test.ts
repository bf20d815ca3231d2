// Proves sending against the stand-in: uploads, the one new upload, read marks, the account test, and what a bad moment gives.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { GatewayError } from '../../core/errors.ts'
import type { Edges, OutboundMessage } from '../../core/ports/channel.ts'
import type { BlobRef } from '../../schemas/ids.ts'
import { madeAccount, madeEdges, type MadeAccount } from '../../test/support/made-account.ts'
import { markSeen, send, test as testAccount } from './send.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let vendor: RunningWhatsApp
let made: MadeAccount
beforeAll(async () => {
  vendor = await standIn.start({ seed: 7 })
})
afterAll(() => vendor.stop())
beforeEach(() => {
  made = madeAccount(vendor.account())
})

const bytes = new TextEncoder().encode('\u0089PNG… the bytes of a picture')
const blob: BlobRef = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
const files = { [blob]: bytes }
const deadline = (): AbortSignal => AbortSignal.timeout(10_000)
const accepted = () => vendor.ledger.of('accepted')
const uploads = () =>
  vendor.ledger.of('answered').filter((it) => it.call.endsWith('/media') && it.status === 200).length

const reply = (more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  ours: 'rep_42',
  kind: 'dm',
  author: 'person',
  to: { id: 'x', name: null, address: vendor.customer(3).address, keys: [] },
  text: 'Fotoğraf ektedir',
  parts: [],
  attachments: [],
  repliesTo: [],
  vendor: {},
  ...more,
})
const pictured = (ref: BlobRef = blob): OutboundMessage =>
  reply({
    attachments: [
      {
        id: 'att_1',
        name: 'a.png',
        type: 'image/png',
        size: bytes.byteLength,
        sha256: null,
        state: 'stored',
        source: { blob: ref },
      },
    ],
  })
const sent = (message: OutboundMessage, edges: Edges = madeEdges(files).edges) =>
  send(message, made.account, edges, deadline())

describe('D42 what the vendor’s own checks accept', () => {
  const parts = [
    { kind: 'location', latitude: 41, longitude: 29 },
    { kind: 'contacts', contacts: [{ name: 'Nazlı', phones: ['+90 532 000 11 22'] }] },
    { kind: 'reaction', emoji: '👍', target: 'wamid.X' },
  ]
  it.each(parts)('$kind', async (part) => {
    expect((await sent(reply({ text: '', parts: [part] }))).is).toBe('sent')
    expect(accepted().at(-1)?.kind).toBe(part.kind)
  })

  it.each([
    { kind: 'interactive', buttons: [{ id: 'a', title: 'Evet' }] },
    { kind: 'interactive', button: 'Seç', rows: [{ id: 'a', title: 'Bir' }] },
    { kind: 'interactive', type: 'location_request' },
  ])('interactive %#', async (part) => {
    expect((await sent(reply({ parts: [part] }))).is).toBe('sent')
  })

  it.each([
    ['siparis_durumu', 'tr', { 1: 'Ayşe', 2: '10442' }],
    ['order_confirmation', 'en_US', { name: 'Tom', day: 'Saturday' }],
    ['hello_world', 'en_US', {}],
  ])('the template %s', async (name, language, values) => {
    expect((await sent(reply({ text: '', template: { name, language, values } }))).is).toBe('sent')
  })

  it.each([
    ['siparis_durumu', 'tr', { 1: 'Ayşe' }, { is: 'refused', code: 'template_values' }],
    ['siparis_durumu', 'en', { 1: 'Ayşe', 2: '1' }, { is: 'refused', code: 'template_missing' }],
    ['abandoned_cart', 'en', {}, { is: 'try-later', scope: 'message' }],
    ['black_friday', 'en', {}, { is: 'refused', code: 'template_disabled' }],
    ['new_season', 'tr', {}, { is: 'refused', code: 'template_missing' }],
  ])('W11 the template %s in %s with %j is not sent', async (name, language, values, expected) => {
    expect(await sent(reply({ text: '', template: { name, language, values } }))).toMatchObject(expected)
  })
})

describe('W4 files', () => {
  it('are uploaded byte for byte, then sent by id with the text as caption', async () => {
    expect((await sent(pictured())).is).toBe('sent')
    const image = accepted().at(-1)?.body['image'] as { id: string; caption: string }
    expect(image.caption).toBe('Fotoğraf ektedir')
    const { edges } = madeEdges()
    const base = `${vendor.apiBase}/v26.0`
    const headers = { authorization: `Bearer ${vendor.account().secrets['accessToken']}` }
    const call = { method: 'GET', url: `${base}/${image.id}`, headers, timeoutMs: 5_000, maxBytes: 10_000 } as const
    const record = await edges.http.call(call, deadline())
    const body = JSON.parse(Buffer.from(record.is === 'answer' ? record.body : []).toString()) as Record<
      string,
      unknown
    >
    expect(body['sha256']).toBe(blob.slice('sha256:'.length))
    expect(body['mime_type']).toBe('image/png')
  })

  it('131053 is worth one new upload, not two', async () => {
    const before = uploads()
    vendor.fail(1, { how: 'error', code: 131053 })
    expect((await sent(pictured())).is).toBe('sent')
    expect(uploads() - before).toBe(2)
    vendor.fail(2, { how: 'error', code: 131053 })
    expect(await sent(pictured())).toMatchObject({ is: 'refused', code: 'file' })
    expect(uploads() - before).toBe(4)
  })

  it.each(['reset', 'reset-after-accept', 'half-answer'] as const)(
    'G20 an upload that ends in %s is tried again: nothing reached the customer',
    async (how) => {
      const before = accepted().length
      vendor.fail(1, { how }, 'upload')
      expect(await sent(pictured())).toMatchObject({ is: 'try-later', scope: 'message' })
      expect(accepted().length).toBe(before)
    },
  )

  it('an upload refused by code is refused', async () => {
    vendor.fail(1, { how: 'error', code: 100 }, 'upload')
    expect(await sent(pictured())).toMatchObject({ is: 'refused', code: 'invalid' })
  })

  it('a file that is no longer stored is refused; a store that is away is waited for', async () => {
    expect(await sent(pictured(`sha256:${'0'.repeat(64)}`))).toMatchObject({ is: 'refused', code: 'file_missing' })
    const away: Edges = {
      ...madeEdges().edges,
      file: () => Promise.reject(new GatewayError('blobs.unavailable', 'The disk is away.')),
    }
    expect(await sent(pictured(), away)).toMatchObject({ is: 'try-later', scope: 'message' })
  })
})

describe('the account', () => {
  it('what is refused in words makes no call', async () => {
    const before = vendor.ledger.of('answered').length
    expect(await sent(reply({ text: '' }))).toMatchObject({ is: 'refused', code: 'empty' })
    expect(vendor.ledger.of('answered').length).toBe(before)
  })

  it('a missing permission refuses the reply and shows in the account’s health', async () => {
    vendor.fail(1, { how: 'error', code: 131005 })
    expect(await sent(reply())).toMatchObject({ is: 'refused', code: 'permission' })
    expect(made.health).toMatchObject([{ state: 'degraded' }])
  })

  it('W11 an expired token takes the account down; a new one brings it back', async () => {
    vendor.expireToken()
    expect(await sent(reply())).toMatchObject({ is: 'account-down' })
    expect(await testAccount(made.account, madeEdges().edges, deadline())).toMatchObject({ ok: false })
    vendor.renewToken()
    made = madeAccount(vendor.account())
    expect((await sent(reply())).is).toBe('sent')
  })

  it('a redirecting apiBase takes the account down instead of leaving replies unsure', async () => {
    vendor.fail(1, { how: 'status', status: 301, headers: { location: 'https://elsewhere.example/' } })
    expect(await sent(reply())).toMatchObject({ is: 'account-down' })
  })

  it('a yes without an id, and a yes that is no JSON, are unknown', async () => {
    vendor.fail(1, { how: 'status', status: 200, body: '{"messages":[]}' })
    expect(await sent(reply())).toMatchObject({ is: 'unknown' })
    vendor.fail(1, { how: 'status', status: 200, body: '<html>ok</html>' })
    expect(await sent(reply())).toMatchObject({ is: 'unknown' })
  })

  it('S18 a token that ends in a line break works, and stays out of what is said', async () => {
    const { settings, secrets } = vendor.account()
    const token = String(secrets['accessToken'])
    const account = madeAccount({ settings, secrets: { accessToken: `${token}\n` } }).account
    expect((await send(reply(), account, madeEdges().edges, deadline())).is).toBe('sent')
    vendor.fail(1, { how: 'error', code: 100, text: `Malformed access token ${token}` })
    const outcome = await send(reply(), account, madeEdges().edges, deadline())
    expect(outcome).toMatchObject({ is: 'refused', why: expect.stringContaining('Malformed access token [secret]') })
  })
})

describe('read marks and the test of an account', () => {
  it('W5 tells the vendor which message was seen', async () => {
    const outcome = await markSeen('wamid.seen', made.account, madeEdges().edges, deadline())
    expect(outcome).toEqual({ is: 'sent', externalId: 'wamid.seen' })
    expect(vendor.ledger.of('seen').at(-1)?.id).toBe('wamid.seen')
  })

  it('an id the vendor never gave is refused', async () => {
    expect(await markSeen('42', made.account, madeEdges().edges, deadline())).toMatchObject({ is: 'refused' })
  })

  it('reads the number’s record and sends nothing', async () => {
    const before = accepted().length
    const found = await testAccount(made.account, madeEdges().edges, deadline())
    expect(found).toEqual({ ok: true, why: expect.stringContaining('+15550783881') })
    expect(accepted().length).toBe(before)
  })
})
