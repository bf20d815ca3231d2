// Proves that the stand-in is the vendor of the sheet: bytes, signatures, repeats, receipts, limits, window, media, templates.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HttpRequest } from '../../core/ports/edges.ts'
import { webhookCatcher, type Catcher } from '../../test/support/webhook-catcher.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'
import { vendorBytes } from '../_shared/stand-in/meta-signing.ts'

let vendor: RunningWhatsApp
let catcher: Catcher
beforeEach(async () => {
  vendor = await standIn.start({ seed: 5 })
  catcher = await webhookCatcher()
  vendor.knocksAt(catcher.url)
})
afterEach(async () => {
  await vendor.stop()
  await catcher.stop()
})

type Fields = Record<string, unknown>
const textOf = (request: HttpRequest | undefined): string => Buffer.from(request?.body ?? []).toString('latin1')
const headersOf = (request: HttpRequest | undefined, name: string): string[] =>
  (request?.headers ?? []).filter(([it]) => it === name).map(([, value]) => value)
const valuesOf = (request: HttpRequest | undefined): Fields[] => {
  const call = JSON.parse(Buffer.from(request?.body ?? []).toString()) as { entry: { changes: { value: Fields }[] }[] }
  return call.entry.flatMap((entry) => entry.changes.map((it) => it.value))
}
const messagesOf = (request: HttpRequest | undefined) =>
  valuesOf(request).flatMap((it) => (it['messages'] ?? []) as Fields[])
const statusesOf = () => catcher.caught.flatMap(valuesOf).flatMap((it) => (it['statuses'] ?? []) as Fields[])

