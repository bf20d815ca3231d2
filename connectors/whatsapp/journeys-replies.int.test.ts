// Replies on their way to the customer: every kind, the 24-hour window, receipts in any order, and what is refused here with why.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AttachmentAnswer, ReplyAnswer, TemplateAnswer, TicketAnswer } from '../../schemas/answers.ts'
import { until, type Fields, type Said } from '../../test/support/desk.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let at: Journey<RunningWhatsApp>
beforeAll(async () => {
  at = await journey('whatsapp', standIn, { seed: 103 })
  at.vendor.template('siparis_durumu', 'tr', 'APPROVED')
  at.vendor.template('hello_world', 'en_US', 'APPROVED')
  await templateIn('siparis_durumu', 'approved')
  await templateIn('hello_world', 'approved')
}, 60_000)
afterAll(() => at.end(), 30_000)

const templateIn = (name: string, state: string) =>
  until(
    () => at.desk.list<TemplateAnswer>('/v1/templates'),
    (all) => all.some((it) => it.name === name && it.state === state),
  )
/** A customer whose last message is so old. */
async function written(customer: number, ageSeconds = 0): Promise<TicketAnswer> {
  const timestamp = String(Math.floor(Date.now() / 1000) - ageSeconds)
  await at.vendor.write({ customer, fields: { timestamp } })
  return at.desk.ticketOf(customer)
}
const acceptedOf = (reply: { readonly id: string }) =>
  at.vendor.ledger.of('accepted').filter((it) => it.ours === reply.id)
async function upload(name: string, type: string, bytes: Uint8Array) {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(bytes)], { type }), name)
  return at.gateway.call<AttachmentAnswer & { items?: readonly AttachmentAnswer[] } & Said>('POST', '/v1/attachments', {
    body: form,
  })
}
const idOf = (body: AttachmentAnswer & { items?: readonly AttachmentAnswer[] }): string =>
  body.items?.[0]?.id ?? body.id
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

describe('what goes out', () => {
  const kinds: readonly (readonly [what: string, body: Fields, vendor: Fields])[] = [
    ['a text', { text: 'Merhaba 👋' }, { type: 'text', text: { body: 'Merhaba 👋', preview_url: false } }],
    [
      'a location',
      { parts: [{ kind: 'location', latitude: 41.03, longitude: 28.97, name: 'Depo' }] },
      { type: 'location', location: { latitude: 41.03, longitude: 28.97, name: 'Depo' } },
    ],
    [
      'buttons',
      { text: 'Uygun mu?', parts: [{ kind: 'interactive', buttons: [{ id: 'y', title: 'Evet' }] }] },
      {
        type: 'interactive',
        interactive: {
          type: 'button',
          action: { buttons: [{ type: 'reply', reply: { id: 'y', title: 'Evet' } }] },
          body: { text: 'Uygun mu?' },
        },
      },
    ],
    [
      'a template',
      { template: { name: 'hello_world', language: 'en_US', values: {} } },
      { type: 'template', template: { name: 'hello_world', language: { code: 'en_US' } } },
    ],
  ]
  it.each(kinds)('%s reaches the vendor as it should, once, under our own key', async (_what, body, wanted) => {
    const customer = 10 + kinds.findIndex((it) => it[1] === body)
    const { id } = await written(customer)
    const reply = await at.desk.replied(id, body)
    const accepted = acceptedOf(reply)
    expect(accepted).toHaveLength(1)
    expect(accepted[0]?.body).toMatchObject({ ...wanted, biz_opaque_callback_data: reply.id })
    expect(reply.externalId).toBe(accepted[0]?.id)
    expect(reply.attempts).toHaveLength(1)
  })

  it('contact cards, and an answer that quotes the customer’s message', async () => {
    const { id } = await written(20)
    const [message] = await at.desk.messages(id)
    const cards = { parts: [{ kind: 'contacts', contacts: [{ name: 'Kargo Şubesi', phones: ['+902121112233'] }] }] }
    const card = await at.desk.replied(id, cards)
    expect(acceptedOf(card)[0]?.kind).toBe('contacts')
    const quoting = await at.desk.replied(id, { text: 'Bunun için', replyTo: message?.id })
    expect(acceptedOf(quoting)[0]?.body['context']).toEqual({ message_id: message?.externalId })
    const strange = await at.desk.reply(id, { text: 'x', replyTo: `msg_${'0'.repeat(32)}` })
    expect([strange.status, strange.body.code]).toEqual([422, 'unknown_message'])
  })

  it('an image is uploaded first, goes with its caption, and its type is decided by its bytes (S10)', async () => {
    const { id } = await written(21)
    const made = await upload('kanıt.txt', 'text/plain', pixel)
    expect(made.status, made.text).toBe(201)
    const reply = await at.desk.replied(id, { text: 'Fotoğraf', attachments: [idOf(made.body)] })
    const sent = acceptedOf(reply)[0]
    expect(sent?.kind).toBe('image')
    expect(sent?.body['image']).toMatchObject({ caption: 'Fotoğraf' })
    const calls = at.vendor.ledger.of('answered').filter((it) => it.call.endsWith('/media'))
    expect(calls.at(-1)?.status).toBe(200)
    const [, ours] = await at.desk.messages(id, 2)
    expect(ours?.attachments).toMatchObject([{ type: 'image/png', state: 'stored', size: pixel.length }])
  })

  it('marking a ticket seen tells the vendor of the customer’s message', async () => {
    const { id } = await written(22)
    const [message] = await at.desk.messages(id)
    const seen = await at.gateway.call('POST', `/v1/tickets/${id}/seen`)
    expect(seen.status, seen.text).toBe(200)
    await until(
      async () => at.vendor.ledger.of('seen'),
      (all) => all.some((it) => it.id === message?.externalId),
    )
  })
})

