// Answers through a mail server of somebody else's make, from the call to what comes back: Inlet → Postfix → the customer's server → Postfix → Dovecot → Inlet.
import { createServer as createHttp } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTransport } from 'nodemailer'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { patched, until } from '../../test/support/desk.ts'
import { verified } from '../../test/support/dkim-verifier.ts'
import { startDovecot, type Dovecot } from '../../test/support/dovecot.ts'
import { adminKey, endGateways, masterKey, startGateway, type Gateway } from '../../test/support/gateway-process.ts'
import { startPostfix, type Postfix } from '../../test/support/postfix.ts'
import { smtpDoor, type SmtpDoor } from '../../test/support/smtp-door.ts'
import { parseMail } from './mime/parse.ts'
import { header } from './normalize/headers.ts'

const mailboxes = ['walk', 'bounce', 'later', 'token', 'files', 'spoken', 'wrong', 'signed'].map(
  (it) => `${it}@shop.test`,
)
let dovecot: Dovecot
let people: SmtpDoor
let postfix: Postfix
let database: FreshDatabase
let gateway: Gateway

beforeAll(async () => {
  ;[dovecot, database] = await Promise.all([startDovecot(), freshDatabase()])
  people = await smtpDoor({
    authOptional: true,
    onRcptTo: ({ address }, _session, done) =>
      done(
        address.startsWith('gone')
          ? Object.assign(new Error('5.1.1 There is nobody of this name'), { responseCode: 550 })
          : null,
      ),
  })
  ;[postfix, gateway] = await Promise.all([
    startPostfix({
      dovecot,
      domain: 'shop.test',
      mailboxes,
      passOnTo: people.port,
      says: {
        'grey@people.test': '451 4.7.1 Greylisted, come again',
        'spam@people.test': '554 5.7.1 We do not like you',
      },
      sizeLimit: 2_000_000,
    }),
    startGateway({
      env: { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey, INLET_PUBLIC_URL: 'https://gate.example' },
    }),
  ])
}, 90_000)
afterAll(async () => {
  await endGateways()
  await postfix.stop()
  await people.close()
  await dovecot.stop()
  await database.close()
})

interface Item {
  readonly id: string
  readonly subject?: string
  readonly direction?: string
  readonly cc?: readonly { readonly address: string | null }[]
  readonly text?: string
  readonly html?: string | null
  readonly fullText?: string | null
  readonly state?: string
  readonly code?: string | null
  readonly why?: string | null
  readonly parts?: readonly { readonly kind: string }[]
  readonly requester?: { readonly contact: string }
}
const list = async (path: string): Promise<readonly Item[]> => {
  const { status, body, text } = await gateway.call<{ readonly items: readonly Item[] }>('GET', path)
  expect(status, text).toBe(200)
  return body.items
}
const get = async <T = Item>(path: string): Promise<T> => (await gateway.call<T>('GET', path)).body
const messagesOf = (ticket: string) => list(`/v1/tickets/${ticket}/messages`)
const reached = (reply: string, state: string) =>
  until(
    () => get(`/v1/replies/${reply}`),
    (it) => it.state === state,
  )

