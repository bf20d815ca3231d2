// What is peculiar to this channel's door: Meta's handshake and signature, and how a call is cut into raws without losing a digit.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Endpoint, Raw } from '../../core/ports/channel.ts'
import type { HttpRequest } from '../../core/ports/edges.ts'
import type { Instant } from '../../schemas/ids.ts'
import { mutated, seeded } from '../../test/support/mutate.ts'
import { cutByRoute } from '../_shared/meta-routes.ts'
import channel from './channel.ts'
import { routeOf, webhook } from './receive.ts'
import type { SecretName, Settings } from './settings.ts'

const now = '2026-11-21T10:00:00.000Z' as Instant
const fixtures = join(import.meta.dirname, 'fixtures')
const bytesOf = (file: string): Uint8Array => new Uint8Array(readFileSync(join(fixtures, file)))
const manifest = readFileSync(join(fixtures, 'manifest.tsv'), 'utf8').trimEnd().split('\n').slice(2)
const rows = manifest
  .map((row) => row.split('\t'))
  .map(([file, bytes, , signature]) => ({ file: file!, bytes: Number(bytes), signature: signature! }))
const header = 'x-hub-signature-256'
const secret = 'test_meta_app_secret_0123456789abcdef'
const account: Settings = { phoneNumberId: '106540352242922', wabaId: '102290129340398' }

const endpoint = (secrets: Partial<Record<SecretName, readonly string[]>>): Endpoint<Settings, SecretName> => ({
  id: 'main',
  settings: account,
  secret: async (name) => secrets[name] ?? [],
})
const ours = endpoint({ appSecret: [secret], verifyToken: ['test-verify-token'] })
const call = (body: Uint8Array, headers: HttpRequest['headers']): HttpRequest => ({
  method: 'POST',
  path: '/in/x/main',
  query: new URLSearchParams(),
  headers,
  body,
})
const sign = (body: Uint8Array, by: string = secret, algorithm = 'sha256'): string =>
  `${algorithm}=${createHmac(algorithm, by).update(body).digest('hex')}`
const post = (body: Uint8Array, headers: HttpRequest['headers'] = [[header, sign(body)]], at = ours) =>
  webhook.open(call(body, headers), at, now)
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (raw: Raw | { readonly bytes: Uint8Array }): string => Buffer.from(raw.bytes).toString('latin1')

describe('the signature', () => {
  it.each(rows)('S1 $file verifies as the vendor signed it, and not with a byte flipped', async (row) => {
    const body = bytesOf(row.file)
    expect(body.byteLength).toBe(row.bytes)
    expect(await post(body, [[header, row.signature]])).toHaveProperty('reply.status', 200)
    const flipped = body.slice()
    flipped[body.length >> 1]! ^= 1
    expect(await post(flipped, [[header, row.signature]])).toHaveProperty('refuse.status', 401)
  })

  it('S1 a body that differs only in whitespace, key order or escapes fails', async () => {
    const body = bytesOf('text_unicode.wire.json')
    const parsed = JSON.parse(textOf({ bytes: body })) as Record<string, unknown>
    const { object, ...rest } = parsed
    const twins = [JSON.stringify(parsed, null, 1), JSON.stringify({ ...rest, object }), JSON.stringify(parsed)]
    for (const twin of twins) {
      expect(JSON.parse(twin)).toEqual(parsed)
      expect(await post(bytes(twin), [[header, sign(body)]])).toHaveProperty('refuse.status', 401)
    }
  })

  const body = bytesOf('text.json')
  const right = sign(body)
  const refused: readonly (readonly [what: string, headers: HttpRequest['headers']])[] = [
    ['missing', []],
    ['empty', [[header, '']]],
    ['doubled', [[header, right], [header, right]]],
    ['doubled in another case', [[header, right], ['X-Hub-Signature-256', right]]],
    ['joined by a comma', [[header, `${right}, ${right}`]]],
    ['a digit short', [[header, right.slice(0, -1)]]],
    ['a digit long', [[header, `${right}0`]]],
    ['of a megabyte', [[header, right + '0'.repeat(1_000_000)]]],
    ['without its prefix', [[header, right.slice(7)]]],
    ['with another prefix', [[header, right.replace('sha256', 'sha512')]]],
    ['in upper case', [[header, `sha256=${right.slice(7).toUpperCase()}`]]],
    ['not hex', [[header, `sha256=${'g'.repeat(64)}`]]],
    ['padded by blanks', [[header, ` ${right}`]]],
    ['SHA-1 alone', [['x-hub-signature', sign(body, secret, 'sha1')]]],
    ['SHA-1 under the name of SHA-256', [[header, sign(body, secret, 'sha1')]]],
    ['by another secret', [[header, sign(body, 'another')]]],
    ['by an empty secret', [[header, sign(body, '')]]],
  ] // prettier-ignore
  it.each(refused)('S2 a header that is %s is refused with 401', async (_what, headers) => {
    const opened = await post(body, headers)
    expect(opened).toMatchObject({ refuse: { status: 401, body: 'refused' } })
    expect(opened).not.toHaveProperty('raws')
  })

  it('S2 an endpoint without a secret, or with an empty one, takes nothing', async () => {
    for (const appSecret of [[], ['']])
      expect(await post(body, [[header, sign(body, '')]], endpoint({ appSecret }))).toHaveProperty('refuse.status', 401)
  })

  it('S3 while rotating both secrets are taken, afterwards only the new one', async () => {
    const rotating = endpoint({ appSecret: ['the-new-one', secret] })
    const after = endpoint({ appSecret: ['the-new-one'] })
    for (const by of ['the-new-one', secret])
      expect(await post(body, [[header, sign(body, by)]], rotating)).toHaveProperty('reply.status', 200)
    expect(await post(body, [[header, sign(body)]], after)).toHaveProperty('refuse.status', 401)
  })

  it('the answer is exactly 200 with a small plain body, as the vendor takes nothing else', async () => {
    expect(await post(body)).toMatchObject({ reply: { status: 200, body: 'ok' } })
  })
})