describe('what is refused here', () => {
  const attached = (ids: readonly string[]) => ({ attachments: ids })
  it('each refusal has a code, a sentence and what would fit, and nothing reaches the vendor', async () => {
    const { id } = await written(30)
    const before = at.vendor.ledger.of('answered').length
    const refusals: readonly (readonly [body: Fields, code: string])[] = [
      [{ text: 'a'.repeat(4_097) }, 'too_long'],
      [{ text: '   ' }, 'empty'],
      [{ text: 'x', html: '<b>x</b>' }, 'html_not_supported'],
      [{ text: 'x', cc: ['+905321112233'] }, 'copies_not_supported'],
      [{ parts: [{ kind: 'hologram' }] }, 'part_not_supported'],
      [attached([`att_${'0'.repeat(32)}`]), 'unknown_attachment'],
      [{ template: { name: 'gizli', language: 'tr', values: {} } }, 'template_unknown'],
    ]
    for (const [body, code] of refusals) {
      const answer = await at.desk.reply(id, body)
      expect([answer.status, answer.body.code], JSON.stringify(body).slice(0, 80)).toEqual([422, code])
      expect(String(answer.body.detail).length).toBeGreaterThan(20)
    }
    const long = await at.desk.reply(id, { text: 'ş'.repeat(4_100) })
    expect(long.body).toMatchObject({ length: 4_100, max: 4_096 })
    expect(at.vendor.ledger.of('answered')).toHaveLength(before)
    expect((await at.desk.ticket(id)).status).toBe('new')
  })

  it('two files in one reply, and a picture that is too large for this channel', async () => {
    const { id } = await written(31)
    const [one, two] = await Promise.all([upload('1.png', 'image/png', pixel), upload('2.png', 'image/png', pixel)])
    const both = await at.desk.reply(id, { attachments: [idOf(one.body), idOf(two.body)] })
    expect([both.status, both.body.code]).toEqual([422, 'too_many_files'])
    const large = await upload('large.png', 'image/png', Buffer.concat([pixel, Buffer.alloc(5 * 1024 ** 2)]))
    const refused = await at.desk.reply(id, { attachments: [idOf(large.body)] })
    expect([refused.status, refused.body.code]).toEqual([422, 'file_too_large'])
  })

  it('W11 a template that the vendor paused or refused is refused here at once', async () => {
    const { id } = await written(32)
    for (const [state, word] of [
      ['PAUSED', 'paused'],
      ['REJECTED', 'rejected'],
    ] as const) {
      at.vendor.advance(1_000)
      at.vendor.template('kampanya', 'tr', state)
      await templateIn('kampanya', word)
      const answer = await at.desk.reply(id, { template: { name: 'kampanya', language: 'tr', values: {} } })
      expect([answer.status, answer.body.code]).toEqual([422, 'template_not_approved'])
      expect(answer.body.detail).toContain(word)
    }
    at.vendor.advance(1_000)
    at.vendor.template('kampanya', 'tr', 'APPROVED')
    await templateIn('kampanya', 'approved')
    expect((await at.desk.reply(id, { template: { name: 'kampanya', language: 'tr', values: {} } })).status).toBe(202)
  })
})

