// The door and the borders of a channel of private messages at Meta: who gets in, how much at once, what a window allows to the millisecond.
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Channel, Endpoint, InboundEvent, Raw, Webhook } from '../../core/ports/channel.ts'
import { stepNow } from '../../core/rules/window.ts'
import type { Instant } from '../../schemas/ids.ts'

export interface MetaDoor<S, Name extends string> {
  readonly channel: Channel<S, Name>
  readonly webhook: Webhook<S, Name>
  readonly settings: S
  /** `object` of its calls. */
  readonly object: string
}
const now = '2026-11-21T10:00:00.000Z' as Instant
const dayLater = '2026-11-22T10:00:00.000Z' as Instant
const challenge = '1158201444'

export function metaDoor<S, Name extends string>(of: MetaDoor<S, Name>): void {
  const { channel, webhook, object } = of
  const home = channel.routesOf(of.settings)[0]!
  const secrets: Readonly<Record<string, readonly string[]>> = {
    appSecret: ['new', 'old'],
    verifyToken: ['v-new', 'v-old'],
  }
  const endpoint: Endpoint<S, Name> = { id: 'main', settings: of.settings, secret: async (name) => secrets[name] ?? [] }
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  const sign = (body: Uint8Array, by: string): string => `sha256=${createHmac('sha256', by).update(body).digest('hex')}`
  const open = (method: string, body: Uint8Array, more: { readonly query?: string; readonly signature?: string }) =>
    webhook.open(
      {
        method,
        path: '/',
        query: new URLSearchParams(more.query),
        headers: more.signature === undefined ? [] : [['x-hub-signature-256', more.signature]],
        body,
      },
      endpoint,
      now,
    )
  const post = (body: Uint8Array, signed = body, by = 'new') => open('POST', body, { signature: sign(signed, by) })
  const rawsOf = async (body: Uint8Array): Promise<readonly Raw[]> => {
    const opened = await post(body)
    return 'raws' in opened ? opened.raws : []
  }
  const read = (raw: Raw): readonly InboundEvent[] =>
    channel.normalize(raw, { id: 'main', settings: of.settings }) as readonly InboundEvent[]
  const message = (n: number, page = home, more = '') =>
    `{"sender":{"id":"5361048253959512"},"recipient":{"id":"${page}"},"timestamp":1794312000123,"message":{"mid":"m_${n}","text":"x"}${more}}`
  const entry = (page: string, ...messages: readonly string[]) =>
    `{"id":"${page}","time":1794312000473,"messaging":[${messages.join(',')}]}`
  const call = (...entries: readonly string[]) => bytes(`{"object":"${object}","entry":[${entries.join(',')}]}`)
  const one = call(entry(home, message(1)))

  describe(`the door of ${channel.name}`, () => {
    it('S1 the signature is over the bytes: a blank, another order of keys or one letter more is another call', async () => {
      expect(await post(one)).toHaveProperty('reply.status', 200)
      const text = new TextDecoder().decode(one)
      for (const other of [
        `${text} `,
        text.replace(':', ': '),
        text.replace('m_1', 'm_2'),
        JSON.stringify({ entry: JSON.parse(text).entry, object }),
      ])
        // prettier-ignore
        expect(await post(bytes(other), one), other).toHaveProperty('refuse.status', 401)
    })

    it('S2 S3 both secrets of a rotation sign, nothing else does, and no signature opens nothing', async () => {
      for (const by of ['new', 'old']) expect(await post(one, one, by)).toHaveProperty('reply.status', 200)
      for (const by of ['newer', '', 'v-new']) expect(await post(one, one, by === '' ? ' ' : by)).toHaveProperty('refuse.status', 401) // prettier-ignore
      for (const signature of [
        undefined,
        '',
        'sha256=',
        'sha1=00',
        sign(one, 'new').slice(0, -1),
        `${sign(one, 'new')}0`,
      ])
        expect(await open('POST', one, signature === undefined ? {} : { signature })).toHaveProperty(
          'refuse.status',
          401,
        )
    })

    it('S4 no time is signed: the same call a day later is the same facts', () => {
      const raw: Raw = { route: home, bytes: one, contentType: 'application/json', receivedAt: now }
      const ids = (it: Raw) => read(it).map(({ type, dedupe }) => [type, dedupe])
      expect(ids({ ...raw, receivedAt: dayLater })).toEqual(ids(raw))
    })

    it('S5 the handshake answers the right token alone, with the challenge as plain text, and tells a wrong one nothing', async () => {
      const hello = (query: string) => open('GET', new Uint8Array(), { query })
      const asked = (token: string, words = challenge) => `hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=${words}` // prettier-ignore
      for (const token of ['v-new', 'v-old']) {
        const { reply } = (await hello(asked(token, '%3Cscript%3E1'))) as { reply: { headers: Record<string, string> } }
        expect(reply).toMatchObject({ status: 200, body: '<script>1' })
        expect(reply.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }) // prettier-ignore
      }
      const wrong = [asked('v-other'), asked(''), asked('v-new', ''), asked('v-new', '1'.repeat(201)), `${asked('v-new')}&hub.verify_token=x`, `${asked('v-new')}&hub.challenge=2`, asked('v-new').replace('subscribe', 'unsubscribe'), ''] // prettier-ignore
      for (const query of wrong)
        expect(await hello(query), query).toMatchObject({ refuse: { status: 403, body: 'refused' } })
      for (const method of ['PUT', 'HEAD', 'DELETE'])
        expect(await open(method, one, { signature: sign(one, 'new') })).toHaveProperty('refuse.status', 405)
    })

    it('S7 F14 what is nested too deep is refused for good and unsigned all the same; traps of keys are words like others', async () => {
      const deep = bytes(`{"object":"${object}","entry":${'['.repeat(100_000)}`)
      expect(await post(deep)).toHaveProperty('refuse.status', 400)
      expect(await open('POST', deep, {})).toHaveProperty('refuse.status', 401)
      const [raw] = await rawsOf(call(entry(home, message(2, home, ',"__proto__":{"message":7},"constructor":{"prototype":1}')))) // prettier-ignore
      expect(read(raw!)).toMatchObject([{ type: 'message.received', data: { externalId: 'm_2' } }])
      expect({}).not.toHaveProperty('message')
    })

    it('G6 F14 of 10,000 events in one call every one is read in its order, of 2,000 accounts each has its own bytes', async () => {
      const entries = Array.from({ length: 1_000 }, (_, at) =>
        entry(home, ...Array.from({ length: 10 }, (_more, n) => message(at * 10 + n))),
      )
      const whole = await rawsOf(call(...entries))
      expect(whole).toHaveLength(1)
      expect(read(whole[0]!).map((it) => (it.type === 'message.received' ? it.data.externalId : it.type))).toEqual(
        Array.from({ length: 10_000 }, (_, n) => `m_${n}`),
      )
      const mixed = await rawsOf(call(...Array.from({ length: 2_000 }, (_, n) => entry(String(10_000 + n), message(n, String(10_000 + n)))))) // prettier-ignore
      expect(mixed.map((it) => it.route)).toEqual(Array.from({ length: 2_000 }, (_, n) => String(10_000 + n)))
    })

    it('G6 F14 wrong types, huge numbers, half characters and a message of 3 MB spoil nobody beside them', async () => {
      const spoilt = ['7', 'null', '[]', '{}', '{"sender":7,"timestamp":"x","message":{}}', message(1).replace('"x"', '{"a":1}')] // prettier-ignore
      const odd = [
        message(3).replace('"5361048253959512"', '53610482539595129007199254740993'),
        message(4).replace('"x"', String.raw`"half \ud83d"`),
        message(5).replace('"x"', `"${'y'.repeat(3_000_000)}"`),
      ]
      const [raw] = await rawsOf(call(entry(home, ...spoilt, ...odd, message(6))))
      const events = read(raw!)
      expect(events.filter((it) => it.type === 'ingest.quarantined')).toHaveLength(spoilt.length)
      const kept = events.flatMap((it) => (it.type === 'message.received' ? [it.data] : []))
      expect(kept.map((it) => it.externalId)).toEqual(['m_3', 'm_4', 'm_5', 'm_6'])
      expect(kept[0]?.from.id).toBe('53610482539595129007199254740993')
    })
  })

  it('D38 D46 B16 B17 P17 anybody for a day and a person until the seventh, to the millisecond; nobody before the customer has written', () => {
    const { windows } = channel.can['dm']!
    const at = (ms: number, author: 'person' | 'bot') =>
      stepNow(windows, now, { now: new Date(Date.parse(now) + ms).toISOString() as Instant, author })?.as ?? null
    const day = 24 * 3_600_000
    const steps = [0, day - 1, day, 7 * day - 1, 7 * day, 30 * day]
    expect(steps.map((ms) => at(ms, 'person'))).toEqual(['free', 'free', 'tagged', 'tagged', null, null])
    expect(steps.map((ms) => at(ms, 'bot'))).toEqual(['free', 'free', null, null, null, null])
    expect(stepNow(windows, null, { now, author: 'person' })).toBeNull()
  })
}