describe('the handshake', () => {
  const shake = (query: string, method = 'GET') =>
    webhook.open({ ...call(new Uint8Array(), []), method, query: new URLSearchParams(query) }, ours, now)

  it('S5 echoes the challenge as it came, as plain text, and keeps nothing', async () => {
    for (const challenge of ['1158201444', '00012', '1e3', '18446744073709551616'])
      expect(await shake(`hub.mode=subscribe&hub.challenge=${challenge}&hub.verify_token=test-verify-token`)).toEqual({
        raws: [],
        reply: {
          status: 200,
          body: challenge,
          headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
        },
      })
  })

  it.each([
    'hub.mode=subscribe&hub.challenge=SECRETECHO&hub.verify_token=wrong',
    'hub.mode=subscribe&hub.challenge=SECRETECHO&hub.verify_token=',
    'hub.mode=subscribe&hub.challenge=SECRETECHO',
    'hub.mode=unsubscribe&hub.challenge=SECRETECHO&hub.verify_token=test-verify-token',
    'hub.challenge=SECRETECHO&hub.verify_token=test-verify-token',
    'hub.mode=subscribe&hub.verify_token=test-verify-token',
    'hub.mode=subscribe&hub.challenge=SECRETECHO&hub.challenge=2&hub.verify_token=test-verify-token',
    'hub.mode=subscribe&hub.challenge=SECRETECHO&hub.verify_token=test-verify-token&hub.verify_token=x',
    `hub.mode=subscribe&hub.challenge=SECRETECHO${'0'.repeat(300)}&hub.verify_token=test-verify-token`,
    'hub[mode]=subscribe&hub[challenge]=SECRETECHO&hub[verify_token]=test-verify-token',
    '',
  ])('S5 refuses %s with 403 and reflects nothing', async (query) => {
    const opened = await shake(query)
    expect(opened).toHaveProperty('refuse.status', 403)
    expect(JSON.stringify(opened)).not.toContain('SECRETECHO')
    expect(JSON.stringify(opened)).not.toContain('test-verify-token')
  })

  it('other methods are refused with 405', async () => {
    expect(await shake('', 'PUT')).toHaveProperty('refuse.status', 405)
  })
})

