// What is peculiar to this channel: four places for one event, stories never stored, bytes not characters, comments, its own token.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Account, Endpoint, InboundEvent, Keep, OutboundMessage } from '../../core/ports/channel.ts'
import { fit } from '../../core/rules/fit.ts'
import type { Instant } from '../../schemas/ids.ts'
import { metaAsking } from '../../test/contracts/meta-asking.ts'
import { madeAccount, madeEdges } from '../../test/support/made-account.ts'
import { attachment, outbound } from '../../test/support/outbound.ts'
import { webhookCatcher, type Catcher } from '../../test/support/webhook-catcher.ts'
import channel from './channel.ts'
import { watch, webhook } from './receive.ts'
import type { SecretName, Settings } from './settings.ts'
import { standIn, type RunningInstagram } from './stand-in/index.ts'

const now = '2026-11-21T10:00:00.000Z' as Instant
const us = '17841405726653026'
const account = { id: 'main', settings: { accountId: us } }
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, `fixtures/${name}.json`)))
const readBytes = (bytes: Uint8Array): readonly InboundEvent[] =>
  channel.normalize(
    { route: us, bytes, contentType: 'application/json', receivedAt: now },
    account,
  ) as readonly InboundEvent[]
const read = (name: string) => readBytes(bytesOf(name))
const only = (name: string) => {
  const events = read(name)
  expect(events).toHaveLength(1)
  return events[0]!
}
const deadline = () => AbortSignal.timeout(10_000)

describe('what comes', () => {
  it('G4 a comment is one fact, whichever field, shape or list brings it', () => {
    const value = { id: '17919697626119900', from: { id: '1', username: 'a' }, media: { id: '2' }, text: 'Price?' }
    const entry = { id: us, time: 1794312003 }
    const shapes = [
      { ...entry, changes: [{ field: 'comments', value }] },
      { ...entry, field: 'comments', value },
      { ...entry, changes: [{ field: 'live_comments', value }] },
      { ...entry, changes: [{ field: 'mentions', value: { comment_id: value.id, media_id: '2' } }] },
      { ...entry, changes: [{ field: 'comments', value: { ...value, id: undefined, comment_id: value.id } }] },
    ]
    const calls = shapes.map((it) => ({ object: 'instagram', entry: [it] }))
    const events = [...calls, [calls[0]]].flatMap((it) => readBytes(new TextEncoder().encode(JSON.stringify(it))))
    expect(events).toHaveLength(6)
    expect(new Set(events.map((it) => `${it.type} ${it.dedupe} ${it.threadKeys.join()}`))).toHaveProperty('size', 1)
  })

  it('a story’s media is shown by its live address and never stored', () => {
    for (const [name, of] of [
      ['message_story_reply', 'reply'],
      ['message_story_mention', 'mention'],
    ] as const) {
      const { data } = only(name)
      expect(data).toMatchObject({
        parts: [{ kind: 'story', of }],
        attachments: [{ source: { live: expect.any(String) } }],
      })
      expect(JSON.stringify(data)).not.toContain('atVendor')
    }
  })

  it('what the customer took back is a deletion, what they read is told by message, an account alone with itself says nothing', () => {
    const [text, gone] = [only('message_text'), only('message_deleted')]
    expect(gone).toMatchObject({
      type: 'message.deleted',
      data: { target: text.type === 'message.received' ? text.data.externalId : '' },
    })
    expect(only('seen').data).toMatchObject({ state: 'read', externalId: expect.stringMatching(/^aWdf/) })
    expect(read('message_is_self')).toEqual([])
    expect(only('message_unsupported').data).toMatchObject({ parts: [{ kind: 'unsupported' }] })
  })

  it('an echo names nobody, so it may be ours; our own comment coming back is one too', () => {
    for (const name of ['message_echo', 'comment_by_own_account'])
      expect(only(name)).toMatchObject({ type: 'message.echoed', data: { mayBeOurs: true, from: { id: us } } })
  })

  it('a comment on an advertisement speaks of the post it shows', () =>
    expect(only('comment_on_ad').data).toMatchObject({
      parts: [{ kind: 'post', id: '18172143295349192', adTitle: 'Autumn' }],
    }))

  it('S1 S3 each login model signs with its own secret, and both knock at one address', async () => {
    const body = bytesOf('text')
    const knock = (by: string, secrets: Partial<Record<SecretName, readonly string[]>>) => {
      const endpoint: Endpoint<Settings, SecretName> = {
        id: 'main',
        settings: account.settings,
        secret: async (it) => secrets[it] ?? [],
      }
      const signature = `sha256=${createHmac('sha256', by).update(body).digest('hex')}`
      const call = {
        method: 'POST',
        path: '/',
        query: new URLSearchParams(),
        headers: [['x-hub-signature-256', signature]] as const,
        body,
      }
      return webhook.open(call, endpoint, now)
    }
    const both = { appSecret: ['one'], otherAppSecret: ['two'] }
    for (const by of ['one', 'two']) expect(await knock(by, both)).toHaveProperty('reply.status', 200)
    expect(await knock('three', both)).toHaveProperty('refuse.status', 401)
    expect(await knock('two', { appSecret: ['one'] })).toHaveProperty('refuse.status', 401)
  })
})

