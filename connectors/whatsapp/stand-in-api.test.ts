// Proves the stand-in's API: bearer, shapes, buckets on the vendor's clock, templates, media addresses, and its faults.
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { webhookCatcher } from '../../test/support/webhook-catcher.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let vendor: RunningWhatsApp
let clockMs = Date.parse('2026-11-21T09:00:00Z')
beforeEach(async () => {
  clockMs = Date.parse('2026-11-21T09:00:00Z')
  vendor = await standIn.start({ seed: 6, now: () => clockMs })
})
afterEach(() => vendor.stop())

type Fields = Record<string, unknown>
async function api(method: string, path: string, body?: unknown, token = vendor.account().secrets['accessToken']) {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(path.startsWith('http') ? path : `${vendor.apiBase}/v26.0/${path}`, {
    method,
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const json = (answer.headers.get('content-type') ?? '').includes('json') ? (JSON.parse(text) as Fields) : {}
  return { status: answer.status, text, json, code: ((json['error'] ?? {}) as Fields)['code'] }
}
const phone = (account = 0): string => String(vendor.account(account).settings['phoneNumberId'])
const waba = (): string => String(vendor.account().settings['wabaId'])
const textTo = (customer: number, more: object = {}) => ({
  messaging_product: 'whatsapp',
  to: vendor.customer(customer).address,
  type: 'text',
  text: { body: 'Merhaba' },
  ...more,
})
const send = (body: unknown, account = 0) => api('POST', `${phone(account)}/messages`, body)

describe('the door', () => {
  it('a wrong, an expired and a renewed token', async () => {
    expect(await api('GET', phone(), undefined, 'EAAwrong')).toMatchObject({ status: 401, code: 190 })
    vendor.expireToken()
    expect(await send(textTo(0))).toMatchObject({ status: 401, code: 190 })
    vendor.renewToken()
    expect((await send(textTo(0))).status).toBe(200)
  })

  it.each([
    ['no product', { messaging_product: 'x' }, 100],
    ['no address', { to: undefined }, 100],
    ['an address that is no number', { to: 'abc' }, 131009],
    ['a kind nobody knows', { type: 'poll' }, 100],
    ['a kind of the prototype', { type: 'constructor' }, 100],
    ['no content', { text: undefined }, 131008],
    ['a text too long', { text: { body: 'a'.repeat(4_097) } }, 131009],
    ['a file nobody uploaded', { type: 'image', image: {} }, 131009],
    [
      'four buttons',
      {
        type: 'interactive',
        interactive: {
          type: 'button',
          body: { text: 'a' },
          action: { buttons: Array.from({ length: 4 }, (_, n) => ({ reply: { id: `${n}`, title: 'a' } })) },
        },
      },
      131009,
    ],
  ])('%s is refused', async (_, more, code) => {
    expect(await send(textTo(0, more))).toMatchObject({ status: 400, code })
    expect(vendor.ledger.of('accepted')).toEqual([])
  })

  it('an answer names who it went to: by number, or by user id', async () => {
    const { address, id } = vendor.customer(0)
    expect((await send(textTo(0))).json['contacts']).toEqual([{ input: address, wa_id: address.slice(1) }])
    const toUser = { to: undefined, recipient: id }
    expect((await send(textTo(0, toUser))).json['contacts']).toEqual([{ input: id, user_id: id }])
    expect((await send(textTo(0, { recipient: id }))).json['contacts']).toEqual([
      { input: address, wa_id: address.slice(1) },
    ])
  })
})

describe('G20 its buckets', () => {
  it('80 a second for a number; another number has its own', async () => {
    const first = await Promise.all(Array.from({ length: 82 }, (_, n) => send(textTo(n))))
    expect(first.filter((it) => it.status === 200).length).toBe(80)
    expect(first.filter((it) => it.code === 130429 && it.status === 400).length).toBe(2)
    expect((await send(textTo(0), 1)).status).toBe(200)
    clockMs += 1_000
    expect((await send(textTo(0))).status).toBe(200)
  })

  it('45 at once for a pair, then one each six seconds', async () => {
    const first = await Promise.all(Array.from({ length: 46 }, () => send(textTo(0))))
    expect(first.filter((it) => it.code === 131056).length).toBe(1)
    expect((await send(textTo(1))).status).toBe(200)
    clockMs += 5_999
    expect((await send(textTo(0))).code).toBe(131056)
    clockMs += 2
    expect([(await send(textTo(0))).status, (await send(textTo(0))).code]).toEqual([200, 131056])
  })
})

describe('W11 templates', () => {
  it('are made, reviewed, told by webhook with an id wider than a double, and then may be sent', async () => {
    const catcher = await webhookCatcher()
    vendor.knocksAt(catcher.url)
    const body = {
      name: 'yeni_kampanya',
      language: 'tr',
      category: 'marketing',
      components: [{ type: 'BODY', text: 'Merhaba {{1}}' }],
    }
    const made = await api('POST', `${waba()}/message_templates`, body)
    expect(made.json).toMatchObject({ status: 'PENDING', category: 'MARKETING' })
    const template = {
      name: body.name,
      language: { code: 'tr' },
      components: [{ type: 'body', parameters: [{ type: 'text', text: 'Ayşe' }] }],
    }
    expect((await send(textTo(0, { type: 'template', template }))).code).toBe(132001)
    await vendor.settled()
    const told = Buffer.from(catcher.caught[0]?.body ?? []).toString()
    expect(told).toContain(`"message_template_id":${String(made.json['id'])},`)
    expect(told).toContain('"event":"APPROVED"')
    expect(Number.isSafeInteger(Number(made.json['id']))).toBe(false)
    vendor.receipts('off')
    expect((await send(textTo(0, { type: 'template', template }))).status).toBe(200)
    vendor.template(body.name, 'tr', 'PAUSED')
    expect((await send(textTo(0, { type: 'template', template }))).code).toBe(132015)
    await catcher.stop()
  })

  it('can be listed by state and removed', async () => {
    const listed = await api('GET', `${waba()}/message_templates?status=approved`)
    expect((listed.json['data'] as Fields[]).map((it) => it['name'])).toContain('hello_world')
    await api('DELETE', `${waba()}/message_templates?name=hello_world`)
    expect(
      (await send(textTo(0, { type: 'template', template: { name: 'hello_world', language: { code: 'en_US' } } })))
        .code,
    ).toBe(132001)
  })
})

describe('W4 media', () => {
  const id = '1003383421387256'
  const urlOf = async () => String((await api('GET', id)).json['url'])

  it('a fixture’s file has the bytes and the hash of the sheet', async () => {
    const record = await api('GET', id)
    const content = `stand-in media ${id}\n`
    expect((await api('GET', String(record.json['url']))).text).toBe(content)
    expect(record.json['sha256']).toBe(createHash('sha256').update(content).digest('hex'))
    expect(createHash('sha256').update(content).digest('base64')).toBe('rO5T+mV7hXnXnP2bslrC5WMz/0wEZsGdJTkTstuQcyI=')
  })

  it('an address needs the bearer and lives five minutes on the vendor’s clock', async () => {
    const url = await urlOf()
    expect((await fetch(url)).status).toBe(401)
    clockMs += 5 * 60_000
    expect((await api('GET', url)).status).toBe(200)
    clockMs += 1
    expect((await api('GET', url)).status).toBe(404)
    expect((await api('GET', await urlOf())).status).toBe(200)
  })

  it('an address that somebody made up, or changed, is not found', async () => {
    const url = await urlOf()
    expect((await api('GET', url.replace(id, '1003383421387257'))).status).toBe(404)
    vendor.expireUrls()
    expect((await api('GET', url)).status).toBe(404)
  })

  it('a removed file is not there any more', async () => {
    expect((await api('DELETE', id)).json).toEqual({ success: true })
    expect(await api('GET', id)).toMatchObject({ status: 400, code: 100 })
  })
})

describe('its faults', () => {
  it('come so often as ordered, in their order, on the call they are for', async () => {
    vendor.fail(1, { how: 'error', code: 131016 }, 'media')
    vendor.fail(2, { how: 'error', code: 2 })
    vendor.fail(1, { how: 'status', status: 502 })
    const seen = [await send(textTo(0)), await send(textTo(0)), await send(textTo(0)), await send(textTo(0))]
    expect(seen.map((it) => [it.status, it.code])).toEqual([
      [503, 2],
      [503, 2],
      [502, undefined],
      [200, undefined],
    ])
    expect((await api('GET', '1003383421387256')).code).toBe(131016)
  })

  it('slow answers late, with everything done', async () => {
    vendor.fail(1, { how: 'slow', ms: 150 })
    const startedAt = performance.now()
    expect((await send(textTo(0))).status).toBe(200)
    expect(performance.now() - startedAt).toBeGreaterThan(140)
  })
})
