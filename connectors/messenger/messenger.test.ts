// What is peculiar to this channel: pages told apart, echoes, watermarks, stickers, comments, windows, and what a reply becomes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Endpoint, InboundEvent, Keep, OutboundMessage } from '../../core/ports/channel.ts'
import type { Fault } from '../../core/ports/stand-in.ts'
import { fit } from '../../core/rules/fit.ts'
import type { Instant } from '../../schemas/ids.ts'
import { metaAsking } from '../../test/contracts/meta-asking.ts'
import { madeAccount, madeEdges } from '../../test/support/made-account.ts'
import { attachment, outbound } from '../../test/support/outbound.ts'
import { webhookCatcher, type Catcher } from '../../test/support/webhook-catcher.ts'
import channel from './channel.ts'
import { watch, webhook } from './receive.ts'
import type { SecretName, Settings } from './settings.ts'
import { standIn, type RunningMessenger } from './stand-in/index.ts'

const now = '2026-11-21T10:00:00.000Z' as Instant
const page = '682498302938465'
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, `fixtures/${name}.json`)))
const account = { id: 'main', settings: { pageId: page } }
const read = (name: string): readonly InboundEvent[] =>
  channel.normalize(
    { route: page, bytes: bytesOf(name), contentType: 'application/json', receivedAt: now },
    account,
  ) as readonly InboundEvent[]
const only = (name: string) => {
  const events = read(name)
  expect(events).toHaveLength(1)
  return events[0]!
}
const deadline = () => AbortSignal.timeout(10_000)

describe('what comes', () => {
  it('several pages of one call are cut into one raw a page, and an unknown page is only a route', async () => {
    const secret = 'test_meta_app_secret_0123456789abcdef'
    const endpoint: Endpoint<Settings, SecretName> = {
      id: 'main',
      settings: account.settings,
      secret: async () => [secret],
    }
    const { createHmac } = await import('node:crypto')
    const body = bytesOf('two_pages')
    const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
    const call = {
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: [['x-hub-signature-256', signature]] as const,
      body,
    }
    const opened = await webhook.open(call, endpoint, now)
    const raws = 'raws' in opened ? opened.raws : []
    expect(raws.map((it) => it.route)).toEqual([page, '682498302938466'])
    const types = raws.map((it) => (channel.normalize(it, account) as readonly InboundEvent[]).map(({ type }) => type))
    expect(types).toEqual([['message.received', 'message.echoed'], ['message.received']])
  })

  it('an echo of ours carries our key; another tool’s is an agent’s message of the same conversation', () => {
    const [ours, theirs, customer] = [only('echo_own_app'), only('echo_page_inbox'), only('message_text')]
    expect(ours).toMatchObject({ type: 'message.echoed', data: { ours: 'outbox=01JCB7K9Q2' } })
    expect(theirs).toMatchObject({ type: 'message.echoed', data: { from: { id: page } } })
    expect(theirs.data).not.toHaveProperty('ours')
    expect(new Set([ours, theirs, customer].map((it) => it.threadKeys[0]))).toHaveProperty('size', 1)
  })

  it('receipts are named where the vendor names them, and a watermark covers the rest', () => {
    expect(read('status').map((it) => it.data)).toMatchObject([
      { externalId: 'm_out_1', state: 'delivered' },
      { externalId: 'm_out_2', state: 'delivered' },
      { upTo: '2026-11-10T12:00:00.023Z', state: 'delivered' },
      { upTo: '2026-11-10T12:00:00.073Z', state: 'delivered' },
      { upTo: '2026-11-10T12:00:00.123Z', state: 'read' },
    ])
  })

  it('a sticker that came twice is there once, and two pictures are two', () => {
    for (const name of ['message_sticker', 'message_sticker_transition'])
      expect(only(name).data).toMatchObject({ parts: [{ kind: 'sticker', id: '369239263222822' }], attachments: [{}] })
    expect(only('message_images').data).toHaveProperty('attachments.length', 2)
  })

  it('D42 content of no known kind, or of none, is a message that says so', () => {
    const parts = read('unknown').flatMap((it) => (it.type === 'message.received' ? [it.data.parts] : []))
    expect(parts.map((it) => it.map(({ kind }) => kind))).toEqual([
      ['unsupported', 'unsupported', 'link', 'unsupported'],
      ['unsupported'],
      ['unsupported'],
    ])
  })

  it('while another app answers, messages come all the same and say so', () => {
    expect(only('standby_message').data).toMatchObject({ parts: [{ kind: 'standby' }] })
    expect(read('handover_pass_thread_control')).toEqual([])
  })

  it('a comment under a comment leads to it; an edit and a removal are about the comment, whatever the verb is called', () => {
    const [added, answer] = [only('feed_comment_add'), only('feed_comment_reply')]
    expect(answer.threadKeys[0]).toBe(added.threadKeys[0])
    expect(only('feed_comment_edited')).toMatchObject({
      type: 'message.edited',
      data: { text: 'Love this! Do you ship to Porto?' },
    })
    expect(only('feed_comment_remove')).toMatchObject({
      type: 'message.deleted',
      data: { target: '122104736822012345_987654321098765' },
    })
    expect(read('feed_reaction')).toEqual([])
  })

  it('a link opened in a conversation is listed and is nobody’s turn', () =>
    expect(only('referral_existing_thread').data).toMatchObject({
      automatic: 'opened by a link',
      opens: true,
      parts: [{ kind: 'referral', ref: 'promo42' }],
    }))
})