describe('one raw a route', () => {
  const rawsOf = async (body: Uint8Array): Promise<readonly Raw[]> => {
    const opened = await post(body)
    if (!('raws' in opened)) throw new Error(opened.why)
    return opened.raws
  }

  it('S1 a call of one route is kept as exactly its bytes', async () => {
    const body = bytesOf('text.json')
    const [raw, ...more] = await rawsOf(body)
    expect(more).toEqual([])
    expect(raw).toMatchObject({ route: '106540352242922', contentType: 'application/json', receivedAt: now })
    expect(Buffer.compare(raw!.bytes, body)).toBe(0)
  })

  it('a call of several routes is cut, each part in the vendor’s own text', async () => {
    const body = bytesOf('mixed-routes.json')
    const raws = await rawsOf(body)
    expect(raws.map((raw) => raw.route)).toEqual(['106540352242922', 'waba:102290129340398', '7794189252778687'])
    expect(textOf(raws[1]!)).toContain('"message_template_id":12345678901234567890')
    expect(textOf(raws[1]!)).not.toContain('phone_number_id')
    expect(textOf(raws[0]!)).toContain(String.raw`"body":"a \u20ac \/ ]}, "`)
    for (const raw of raws) expect(JSON.parse(textOf(raw))).toMatchObject({ note: 'kept' })
    expect(await rawsOf(body)).toEqual(raws)
  })

  it('W11 management events go by the business account, which an account claims beside its number', async () => {
    const [raw] = await rawsOf(bytesOf('template_status_approved.json'))
    expect(raw?.route).toBe('waba:102290129340398')
    expect(channel.routesOf(account)).toEqual(['106540352242922', 'waba:102290129340398'])
    expect(channel.routesOf({ phoneNumberId: '1' })).toEqual(['1'])
  })

  it.each(['', 'not json', '[]', '7', 'null', '{"object":', '{"entry":{}}'])(
    'G3 signed %j is kept under no route',
    async (text) => {
      expect(await rawsOf(bytes(text))).toMatchObject([{ route: '', bytes: bytes(text) }])
    },
  )
  it('G3 S7 nesting of 100,000 levels is refused for good, signed or not', async () => {
    const deep = bytes(`{"entry":${'['.repeat(100_000)}`)
    expect(await post(deep)).toHaveProperty('refuse.status', 400)
    expect(await post(deep, [])).toHaveProperty('refuse.status', 401)
    expect(() =>
      channel.normalize({ route: '', bytes: deep, contentType: '', receivedAt: now }, { id: 'a', settings: account }),
    ).toThrow('deeper than 32')
  })

  it('F14 10,000 entries are taken whole; of 10,000 numbers they are 10,000 raws', async () => {
    const entry = (n: number, number: string) =>
      `{"id":"1","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"${number}"},"messages":[{"id":"m${n}","from":"16505551234","timestamp":"1794312000","type":"text","text":{"body":"x"}}]}}]}`
    const of = (number: (n: number) => string) =>
      bytes(
        `{"object":"whatsapp_business_account","entry":[${Array.from({ length: 10_000 }, (_, n) => entry(n, number(n))).join(',')}]}`,
      )
    const [whole] = await rawsOf(of(() => account.phoneNumberId))
    expect(await channel.normalize(whole!, { id: 'main', settings: account })).toHaveLength(10_000)
    expect(await rawsOf(of(String))).toHaveLength(10_000)
  })

  it('S34 spoilt calls are cut without a fault, and what is readable stays readable', () => {
    const chance = seeded(11)
    for (let n = 0; n < 2_000; n += 1) {
      const body = mutated(bytesOf(n % 2 === 0 ? 'mixed-routes.json' : 'batch_two_entries.json'), chance)
      const cuts = cutByRoute(body, routeOf)
      expect(cuts.length).toBeGreaterThan(0)
      if (cuts.length > 1) for (const cut of cuts) JSON.parse(textOf(cut))
    }
  })
})

describe('an address that an agent types', () => {
  const typed = (text: string) => channel.address!(text, { id: 'main', settings: account })

  it.each([
    ['+90 (532) 123-45-67', '905321234567'],
    ['00905321234567', '905321234567'],
    ['+5215512345678', '5215512345678'],
  ])('D2 W2 %s reaches %s', (text, digits) => {
    expect(typed(text)).toMatchObject({ to: { id: digits, address: `+${digits}` } })
  })
  it('P20 meets the conversation of either spelling', () => {
    expect(typed('+525512345678')).toMatchObject({ threadKeys: ['phone:525512345678'] })
    expect(typed('+5215512345678')).toMatchObject({ lane: '106540352242922/phone:525512345678' })
  })
  it.each(['05321234567', 'ada@example.com', '+12', '+0532123456', '+90532123456789012', ''])(
    'W2 says why %j cannot be reached',
    (text) => {
      expect(typed(text)).toHaveProperty('refuse')
    },
  )
})