async function api(method: string, path: string, body?: unknown, token = vendor.account().secrets['accessToken']) {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const answer = await fetch(path.startsWith('http') ? path : `${vendor.apiBase}/v26.0/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...type },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = (answer.headers.get('content-type') ?? '').includes('json')
  return { status: answer.status, text, json: (isJson ? JSON.parse(text) : {}) as Fields }
}
const phone = (): string => String(vendor.account().settings['phoneNumberId'])
const textTo = (customer: number, more: object = {}) => ({
  messaging_product: 'whatsapp',
  to: vendor.customer(customer).address,
  type: 'text',
  text: { body: 'Merhaba' },
  biz_opaque_callback_data: 'rep_1',
  ...more,
})
const send = (body: unknown) => api('POST', `${phone()}/messages`, body)
const idOf = (json: Fields): string => String((json['messages'] as Fields[])[0]?.['id'])

describe('what it writes', () => {
  it('the bytes are those of the sheet’s wire fixture', () => {
    const wire = readFileSync(join(import.meta.dirname, 'fixtures/text_unicode.wire.json'), 'latin1')
    expect(Buffer.from(vendorBytes(JSON.parse(wire))).toString('latin1')).toBe(wire)
  })

  it('is ASCII without spaces, signed over the very bytes, in lower-case hex', async () => {
    await vendor.write({ customer: 0, text: 'Şu “ürün” 👍 https://a.example/b' })
    const [request] = catcher.caught
    expect(textOf(request)).toMatch(/^[\x20-\x7e]+$/)
    expect(textOf(request)).toContain(
      String.raw`\u015eu \u201c\u00fcr\u00fcn\u201d \ud83d\udc4d https:\/\/a.example\/b`,
    )
    const mac = createHmac('sha256', String(vendor.account().secrets['appSecret'])).update(request!.body).digest('hex')
    expect(headersOf(request, 'x-hub-signature-256')).toEqual([`sha256=${mac}`])
    expect(messagesOf(request)[0]).toMatchObject({ type: 'text', text: { body: 'Şu “ürün” 👍 https://a.example/b' } })
  })

  it('S2 a signature can be missing, wrong or doubled', async () => {
    for (const signature of ['missing', 'wrong', 'doubled', 'right'] as const)
      await vendor.write({ customer: 1 }, { signature })
    expect(catcher.caught.map((it) => headersOf(it, 'x-hub-signature-256').length)).toEqual([0, 1, 2, 1])
    const [, wrong, , right] = catcher.caught
    const mac = (of: HttpRequest) =>
      createHmac('sha256', String(vendor.account().secrets['appSecret'])).update(of.body).digest('hex')
    expect(headersOf(wrong, 'x-hub-signature-256')).not.toEqual([`sha256=${mac(wrong!)}`])
    expect(headersOf(right, 'x-hub-signature-256')).toEqual([`sha256=${mac(right!)}`])
  })

  it('every message has an id of its own, and a seed gives the same ones again', async () => {
    const knocks = await Promise.all(Array.from({ length: 300 }, (_, n) => vendor.write({ customer: n % 7 })))
    expect(new Set(knocks.map((it) => it.id)).size).toBe(300)
    const again = await standIn.start({ seed: 5 })
    again.knocksAt(catcher.url)
    expect((await again.write({ customer: 0 })).id).toBe(knocks[0]?.id)
    await again.stop()
  })

  it('people are distinct and stay who they are', () => {
    const people = Array.from({ length: 2_000 }, (_, n) => vendor.customer(n))
    for (const key of ['address', 'id'] as const) expect(new Set(people.map((it) => it[key])).size).toBe(2_000)
    expect(people.every((it) => /^\+\d{11,12}$/.test(it.address))).toBe(true)
    expect(vendor.customer(17)).toEqual(people[17])
  })

  it.each([
    'image',
    'video',
    'audio',
    'document',
    'sticker',
    'location',
    'contacts',
    'button_reply',
    'reaction',
    'unsupported',
    'new_kind',
  ])('a customer can send %s', async (kind) => {
    await vendor.write({ customer: 2, kind, about: 'wamid.x' })
    const type = kind === 'button_reply' ? 'interactive' : kind
    expect(messagesOf(catcher.caught[0])).toMatchObject([{ type, from: vendor.customer(2).address.slice(1) }])
  })

  it('F14 10,000 messages in one call, each with its own id', async () => {
    const knock = await vendor.writeMany(Array.from({ length: 10_000 }, (_, n) => ({ customer: n % 50 })))
    expect(knock.status).toBe(200)
    expect(new Set(messagesOf(catcher.caught[0]).map((it) => it['id'])).size).toBe(10_000)
  })

  it('fixtures go out byte for byte, signed anew', async () => {
    const fixture = readFileSync(join(import.meta.dirname, 'fixtures/text_unicode.wire.json'))
    await vendor.post(fixture)
    expect(Buffer.compare(fixture, Buffer.from(catcher.caught[0]!.body))).toBe(0)
  })

  it('the handshake asks as the vendor does', async () => {
    const { challenge } = await vendor.handshake('right-or-wrong')
    const { query } = catcher.caught[0]!
    expect([query.get('hub.mode'), query.get('hub.challenge'), query.get('hub.verify_token')]).toEqual([
      'subscribe',
      challenge,
      'right-or-wrong',
    ])
  })

  it('knocks on loopback only', () => expect(() => vendor.knocksAt('https://inlet.example/in/x')).toThrow(/loopback/))
})

describe('G1 how it insists', () => {
  it('only 200 is taken; 202, 204 and 503 are tried again with the same bytes', async () => {
    catcher.answer(503, 202, 204)
    const knock = await vendor.write({ customer: 0 })
    expect(knock.statuses).toEqual([503, 202, 204, 200])
    expect(new Set(catcher.caught.map(textOf)).size).toBe(1)
  })

  it('nobody there counts as a failure and is tried until somebody is', async () => {
    const port = Number(new URL(catcher.url).port)
    await catcher.stop()
    expect((await vendor.write({ customer: 0 }, { retry: false })).status).toBe(0)
    const writing = vendor.write({ customer: 0 })
    await vi.waitUntil(() => vendor.ledger.of('knocked').length >= 3)
    catcher = await webhookCatcher(port)
    const { statuses } = await writing
    expect([statuses[0], statuses.at(-1), catcher.caught.length]).toEqual([0, 200, 1])
  })

  it('repeats, one after another and at one moment', async () => {
    await vendor.write({ customer: 0 }, { times: 3 })
    await vendor.write({ customer: 0 }, { times: 5, concurrently: true })
    expect(catcher.caught.length).toBe(8)
    expect(new Set(catcher.caught.flatMap(messagesOf).map((it) => it['id'])).size).toBe(2)
  })

  it('the ledger holds every call and its answer, in order', async () => {
    catcher.answer(500)
    await vendor.write({ customer: 0, id: 'wamid.one' })
    const told = vendor.ledger.of('knocked').map((it) => [it.ids, it.status, it.attempt])
    expect(told).toEqual([
      [['wamid.one'], 500, 1],
      [['wamid.one'], 200, 2],
    ])
  })
})

describe('W5 receipts', () => {
  beforeEach(() => vendor.write({ customer: 0 }))

  it('sent, delivered and read follow what was accepted, with our key', async () => {
    const id = idOf((await send(textTo(0))).json)
    await vendor.settled()
    expect(statusesOf().map((it) => [it['id'], it['status'], it['biz_opaque_callback_data']])).toEqual(
      ['sent', 'delivered', 'read'].map((state) => [id, state, 'rep_1']),
    )
  })

  it('P4 in an order of the test’s, and not at all', async () => {
    vendor.receipts(['read', 'sent', 'sent', 'delivered'])
    await send(textTo(0))
    await vendor.settled()
    vendor.receipts('off')
    const { json } = await send(textTo(0))
    await vendor.settled()
    expect(statusesOf().map((it) => it['status'])).toEqual(['read', 'sent', 'sent', 'delivered'])
    await vendor.receipt(idOf(json), 'failed', 131049)
    expect(statusesOf().at(-1)).toMatchObject({ status: 'failed', errors: [{ code: 131049 }] })
  })

  it('a reaction is only ever sent', async () => {
    await send({ ...textTo(0), type: 'reaction', reaction: { message_id: 'wamid.x', emoji: '👍' } })
    await vendor.settled()
    expect(statusesOf().map((it) => it['status'])).toEqual(['sent'])
  })

  it('G19 accepted and then cut: the receipts come all the same', async () => {
    vendor.fail(1, { how: 'reset-after-accept' })
    await expect(send(textTo(0))).rejects.toThrow('fetch failed')
    await vendor.settled()
    expect(statusesOf().map((it) => it['biz_opaque_callback_data'])).toEqual(['rep_1', 'rep_1', 'rep_1'])
    expect(vendor.ledger.of('accepted').length).toBe(1)
  })
})

describe('W3 P5 P16 the customer’s 24 hours', () => {
  const hour = 3_600_000
  const lastState = async () => {
    await vendor.settled()
    return statusesOf().at(-1)
  }

  it('a text outside them is accepted and fails a moment later; a template goes', async () => {
    expect((await send(textTo(9))).status).toBe(200)
    expect(await lastState()).toMatchObject({ status: 'failed', errors: [{ code: 131047 }] })
    await send(textTo(9, { type: 'template', template: { name: 'hello_world', language: { code: 'en_US' } } }))
    expect(await lastState()).toMatchObject({ status: 'read' })
  })

  it('they count from the customer’s last message, not from ours', async () => {
    await vendor.write({ customer: 9 })
    vendor.advance(24 * hour - 60_000)
    await send(textTo(9))
    expect(await lastState()).toMatchObject({ status: 'read' })
    vendor.advance(120_000)
    await send(textTo(9))
    expect(await lastState()).toMatchObject({ status: 'failed' })
    await vendor.write({ customer: 9 })
    await send(textTo(9))
    expect(await lastState()).toMatchObject({ status: 'read' })
  })
})