/** An account of this name, and the ticket of a mail that this person wrote to it. */
async function ticketOf(name: string, from: string, more: Readonly<Record<string, unknown>> = {}): Promise<Item> {
  const address = `${name}@shop.test`
  const settings = {
    address,
    imap: { host: '127.0.0.1', port: dovecot.tlsPort },
    smtp: { host: '127.0.0.1', port: postfix.port, tls: 'starttls' },
    caFile: postfix.caFile,
    ...(more['settings'] as object | undefined),
  }
  const body = { channel: 'email', id: name, settings, secrets: more['secrets'] ?? { password: dovecot.password } }
  const made = await gateway.call('POST', '/v1/accounts', { body })
  // The second customer of an account finds it there.
  expect([201, 409], made.text).toContain(made.status)
  await until(
    () => get<{ readonly health: { readonly state: string } }>(`/v1/accounts/email/${name}`),
    ({ health }) => health.state === 'connected',
  )
  const subject = `From ${from} to ${name}`
  await brought(from, address, subject)
  const [ticket] = await until(
    async () => (await list('/v1/tickets?limit=200')).filter((it) => it.subject === subject),
    (found) => found.length === 1,
  )
  return ticket!
}
/** As the customer's program sends: through the server, to wherever it was told to answer. */
async function brought(from: string, to: string, subject: string, more: Readonly<Record<string, string>> = {}) {
  const transport = createTransport({
    host: '127.0.0.1',
    port: postfix.tlsPort,
    secure: true,
    auth: { user: mailboxes[0], pass: dovecot.password },
    tls: { ca: readFileSync(postfix.caFile, 'utf8') },
  } as never)
  await transport.sendMail({ from, to, subject, text: `Text of ${subject}`, headers: more } as never)
  transport.close()
}
const answer = async (ticket: Item, more: Readonly<Record<string, unknown>> = {}): Promise<Item> => {
  const made = await gateway.call<Item>('POST', `/v1/tickets/${ticket.id}/replies`, {
    body: { text: 'It is on its way.', ...more },
  })
  expect(made.status, made.text).toBe(202)
  return made.body
}
async function uploaded(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const form = new FormData()
  form.append('file', new Blob([bytes], { type: 'text/plain' }), name)
  const headers = { authorization: `Bearer ${adminKey}` }
  const answered = await fetch(`${gateway.address}/v1/attachments`, { method: 'POST', body: form, headers })
  return ((await answered.json()) as { readonly id: string }).id
}
const arrivedAt = (who: string) =>
  until(
    async () => people.mails.filter((it) => it.to.includes(who)),
    (found) => found.length > 0,
  )