describe('what goes', () => {
  let vendor: RunningInstagram
  let catcher: Catcher
  let user: string
  beforeAll(async () => {
    vendor = await standIn.start({ seed: 41 })
    catcher = await webhookCatcher()
    vendor.knocksAt(catcher.url)
    vendor.receipts('off')
    user = vendor.customer(0).id
  })
  beforeEach(() => vendor.write({ customer: 0 }))
  afterAll(async () => {
    await vendor.stop()
    await catcher.stop()
  })
  const made = () => madeAccount(vendor.account())
  const send = (more: Partial<OutboundMessage>) =>
    channel.send!(
      outbound({ vendor: { user }, to: { id: user, name: null, address: null, keys: [] }, ...more }),
      made().account,
      madeEdges().edges,
      deadline(),
    )
  const last = () => vendor.ledger.of('accepted').at(-1)

  metaAsking({ channel, account, vendor: () => vendor, catcher: () => catcher })

  it('a thousand bytes are not a thousand letters: what is too long is refused here, as the capabilities say', async () => {
    const text = 'ş'.repeat(501)
    const before = vendor.ledger.of('answered').length
    expect(await send({ text })).toMatchObject({ is: 'refused', code: 'too_long' })
    expect(vendor.ledger.of('answered').length).toBe(before)
    const draft = { author: 'person', text, parts: [], attachments: [], copies: 0 } as const
    const facts = { can: channel.can['dm']!, customerAt: now, now, template: null, last: null }
    expect(fit(draft, facts)).toMatchObject({ misfit: { code: 'too_long', facts: { length: 1_002, max: 1_000 } } })
    expect(await send({ text: 'ş'.repeat(500) })).toMatchObject({ is: 'sent' })
  })

  it('a file goes as an address of ours, a reaction as an action', async () => {
    expect(await send({ attachments: [attachment('image/png')] })).toMatchObject({ is: 'sent' })
    expect(last()?.body).toMatchObject({
      message: { attachment: { type: 'image', payload: { url: expect.stringMatching(/^https:/) } } },
    })
    expect(await send({ parts: [{ kind: 'reaction', emoji: '❤️' }], repliesTo: ['aWdm1'] })).toMatchObject({
      is: 'sent',
    })
    expect(last()?.body).toMatchObject({ sender_action: 'react', payload: { message_id: 'aWdm1' } })
  })

  it('D46 B17 P17 after the free day a person’s answer goes under HUMAN_AGENT, a bot’s does not go', async () => {
    vendor.advance(25 * 3_600_000)
    expect(await send({ text: 'tagged', as: 'tagged' })).toMatchObject({ is: 'sent' })
    expect(last()?.body).toMatchObject({ messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' })
    expect(await send({ text: 'a bot', as: 'tagged', author: 'bot' })).toMatchObject({
      is: 'refused',
      code: 'window_closed',
    })
  })

  it('an answer to an answer lands under the top comment; in private it goes once; a live comment takes none in public', async () => {
    const top = await vendor.write({ customer: 0, kind: 'comment' })
    const under = await vendor.write({ customer: 1, kind: 'comment', about: top.id })
    const to = { kind: 'comment', vendor: { target: under.id, root: top.id }, repliesTo: [under.id] }
    expect(await send({ ...to, text: 'In public' })).toMatchObject({ is: 'sent' })
    expect(last()).toMatchObject({ to: top.id, kind: 'comment' })
    const privately = { ...to, text: 'In private', parts: [{ kind: 'private_reply' }] }
    expect(await send(privately)).toMatchObject({ is: 'sent' })
    expect(last()?.body).toMatchObject({ recipient: { comment_id: under.id } })
    expect(await send(privately)).toMatchObject({ is: 'refused', code: 'private_reply_used' })
    const gone = { ...to, vendor: { target: '17900000000000001', root: '17900000000000001' }, repliesTo: [] }
    expect(await send({ ...gone, text: 'Too late' })).toMatchObject({ is: 'refused', code: 'comment_gone' })
    expect(await send({ ...to, vendor: { ...to.vendor, live: 'yes' }, text: 'x' })).toMatchObject({
      code: 'live_comment',
    })
  })

  it('what a mention says is fetched as a file of text, as only asking tells', async () => {
    const { id } = await vendor.write({ customer: 1, kind: 'mention', text: 'Bayıldım @our.store' })
    const event = readBytes(catcher.caught.at(-1)!.body)[0]!
    const file = event.type === 'message.received' ? event.data.attachments[0]! : undefined
    expect(file?.source).toEqual({ atVendor: expect.stringContaining(id) })
    const at = file !== undefined && 'atVendor' in file.source ? file.source.atVendor : ''
    const fetched = await channel.fetchFile!(at, made().account, madeEdges().edges, deadline())
    const chunks: Uint8Array[] = []
    if (fetched.is === 'file') for await (const it of fetched.bytes) chunks.push(it)
    expect(Buffer.concat(chunks).toString()).toMatch(/^@\S+: Bayıldım @our\.store\n$/)
  })

  it('a picture is fetched by its address, and one whose address is over is gone', async () => {
    await vendor.write({
      customer: 0,
      kind: 'image',
      file: { name: 'a.png', type: 'image/png', bytes: new Uint8Array([1, 2]) },
    })
    const event = readBytes(catcher.caught.at(-1)!.body)[0]!
    const source = event.type === 'message.received' ? event.data.attachments[0]!.source : { live: '' }
    const at = 'atVendor' in source ? source.atVendor : ''
    const fetched = () => channel.fetchFile!(at, made().account, madeEdges().edges, deadline())
    expect(await fetched()).toMatchObject({ is: 'file', type: 'image/png' })
    vendor.expireUrls()
    expect(await fetched()).toMatchObject({ is: 'gone' })
    expect(
      await channel.fetchFile!(
        JSON.stringify({ url: 'https://elsewhere.example/x' }),
        made().account,
        madeEdges().edges,
        deadline(),
      ),
    ).toMatchObject({ is: 'blocked' })
  })

  it('P8 a token is renewed before it ends, once a day at the most, and one that cannot be is said', async () => {
    const stored: string[] = []
    const { account: plain, health } = made()
    const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString() as Instant
    const ours = (expiresAt: Instant | null): Account<Settings, 'accessToken'> => ({
      ...(plain as unknown as Account<Settings, 'accessToken'>),
      expiresAt: () => expiresAt,
      renew: async (name, make) => {
        const { value, expiresAt: end } = await make(await plain.secret(name))
        stored.push(`${value.slice(0, 10)} ${end?.slice(0, 4)}`)
        return value
      },
    })
    const look = async (it: Account<Settings, 'accessToken'>, kept: Readonly<Record<string, string>> = {}) => {
      const keep: Keep = { get: async (name) => kept[name] ?? null }
      const pages = []
      for await (const page of watch.pages(it as never, keep, madeEdges().edges, deadline())) pages.push(page.keep)
      return pages
    }
    expect(await look(ours(inDays(30)))).toEqual([])
    expect(await look(ours(inDays(5)), { renewal: new Date().toISOString() })).toEqual([])
    expect(stored).toEqual([])
    vendor.fail(1, { how: 'status', status: 500 }, 'other')
    expect((await look(ours(inDays(5))))[0]).toMatchObject({ renewal: expect.any(String) })
    expect(health).toMatchObject([{ state: 'degraded', why: expect.stringContaining('could not be renewed') }])
    await look(ours(inDays(5)))
    expect(stored).toEqual([`EAAStandIn ${inDays(60).slice(0, 4)}`])
  })
})