describe('what goes', () => {
  let vendor: RunningMessenger
  let catcher: Catcher
  let user: string
  beforeAll(async () => {
    vendor = await standIn.start({ seed: 31 })
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
  const files = { [`sha256:${'a'.repeat(64)}`]: new TextEncoder().encode('bytes') }
  const send = (more: Partial<OutboundMessage>, by = made(), signal = deadline()) =>
    channel.send!(
      outbound({ vendor: { user }, to: { id: user, name: null, address: null, keys: [] }, ...more }),
      by.account,
      madeEdges(files).edges,
      signal,
    )
  const last = () => vendor.ledger.of('accepted').at(-1)

  metaAsking({ channel, account, vendor: () => vendor, catcher: () => catcher })

  it.each(['reset', 'half-answer', 'hang'] as const)(
    'F13 an upload that ends by %s reached nobody, and is tried again',
    async (how) => {
      const before = vendor.ledger.of('accepted').length
      vendor.fail(1, { how }, 'upload')
      const signal = AbortSignal.timeout(how === 'hang' ? 300 : 5_000)
      expect(await send({ attachments: [attachment('image/png')] }, made(), signal)).toMatchObject({ is: 'try-later' })
      expect(vendor.ledger.of('accepted').length).toBe(before)
    },
  )

  it('D46 B17 P17 a person’s answer after the free day goes under HUMAN_AGENT, anything else never does', async () => {
    await send({ text: 'free', as: 'free' })
    expect(last()?.body).toMatchObject({ messaging_type: 'RESPONSE', recipient: { id: user } })
    vendor.advance(25 * 3_600_000)
    await send({ text: 'tagged', as: 'tagged' })
    expect(last()?.body).toMatchObject({ messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' })
    expect(await send({ text: 'a bot', as: 'tagged', author: 'bot' })).toMatchObject({
      is: 'refused',
      code: 'window_closed',
    })
    vendor.advance(6 * 24 * 3_600_000)
    expect(await send({ text: 'too late', as: 'tagged' })).toMatchObject({ is: 'refused', code: 'window_closed' })
  })

  it('D38 an answer that comes a moment late for the vendor’s clock goes under the tag, and is sent once', async () => {
    vendor.advance(24 * 3_600_000)
    const before = vendor.ledger.of('accepted').length
    expect(await send({ text: 'at the border', as: 'free' })).toMatchObject({ is: 'sent' })
    expect(
      vendor.ledger
        .of('accepted')
        .slice(before)
        .map((it) => it.body['tag']),
    ).toEqual(['HUMAN_AGENT'])
  })

  it('a file goes by an upload, buttons as quick replies, a quote beside the message', async () => {
    expect(await send({ attachments: [attachment('image/png', { name: 'foto.png' })] })).toMatchObject({ is: 'sent' })
    expect(last()).toMatchObject({ kind: 'image', ours: 'rep_1' })
    await send({
      text: 'Which?',
      parts: [{ kind: 'interactive', buttons: [{ id: 'r', title: 'Red' }] }],
      repliesTo: ['m_0'],
    })
    expect(last()?.body).toMatchObject({
      message: { quick_replies: [{ title: 'Red', payload: 'r' }] },
      reply_to: { mid: 'm_0' },
    })
  })

  it.each([
    ['a text that is too long', { text: 'x'.repeat(2_000) }, 'too_long'],
    ['a text beside a file', { text: 'x', attachments: [attachment('image/png')] }, 'text_with_file'],
    ['a file that is too large', { attachments: [attachment('image/png', { size: 30_000_000 })] }, 'file_too_large'],
  ])('%s is refused here as the capabilities say, and the vendor is never asked', async (_what, more, code) => {
    const before = vendor.ledger.of('answered').length
    expect(await send(more)).toMatchObject({ is: 'refused', code })
    expect(vendor.ledger.of('answered').length).toBe(before)
    const draft = { author: 'person', text: '', parts: [], attachments: [], copies: 0, ...more } as const
    expect(fit(draft, { can: channel.can['dm']!, customerAt: now, now, template: null, last: null })).toMatchObject({
      misfit: { code },
    })
  })

  it('another app’s conversation, a person of another page and a full bucket are told apart', async () => {
    vendor.ownThread(0, true)
    expect(await send({ text: 'x' })).toMatchObject({ is: 'refused', code: 'thread_owned' })
    vendor.ownThread(0, false)
    expect(await send({ text: 'x', vendor: { user: '42' } })).toMatchObject({ is: 'refused', code: 'recipient' })
    vendor.exhaust()
    expect(await send({ text: 'x' })).toMatchObject({ is: 'try-later', scope: 'account' })
    vendor.advance(60_000)
  })

  it('a comment is answered in public as often as wanted, in private once', async () => {
    const { id } = await vendor.write({ customer: 0, kind: 'comment' })
    const to = { kind: 'comment', vendor: { target: id, of: 'comment' } }
    const done = await send({ ...to, text: 'In public' })
    expect(done).toMatchObject({ is: 'sent', keys: [expect.stringContaining('messenger.comment:')] })
    expect(last()).toMatchObject({ to: id, kind: 'comment' })
    const privately = { ...to, text: 'In private', parts: [{ kind: 'private_reply' }] }
    expect(await send(privately)).toMatchObject({ is: 'sent' })
    expect(last()?.body).toMatchObject({ recipient: { comment_id: id } })
    expect(await send(privately)).toMatchObject({ is: 'refused', code: 'private_reply_used' })
    await vendor.write({ customer: 0, kind: 'comment_remove', about: id })
    expect(await send({ ...to, text: 'Too late' })).toMatchObject({ is: 'refused', code: 'comment_gone' })
  })

  const nothingKept: Keep = { get: () => Promise.resolve(null) }
  async function looked(keep: Keep = nothingKept) {
    const by = made()
    const pages = []
    for await (const it of watch.pages(by.account as never, keep, madeEdges().edges, deadline())) pages.push(it)
    return { health: by.health, kept: pages.map((it) => it.keep) }
  }

  it('P8 a dead token, a missing field and a page without the app are said, each with its reason; that all is well only after that', async () => {
    expect(await looked()).toEqual({ health: [], kept: [] })
    vendor.subscribe(0, ['messages'])
    const missing = await looked()
    expect(missing.health).toMatchObject([{ state: 'degraded', why: expect.stringContaining('message_echoes') }])
    expect(missing.kept).toEqual([{ said: 'degraded' }])
    vendor.subscribe(0, [])
    expect((await looked()).health).toMatchObject([{ state: 'degraded', why: expect.stringContaining('No app') }])
    vendor.expireToken()
    expect((await looked()).health).toMatchObject([
      { state: 'auth_failed', why: expect.stringContaining('accessToken') },
    ])
    vendor.renewToken()
    vendor.subscribe(0, vendorFields)
    expect(await looked({ get: async () => 'auth_failed' })).toMatchObject({
      health: [{ state: 'connected' }],
      kept: [{ said: null }],
    })
    vendor.fail(1, { how: 'status', status: 502 } satisfies Fault, 'other')
    expect(await looked()).toEqual({ health: [], kept: [] })
  })
})
const vendorFields = ['messages', 'messaging_postbacks', 'message_echoes', 'message_reactions', 'message_edits', 'message_deliveries', 'message_reads'] // prettier-ignore