describe('the window', () => {
  it('W3 B16 P16 3.7 no. 6: free a moment before 24 h, closed a moment after, and an approved template still goes', async () => {
    const open = await written(40, 24 * 3600 - 60)
    expect(open.window).toMatchObject({ canReply: true, kind: 'free', why: null })
    const left = Date.parse(open.window?.closesAt ?? '') - Date.now()
    expect(left).toBeGreaterThan(30_000)
    expect(left).toBeLessThan(61_000)
    expect((await at.desk.reply(open.id, { text: 'Son anda' })).status).toBe(202)

    const shut = await written(41, 24 * 3600 + 2)
    expect(shut.window).toMatchObject({ canReply: false, kind: 'template', closesAt: null })
    expect(shut.window?.why).toContain('template')
    const refused = await at.desk.reply(shut.id, { text: 'Çok geç' })
    expect([refused.status, refused.body.code]).toEqual([422, 'window_closed'])
    expect(refused.body).toMatchObject({ wouldWork: 'template' })
    const values = { 1: 'Ayşe', 2: '10442' }
    await at.desk.replied(shut.id, { template: { name: 'siparis_durumu', language: 'tr', values } })

    await written(41)
    const again = await until(
      () => at.desk.ticket(shut.id),
      (it) => it.window?.canReply === true,
    )
    expect(again.window?.kind).toBe('free')
  })

  it('P5 a window that closes between asking and sending: nothing goes, and the agent is told', async () => {
    const { id } = await written(42, 24 * 3600 - 5)
    at.vendor.fail(1, { how: 'error', code: 131056 })
    const asked = await at.desk.reply(id, { text: 'Yetişmedi' })
    expect(asked.status, asked.text).toBe(202)
    // The vendor's pause for this error is longer than the window has left.
    await at.desk.replyIn(asked.body.id, 'queued')
    const failed = await until(
      () => at.gateway.call<ReplyAnswer>('GET', `/v1/replies/${asked.body.id}`),
      (it) => it.body.state === 'failed',
      20_000,
    )
    expect(failed.body).toMatchObject({ code: 'window_closed', externalId: null })
    expect(acceptedOf(failed.body)).toEqual([])
    await until(
      () => at.desk.ticket(id),
      (it) => it.status === 'open',
    )
  })

  it('P5 the vendor says yes and 131047 later: the reply failed, with the vendor’s code, and the ticket is ours again', async () => {
    const { id } = await written(43)
    at.vendor.receipts([])
    const sent = await at.desk.replied(id, { text: 'Kabul ama…' }, 'sent')
    at.vendor.receipts('auto')
    await at.vendor.receipt(sent.externalId ?? '', 'failed', 131047)
    const failed = await at.desk.replyIn(sent.id, 'failed')
    expect(failed.code).toContain('131047')
    const ticket = await until(
      () => at.desk.ticket(id),
      (it) => it.status === 'open',
    )
    expect(ticket.statusCategory).toBe('open')
  })
})

it('S18 S19 nothing that was said in all this holds a secret, and no log names a person', () => {
  const told = { customers: [10, 20, 21, 30, 40, 41, 42, 43], texts: ['Yetişmedi', 'Son anda', 'Fotoğraf'] }
  expect(leaks(at.vendor, [at.gateway], told)).toEqual([])
})
