// What customers send: every type of message, files, people under several identifiers, facts that come before what they are about.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ContactAnswer, MessageAnswer, ParkedAnswer } from '../../schemas/answers.ts'
import { quiet, until, type Fields } from '../../test/support/desk.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'

let at: Journey<RunningWhatsApp>
beforeAll(async () => {
  at = await journey('whatsapp', standIn, { seed: 104 })
}, 60_000)
afterAll(() => at.end(), 30_000)

const fixture = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`))
/** A fixture's own bytes with other words in their place; signed anew. */
const changed = (name: string, words: Readonly<Record<string, string>>): string =>
  Object.entries(words).reduce(
    (text, [from, to]) => text.replaceAll(from, to),
    Buffer.from(fixture(name)).toString('utf8'),
  )
const messageWith = (ticket: string, is: (message: MessageAnswer) => boolean) =>
  until(
    async () => (await at.desk.messages(ticket)).find(is) ?? null,
    (found) => found !== null,
  ) as Promise<MessageAnswer>
const parked = () => at.desk.list<ParkedAnswer>('/v1/parked')

describe('D42 each type is one message an agent can read', () => {
  const kinds: readonly (readonly [kind: string, wanted: Fields])[] = [
    ['text', { parts: [] }],
    ['image', { attachments: [{ type: expect.any(String) as string }] }],
    ['video', { attachments: [{}] }],
    ['audio', { parts: [{ kind: 'voice' }], attachments: [{}] }],
    ['document', { attachments: [{ name: 'dekont.pdf' }] }],
    ['sticker', { parts: [{ kind: 'sticker' }], attachments: [{}] }],
    ['location', { parts: [{ kind: 'location', latitude: 41.0256, longitude: 28.9744 }] }],
    ['contacts', { parts: [{ kind: 'contacts' }] }],
    ['button', { text: 'Evet', parts: [{ kind: 'answer', of: 'button', id: 'yes' }] }],
    ['button_reply', { text: 'Evet', parts: [{ kind: 'answer', id: 'yes' }] }],
    ['list_reply', { text: 'Evet', parts: [{ kind: 'answer', id: 'row-1' }] }],
    ['unsupported', { parts: [{ kind: 'unsupported', type: 'poll' }] }],
    ['hologram', { parts: [{ kind: 'unsupported', type: 'hologram' }] }],
  ]
  it.each(kinds)('%s', async (kind, wanted) => {
    const knock = await at.vendor.write({ customer: 1, kind })
    expect(knock.statuses).toEqual([200])
    const { id } = await at.desk.ticketOf(1)
    const message = await messageWith(id, (it) => it.externalId === knock.id)
    expect(message).toMatchObject({ direction: 'in', kind: 'user', ...wanted })
    expect(message.raw).toMatch(/^raw_/)
  })

  it('B23 and the bytes it came as can be read again, as the vendor sent them, with an entry in the audit', async () => {
    const [message] = await at.desk.messages((await at.desk.ticketOf(1)).id)
    const raw = await at.gateway.call<string>('GET', `/v1/raws/${message?.raw}`)
    expect(raw.status).toBe(200)
    const sent = at.vendor.ledger.of('knocked').map((it) => Buffer.from(it.bytes).toString('utf8'))
    expect(sent).toContain(raw.text)
    expect(raw.headers.get('content-type')).toBe('application/octet-stream')
    const audit = await at.desk.list<{ subject: string }>('/v1/audit')
    expect(audit.map((it) => it.subject)).toContain(message?.raw)
  })
})

describe('files', () => {
  const bytes = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const stored = (ticket: string) => messageWith(ticket, (it) => it.attachments[0]?.state === 'stored')

  it('W4 S13 a document is fetched right after its message, with size, type and hash, and comes back as a download', async () => {
    const name = '../../etc/pass\u202ewd.pdf'
    await at.vendor.write({ customer: 2, kind: 'document', file: { name, type: 'application/pdf', bytes } })
    const { id } = await at.desk.ticketOf(2)
    const [attachment] = (await stored(id)).attachments
    expect(attachment).toMatchObject({ size: bytes.length, sha256, type: 'application/pdf' })
    expect(attachment?.name).not.toMatch(/[/\\\u202e]/)
    const got = await at.gateway.call('GET', `/v1/attachments/${attachment?.id}`)
    expect(got.text).toBe(bytes.toString())
    expect(got.headers.get('content-disposition')).toMatch(/^attachment; /)
    expect(got.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await at.desk.told('?types=attachment.stored', (it) => it.data['sha256'] === sha256)).toHaveLength(1)
  })

  it('S13 a page that calls itself a picture is never given out as something a browser runs', async () => {
    const page = Buffer.from('<!doctype html><script>alert(1)</script>')
    await at.vendor.write({ customer: 3, kind: 'image', file: { name: 'x.html', type: 'text/html', bytes: page } })
    const [attachment] = (await stored((await at.desk.ticketOf(3)).id)).attachments
    const got = await at.gateway.call('GET', `/v1/attachments/${attachment?.id}`)
    expect(got.headers.get('content-type')).toBe('application/octet-stream')
    expect(got.headers.get('content-security-policy')).toContain('sandbox')
  })

  it('W4 a file whose download breaks is fetched again; one the vendor has no more is gone, and the message stays', async () => {
    at.vendor.fail(1, { how: 'cut-bytes' }, 'download')
    await at.vendor.write({ customer: 4, kind: 'document', file: { name: 'a.pdf', type: 'application/pdf', bytes } })
    expect((await stored((await at.desk.ticketOf(4)).id)).attachments[0]?.sha256).toBe(sha256)
    at.vendor.fail(9, { how: 'gone' }, 'media')
    await at.vendor.write({ customer: 5, kind: 'image', text: 'kayıp' })
    const { id } = await at.desk.ticketOf(5)
    const lost = await messageWith(id, (it) => it.attachments[0]?.state === 'gone')
    expect(lost.text).toBe('kayıp')
    expect((await at.gateway.call('GET', `/v1/attachments/${lost.attachments[0]?.id}`)).status).toBe(410)
  })
})

describe('people', () => {
  const person = (name: string, from: Fields) => ({
    metadata: { display_phone_number: '15550783881', phone_number_id: '106540352242922' },
    messaging_product: 'whatsapp',
    contacts: [
      {
        profile: { name },
        ...(from['user'] ? { user_id: from['user'] } : {}),
        ...(from['phone'] ? { wa_id: from['phone'] } : {}),
      },
    ],
    messages: [
      {
        ...(from['phone'] ? { from: from['phone'] } : {}),
        ...(from['user'] ? { from_user_id: from['user'] } : {}),
        id: `wamid.${createHash('sha256').update(JSON.stringify(from)).digest('base64')}`,
        timestamp: String(Math.floor(Date.now() / 1000)),
        type: 'text',
        text: { body: 'ben' },
      },
    ],
  })
  const post = (value: Fields) =>
    at.vendor.post(
      JSON.stringify({
        object: 'whatsapp_business_account',
        entry: [{ id: '102290129340398', changes: [{ field: 'messages', value }] }],
      }),
    )
  const contacts = (q: string) => at.desk.list<ContactAnswer>(`/v1/contacts?q=${encodeURIComponent(q)}`)

  it('B18 P20 one person by phone, by user id, and by both is one contact and one conversation in the end', async () => {
    await post(person('Deniz Kara', { phone: '905551230001' }))
    await post(person('Deniz Kara', { user: 'TR.90555123000199' }))
    await until(
      () => contacts('Deniz Kara'),
      (all) => all.length === 2,
    )
    await post(person('Deniz Kara', { phone: '905551230001', user: 'TR.90555123000199' }))
    const [one] = await until(
      () => contacts('Deniz Kara'),
      (all) => all.length === 1,
    )
    expect(one?.keys).toEqual(expect.arrayContaining(['phone:905551230001']))
    expect(await at.desk.told('?types=contact.merged')).toHaveLength(1)
  })

  it.each([
    ['W6 P20 a Brazilian number with and without its ninth digit', '5511987654321', '551187654321'],
    ['W6 P20 a Mexican number with and without its old 1', '5215512345678', '525512345678'],
    ['W6 P20 an Argentinian number with and without its 9', '5491123456789', '541123456789'],
  ])('%s is one contact', async (_what, one, other) => {
    await post(person(`Kişi ${one}`, { phone: one }))
    await post(person(`Kişi ${one}`, { phone: other }))
    const ticket = await until(
      () => at.desk.list<{ id: string; messageCount: number }>(`/v1/tickets?q=${one}`),
      (all) => all[0]?.messageCount === 2,
    )
    expect(ticket).toHaveLength(1)
    expect(await contacts(`Kişi ${one}`)).toHaveLength(1)
  })

  it('twenty first messages of one new person at once make one contact, one conversation, one ticket', async () => {
    await Promise.all(Array.from({ length: 20 }, () => at.vendor.write({ customer: 6 })))
    const [ticket, ...more] = await at.desk.ticketsOf(6)
    expect(await at.desk.messages(ticket?.id ?? '', 20)).toHaveLength(20)
    expect(more).toEqual([])
    expect(await contacts(at.vendor.customer(6).address)).toHaveLength(1)
  })

  it('a changed number keeps the contact and the ticket, and the next message goes on there', async () => {
    const { address } = at.vendor.customer(7)
    const old = address.replace('+', '')
    await at.vendor.write({ customer: 7 })
    const { id, requester } = await at.desk.ticketOf(7)
    await at.vendor.post(changed('system_number_changed', { '16505551234': old, '12195555358': '12195550007' }))
    await quiet(at.desk)
    await post(person('Sheena', { phone: '12195550007' }))
    await at.desk.messages(id, 2)
    const ticket = await at.desk.ticket(id)
    expect([ticket.messageCount, ticket.requester.contact]).toEqual([2, requester.contact])
  })
})

describe('facts about messages', () => {
  it('G7 a reaction, an edit and a deletion that come before their message are on it when it comes', async () => {
    const [first, second, third] = ['wamid.EARLY1', 'wamid.EARLY2', 'wamid.EARLY3']
    const about = (id: string) => ({ original_message_id: id })
    await at.vendor.write({ customer: 8, kind: 'reaction', about: first ?? '', text: '❤️' })
    const edit = { type: 'edit', edit: { ...about(second), message: { type: 'text', text: { body: 'doğrusu' } } } }
    await at.vendor.write({ customer: 8, kind: 'edit', fields: edit })
    await at.vendor.write({ customer: 8, kind: 'revoke', fields: { type: 'revoke', revoke: about(third) } })
    expect(await at.desk.list(`/v1/tickets?requester=${encodeURIComponent(at.vendor.customer(8).address)}`)).toEqual([])
    for (const id of [first, second, third]) await at.vendor.write({ customer: 8, id, text: `eski ${id}` })
    const { id } = await at.desk.ticketOf(8)
    await at.desk.messages(id, 3)
    const reacted = await messageWith(id, (it) => it.externalId === first && it.reactions.length > 0)
    expect(reacted.reactions.map((it) => it.emoji)).toEqual(['❤️'])
    expect((await messageWith(id, (it) => it.externalId === second && it.edited)).text).toBe('doğrusu')
    expect((await messageWith(id, (it) => it.externalId === third && it.deleted)).deleted).toBe(true)
  })
})

describe('what cannot be read', () => {
  it('G6 of a batch with unreadable items the others are messages, and each unreadable one is listed with why', async () => {
    const knock = await at.vendor.post(fixture('unreadable-item'))
    expect(knock.status).toBe(200)
    const [ticket] = await until(
      () => at.desk.list<{ id: string; messageCount: number }>('/v1/tickets?q=before'),
      (all) => all[0]?.messageCount === 2,
    )
    expect((await at.desk.messages(ticket?.id ?? '', 2)).map((it) => it.text).toSorted()).toEqual(['after', 'before'])
    const aside = await until(parked, (all) => all.length === 5)
    for (const row of aside) {
      expect(row).toMatchObject({ worker: 'normalize', type: 'ingest.quarantined', channel: 'whatsapp' })
      expect(row.why.length).toBeGreaterThan(5)
    }
    const again = await at.gateway.call<{ code: string }>('POST', `/v1/parked/${aside[0]?.id}/retry`)
    expect([again.status, again.body.code]).toEqual([422, 'failed_again'])
    for (const row of aside) expect((await at.gateway.call('DELETE', `/v1/parked/${row.id}`)).status).toBe(204)
    expect(await parked()).toEqual([])
  })

  it.each(['proto-keys', 'huge-numbers', 'lone-surrogates'])(
    'F14 S7 %s are taken and change nothing else',
    async (name) => {
      expect((await at.vendor.post(fixture(name))).status).toBe(200)
      await until(
        async () => (await at.gateway.call('GET', '/readyz', { key: null })).status,
        (status) => status === 200,
      )
    },
  )

  it('G3 F14 signed bytes that are no JSON are taken and set aside; too deep or too large is refused for good', async () => {
    const status = async (body: string) => (await at.vendor.post(body, { retry: false })).status
    expect(await status('{"object":')).toBe(200)
    const aside = await until(parked, (all) => all.length > 0)
    expect(aside[0]).toMatchObject({ worker: 'normalize', channel: 'whatsapp', account: 'main' })
    expect([400, 413]).toContain(await status('['.repeat(200) + ']'.repeat(200)))
    // Answered before all of it was sent: a caller that goes on writing may see its line cut instead.
    expect([413, 0]).toContain(await status(JSON.stringify({ x: 'a'.repeat(5 * 1024 ** 2) })))
  })

  it('F14 ten thousand entries in one call, and a call of 3 MB, are taken whole', async () => {
    const change = (n: number) => ({
      field: 'messages',
      value: {
        messaging_product: 'whatsapp',
        metadata: { phone_number_id: '106540352242922' },
        messages: [
          { from: '905559990000', id: `wamid.MANY${n}`, timestamp: '1794312000', type: 'text', text: { body: 'çok' } },
        ],
      },
    })
    const entry = Array.from({ length: 10_000 }, (_, n) => ({ id: '1', changes: n % 1_000 === 0 ? [change(n)] : [] }))
    const knock = await at.vendor.post(JSON.stringify({ object: 'whatsapp_business_account', entry }))
    expect(knock.statuses).toEqual([200])
    const large = 'ş'.repeat(550_000) // six bytes each, as the vendor writes them
    expect((await at.vendor.write({ customer: 9, text: large })).statuses).toEqual([200])
    const [ticket] = await until(
      () => at.desk.list<{ messageCount: number }>('/v1/tickets?requester=%2B905559990000'),
      (all) => all[0]?.messageCount === 10,
    )
    expect(ticket?.messageCount).toBe(10)
    const [message] = await at.desk.messages((await at.desk.ticketOf(9)).id)
    expect([...(message?.text ?? '')].length).toBeLessThanOrEqual(16_000)
  })
})

it('S18 S19 nothing that was said in all this holds a secret, and no log names a person', () => {
  const told = { customers: [1, 2, 3, 4, 5, 6, 7, 8], texts: ['Deniz Kara', '905551230001', 'doğrusu', 'kayıp'] }
  expect(leaks(at.vendor, [at.gateway], told)).toEqual([])
})