describe('through Postfix and back', () => {
  it('D1 D21 D22 D28 P9 S21 a mail, its answer over STARTTLS, the customer’s answer to the address of that reply: one ticket; a stranger with it is a guest', async () => {
    const ticket = await ticketOf('walk', 'ana@people.test')
    const reply = await answer(ticket, { to: ['ana@people.test', 'bora@people.test'], cc: ['can@people.test'] })
    await reached(reply.id, 'sent')
    const [sent] = await arrivedAt('ana@people.test')
    expect(sent!.from).toMatch(/^walk\+b\.[0-9a-f]{32}@shop\.test$/)
    const mail = await parseMail(sent!.bytes)
    expect(mail.cc.map((it) => it.address)).toEqual(['can@people.test'])
    const back = mail.replyTo[0]!.address!
    expect(back).toMatch(/^walk\+r\.[0-9a-f]{32}@shop\.test$/)
    // No In-Reply-To, another subject: the address alone leads home.
    await brought('ana@people.test', back, 'Something else')
    await brought('mallory@people.test', back, 'I got this from Ana')
    await brought('can@people.test', back, 'I was in copy')
    const messages = await until(
      () => messagesOf(ticket.id),
      (found) => found.length === 5,
    )
    const guests = messages.filter((it) => it.parts?.some(({ kind }) => kind === 'guest'))
    expect(guests.map((it) => it.text)).toEqual(['Text of I got this from Ana'])
    await answer(ticket)
    const mails = await until(
      async () => people.mails.filter((it) => it.to.includes('ana@people.test')),
      (found) => found.length === 2,
    )
    expect(mails[1]!.to).toEqual(['ana@people.test'])
    const out = (await messagesOf(ticket.id)).filter(({ direction }) => direction === 'out')
    expect(out.map(({ cc }) => cc?.map(({ address }) => address))).toEqual([['can@people.test'], []])
  }, 60_000)

  it('P11 what the customer’s server refuses comes back as Postfix’s own report: the reply failed, the address is marked, machines stop, and no ticket opens', async () => {
    const ticket = await ticketOf('bounce', 'gone@people.test')
    const reply = await answer(ticket)
    const failed = await reached(reply.id, 'failed')
    expect(failed).toMatchObject({ code: '5.1.1', why: expect.stringContaining('nobody of this name') })
    const contact = await until(
      () =>
        get<{ readonly stops: readonly { readonly subject: string; readonly why: string }[] }>(
          `/v1/contacts/${ticket.requester?.contact}`,
        ),
      ({ stops }) => stops.length === 1,
    )
    expect(contact.stops[0]).toMatchObject({ subject: 'automatic_mail', why: 'undeliverable: 5.1.1' })
    const bot = await gateway.call('POST', `/v1/tickets/${ticket.id}/replies`, { body: { text: 'x', author: 'bot' } })
    expect([bot.status, bot.text]).toEqual([422, expect.stringContaining('address_stopped')])
    expect((await list('/v1/tickets?limit=200')).filter((it) => /undeliver/i.test(it.subject ?? ''))).toEqual([])
    await gateway.call('PATCH', `/v1/contacts/${ticket.requester?.contact}`, { body: { resume: ['automatic_mail'] } })
    expect(await answer(ticket, { author: 'bot' })).not.toHaveProperty('warnings')
  }, 60_000)

  it('P11 a copy that its server refuses is said on the reply, which stands, and marks that address alone', async () => {
    const ticket = await ticketOf('bounce', 'here@people.test')
    const reply = await answer(ticket, { cc: ['gone-copy@people.test'] })
    const said = await until(
      () => get(`/v1/replies/${reply.id}`),
      ({ why }) => why?.includes('gone-copy@people.test was not reached') === true,
    )
    expect(said).toMatchObject({ state: 'sent', code: null, why: expect.stringContaining('nobody of this name') })
    const stops = `select keys, stops from inlet.contact where json_array_length(stops::json) > 0 and 'email:gone-copy@people.test' = any(keys)`
    const { rows } = await until(
      () => database.pool('owner').query<{ readonly stops: readonly { readonly why: string }[] }>(stops),
      (found) => found.rows.length === 1,
    )
    expect(rows[0]?.stops[0]?.why).toBe('undeliverable: 5.1.1')
    const contact = await get<{ readonly stops: readonly unknown[] }>(`/v1/contacts/${ticket.requester?.contact}`)
    expect(contact.stops).toEqual([])
  }, 60_000)

  it('G20 4xx waits with the server’s words, 5xx is refused with them', async () => {
    const grey = await answer(await ticketOf('later', 'grey@people.test'))
    const spam = await answer(await ticketOf('later', 'spam@people.test'))
    expect(await reached(spam.id, 'failed')).toMatchObject({
      code: 'policy',
      why: expect.stringContaining('We do not like you'),
    })
    const waiting = await until(
      () => get(`/v1/replies/${grey.id}`),
      (it) => it.state === 'queued' && (it.why ?? '').includes('Greylisted'),
    )
    expect(waiting.state).toBe('queued')
  }, 60_000)

  it('P8 a token that Postfix refuses is renewed and the mail sent, by XOAUTH2 on the wire', async () => {
    let renewals = 0
    const endpoint = createHttp((_request, response) => {
      renewals += 1
      dovecot.tokens.set(`fresh-token-of-the-mailbox-${renewals}`, 'token@shop.test')
      response.end(JSON.stringify({ access_token: `fresh-token-of-the-mailbox-${renewals}`, expires_in: 3600 }))
    })
    await new Promise<void>((done) => void endpoint.listen(0, '127.0.0.1', done))
    const tokenUrl = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/token`
    dovecot.tokens.set('first-token-of-the-mailbox', 'token@shop.test')
    const ticket = await ticketOf('token', 'tok@people.test', {
      settings: { oauth: { clientId: 'c', tokenUrl } },
      secrets: { accessToken: 'first-token-of-the-mailbox', refreshToken: 'a-refresh-token-of-it' },
    })
    // It ends while the mailbox is open: only the next log-in shows it.
    dovecot.tokens.delete('first-token-of-the-mailbox')
    const reply = await answer(ticket)
    await reached(reply.id, 'sent')
    await arrivedAt('tok@people.test')
    expect(renewals).toBe(1)
    expect(postfix.log()).toContain('sasl_method=XOAUTH2')
    await new Promise((done) => endpoint.close(done))
  }, 60_000)

  it('D25 S13 files that the server finds too large go as links, which open without a key', async () => {
    const ticket = await ticketOf('files', 'files@people.test')
    const id = await uploaded('günlük.txt', Buffer.alloc(2_500_000, 'x'))
    const reply = await answer(ticket, { attachments: [id] })
    await reached(reply.id, 'sent')
    const [sent] = await arrivedAt('files@people.test')
    const mail = await parseMail(sent!.bytes)
    expect(mail.files).toEqual([])
    const [, path] = /https:\/\/gate\.example(\/v1\/files\/\S+)/.exec(mail.text) ?? []
    const opened = await fetch(`${gateway.address}${path}`)
    expect([opened.status, (await opened.arrayBuffer()).byteLength]).toEqual([200, 2_500_000])
    expect(opened.headers.get('content-disposition')).toContain("filename*=UTF-8''g%C3%BCnl%C3%BCk.txt")
    expect(header(mail.headers, 'auto-submitted')).toBeNull()
  }, 60_000)

  it('D23 D24 D26 D27 a language that was set stays with the customer, on their next ticket too; a ticket that is sent on takes its files along and changes nothing', async () => {
    const layouts = {
      en: { text: 'Dear customer,\n\n{{body}}', html: '<p>Dear customer,</p>{{body}}' },
      tr: { text: 'Sayın müşterimiz,\n\n{{body}}', html: '<p>Sayın müşterimiz,</p>{{body}}' },
    }
    const first = await ticketOf('spoken', 'dil@people.test', { settings: { layouts } })
    const set = await patched(gateway, `/v1/tickets/${first.id}`, { language: 'tr' })
    expect(set.status, set.text).toBe(200)
    await reached((await answer(first)).id, 'sent')
    await brought('dil@people.test', 'spoken@shop.test', 'Another matter')
    const [next] = await until(
      async () => (await list('/v1/tickets?limit=200')).filter((it) => it.subject === 'Another matter'),
      (found) => found.length === 1,
    )
    // HTML alone: its words are the text beside it.
    const html = `<p>It is <b onclick="x()">there</b>.</p><script>x()</script><img src="https://shop.test/logo.png">`
    await reached((await answer(next!, { text: undefined, html })).id, 'sent')
    const mails = await until(
      async () => people.mails.filter((it) => it.to.includes('dil@people.test')),
      (found) => found.length === 2,
    )
    const [plain, formed] = await Promise.all(mails.map((it) => parseMail(it.bytes)))
    expect([plain!.text, formed!.text]).toEqual([
      'Sayın müşterimiz,\n\nIt is on its way.',
      'Sayın müşterimiz,\n\nIt is there.',
    ])
    // What goes out is clean, and its images are where its writer put them; what is shown here is what the customer got, with none fetched.
    expect(mails[1]!.bytes.toString()).not.toMatch(/script|onclick/)
    expect(formed!.html).toContain('data-remote-src="https://shop.test/logo.png"')
    const shown = (await messagesOf(next!.id)).find(({ direction }) => direction === 'out')!
    const kept = async (what: string) => gateway.call('GET', `/v1/messages/${shown.id}/${what}`)
    expect([shown.text, (await kept('full-text')).text]).toEqual(['It is there.', 'Sayın müşterimiz,\n\nIt is there.'])
    expect((await kept('html')).text).toBe(
      '<p>Sayın müşterimiz,</p><p>It is <b>there</b>.</p><img data-remote-src="https://shop.test/logo.png" />',
    )
    type Event = { readonly data?: { readonly message?: string } }
    const told = () => list('/v1/events?types=message.sent&limit=200') as Promise<readonly Event[]>
    const events = await until(
      async () => (await told()).filter(({ data }) => data?.message === shown.id),
      (found) => found.length === 1,
    )
    expect(events[0]?.data).toMatchObject({ text: 'It is there.', html: shown.html, fullText: shown.fullText })
    expect((await gateway.call('GET', `/v1/messages/${next!.id.replace('tkt', 'msg')}/html`)).status).toBe(404)
    const { status: state } = await get<{ readonly status: string }>(`/v1/tickets/${next!.id}`)
    const id = await uploaded('fatura.txt', Buffer.from('Fatura'))
    await reached((await answer(next!, { attachments: [id] })).id, 'sent')
    const body = { to: ['boss@people.test'], text: 'Please look.', allFiles: true }
    const forward = await gateway.call<Item>('POST', `/v1/tickets/${next!.id}/forward`, { body })
    expect(forward.status, forward.text).toBe(202)
    await reached(forward.body.id, 'sent')
    const [sentOn] = await arrivedAt('boss@people.test')
    const mail = await parseMail(sentOn!.bytes)
    expect([sentOn!.to, mail.subject, mail.files.map((it) => it.name)]).toEqual([
      ['boss@people.test'],
      'Another matter',
      ['fatura.txt'],
    ])
    expect((await get<{ readonly status: string }>(`/v1/tickets/${next!.id}`)).status).toBe(state)
  }, 60_000)

  it('D30 what left through Postfix is signed: somebody else’s verifier finds the signature whole, and broken where a word was changed', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const dkimKey = privateKey.export({ type: 'pkcs8', format: 'pem' })
    const records = {
      'k1._domainkey.shop.test': `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`,
    }
    const ticket = await ticketOf('signed', 'imza@people.test', {
      settings: { name: 'Müşteri Hizmetleri', dkim: { domain: 'shop.test', selector: 'k1' } },
      secrets: { password: dovecot.password, dkimKey },
    })
    const file = await uploaded('günlük.txt', Buffer.from('.\r\n.leading dots\r\n'))
    const html = `<p>Kargonuz <b>yola çıktı</b>.</p><p>${'uzun bir satır '.repeat(100)}</p>`
    const text = 'Kargonuz yola çıktı.\n\n.\n.. dots at the start of a line\n\n\n'
    await reached((await answer(ticket, { text, html, attachments: [file], cc: ['kopya@people.test'] })).id, 'sent')
    await reached((await answer(ticket, { text: 'x', author: 'bot' })).id, 'sent')
    const sent = await until(
      async () => people.mails.filter((it) => it.to.includes('imza@people.test')),
      (found) => found.length === 2,
    )
    const [first, second] = sent.map((it) => it.bytes)
    // Postfix put its own header above it: this is not what we wrote, but what arrived.
    expect(first!.toString('latin1')).toMatch(/^Received: /m)
    const changed = Buffer.from(first!.toString('latin1').replace(/^To: imza@/im, 'To: himza@'), 'latin1')
    const added = Buffer.concat([second!, Buffer.from('And pay to another account.\r\n')])
    expect(changed.equals(first!)).toBe(false)
    const found = await verified([first!, second!, changed, added], records)
    expect(found.map((it) => [it.holds, it.domain])).toEqual([
      [true, 'shop.test'],
      [true, 'shop.test'],
      [false, 'shop.test'],
      [false, 'shop.test'],
    ])
    expect(found[0]!.headers).toEqual(
      expect.arrayContaining(['from', 'to', 'cc', 'subject', 'date', 'message-id', 'reply-to', 'in-reply-to']),
    )
    const [other] = await verified([first!], {
      'k1._domainkey.shop.test': records['k1._domainkey.shop.test'].slice(0, -40),
    })
    expect(other!.holds).toBe(false)
  }, 60_000)

  it('D31 S21 the test of an account asks both servers; a certificate that does not hold is said in its health, and nobody logs in', async () => {
    const ticket = await ticketOf('wrong', 'wrong@people.test')
    const tested = () =>
      gateway.call<{ readonly ok: boolean; readonly why: string }>('POST', '/v1/accounts/email/wrong/test', {
        body: {},
      })
    expect((await tested()).body).toMatchObject({
      ok: true,
      why: expect.stringMatching(/can read INBOX.*can send through/),
    })
    const smtp = { host: '127.0.0.1', port: postfix.port, tls: 'starttls' }
    const settings = { address: 'wrong@shop.test', smtp, caFile: dovecot.caFile }
    const changed = await patched(gateway, '/v1/accounts/email/wrong', { settings })
    expect(changed.status, changed.text).toBe(200)
    const logins = () => postfix.log().split('sasl_method').length
    // What is tested is what was written a moment ago.
    expect((await tested()).body).toMatchObject({ ok: false, why: expect.stringContaining('caFile') })
    const before = logins()
    await answer(ticket)
    const { health } = await until(
      () =>
        get<{ readonly health: { readonly state: string; readonly why: string | null } }>('/v1/accounts/email/wrong'),
      (it) => it.health.state === 'degraded',
      20_000,
    )
    expect(health.why).toMatch(/cannot be trusted.*caFile/)
    expect(logins()).toBe(before)
  }, 60_000)
})
