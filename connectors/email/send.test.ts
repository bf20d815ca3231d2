// Answers through a real SMTP server: what arrives, and what each way of failing means.
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../core/errors.ts'
import { readingEdges } from '../../test/support/made-account.ts'
import { mailAccount, mailParty, mailReply, mailSettings } from './fixtures/mail-account.ts'
import { smtpDoors } from '../../test/support/smtp-door.ts'
import { seed } from '../../test/support/seed.ts'
import { built } from './compose/build.ts'
import { compose } from './compose/compose.ts'
import { keysOfReply } from './compose/keys.ts'
import { parseMail } from './mime/parse.ts'
import { answeredIds, idKey, tokenKey, tokensIn } from './normalize/ids.ts'
import { header } from './normalize/headers.ts'
import { send } from './send.ts'
import type { Settings } from './settings.ts'
import { test } from './test.ts'

const doors = smtpDoors()
const door = doors.open

/** What was told of each mail before it went, and how many had gone by then. */
const told: { readonly text?: string; readonly html?: string; readonly gone: number }[] = []
let gone = (): number => 0
const edges = readingEdges({
  says: ({ text, html }) => {
    told.push({ text: text ?? '', html: Buffer.from(html ?? []).toString(), gone: gone() })
    return Promise.resolve()
  },
})
const sent = (port: number, message = mailReply, over: Partial<Settings> = {}) =>
  send(message, mailAccount(mailSettings(port, over)), edges, AbortSignal.timeout(5_000))
const failing = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode })

describe('an answer goes out', () => {
  it('D26 G19 as one mail with text and HTML, its own Message-ID, the customer’s references and a way back', async () => {
    const server = await door()
    ;[told.length, gone] = [0, () => server.mails.length]
    const outcome = await sent(server.port)
    const mail = await parseMail(server.mails[0]!.bytes)
    expect(outcome).toEqual({ is: 'sent', externalId: header(mail.headers, 'message-id') })
    // Before it went: whoever dies while sending has left behind what the customer has.
    expect(told).toEqual([{ text: mail.text, html: mail.html, gone: 0 }])
    expect(await sent(server.port)).toEqual(outcome)
    expect([mail.subject, mail.text, mail.html]).toEqual([
      'Re: Siparişim gelmedi',
      'Kargonuz yola çıktı.',
      '<p>Kargonuz yola çıktı.</p>',
    ])
    expect(answeredIds(mail)).toEqual(['<m1@musteri.example>', '<m0@musteri.example>'])
    expect(server.mails[0]!.to).toEqual(['ayse@musteri.example'])
    expect(header(mail.headers, 'auto-submitted')).toBeNull()
  })
  it.each(['YANIT: Siparişim', 'Yanıt: Siparişim', 'YNT: Siparişim', 'CEVAP: Siparişim'])(
    'D26 with the subject of an answer as it is, in capitals too: %s',
    (subject) => {
      const composed = compose({ ...mailReply, subject }, mailSettings(25))
      expect(composed).toMatchObject({ subject })
    },
  )
  it('P9 what a customer’s answer will carry are the keys that were said before sending', async () => {
    const server = await door()
    const outcome = await sent(server.port)
    const mail = await parseMail(server.mails[0]!.bytes)
    const keys = keysOfReply(mailReply, { settings: mailSettings(server.port) })
    const answer = { ...mail, headers: [['to', mail.replyTo[0]!.address!] as const] }
    expect(keys).toContain(tokenKey(tokensIn(answer, undefined)[0]!))
    expect(keys).toContain(idKey(outcome.is === 'sent' ? outcome.externalId : '', 'ayse@musteri.example'))
    expect(mail.replyTo[0]!.address!.split('@')[0]!.length).toBeLessThanOrEqual(64)
  })
  it('P9 an address too long to carry a token is answered as it is, not at one that is nobody’s', async () => {
    const server = await door()
    const address = `${'customer-support-department-turkey'}@marka.example`
    await sent(server.port, { ...mailReply, vendor: { ...mailReply.vendor, address } })
    const mail = await parseMail(server.mails[0]!.bytes)
    expect(mail.replyTo.map((it) => it.address)).toEqual([address])
  })
  it('D22 D25 to others as well, with its files', async () => {
    const server = await door()
    const file = {
      id: 'att_1',
      name: 'Şikâyet.txt',
      type: 'text/plain',
      size: 7,
      sha256: null,
      state: 'stored',
      source: { blob: 'sha256:00' },
    } as const
    await sent(server.port, { ...mailReply, cc: [mailParty('bora@musteri.example')], attachments: [file] })
    const mail = await parseMail(server.mails[0]!.bytes)
    expect(server.mails[0]!.to).toEqual(['ayse@musteri.example', 'bora@musteri.example'])
    expect(mail.files.map((it) => [it.name, Buffer.from(it.bytes).toString()])).toEqual([['Şikâyet.txt', 'Merhaba']])
  })
  it('D28 goes to the Reply-To of whoever opened the conversation, never to that of somebody who joined', async () => {
    const server = await door()
    const vendor = { ...mailReply.vendor, replyTo: 'elsewhere@musteri.example' }
    await sent(server.port, { ...mailReply, vendor: { ...vendor, replyToOf: 'ayse@musteri.example' } })
    await sent(server.port, { ...mailReply, vendor: { ...vendor, replyToOf: 'mallory@evil.example' } })
    expect(server.mails.map((it) => it.to)).toEqual([['elsewhere@musteri.example'], ['ayse@musteri.example']])
  })
  it('S12 P9 from an address in letters of its own country, with headers that every server takes, and finds home', async () => {
    const server = await door()
    const address = 'destek@türkçe.example'
    const message = { ...mailReply, author: 'bot' as const }
    expect(await sent(server.port, message, { address })).toMatchObject({ is: 'sent' })
    const head = server.mails[0]!.bytes.toString('latin1').split('\r\n\r\n')[0]!
    expect(head).toMatch(/^[\t\r\n -~]*$/)
    expect(head).toMatch(/^X-Loop: destek@xn--trke-2oa7j\.example$/m)
    const id = header((await parseMail(server.mails[0]!.bytes)).headers, 'message-id')!
    const keys = keysOfReply(message, { settings: mailSettings(server.port, { address }) })
    expect(keys).toContain(idKey(id, 'ayse@musteri.example'))
  })
  it('S12 no line break of a subject, name or id becomes a header', async () => {
    const server = await door()
    const evil = 'x\r\nBcc: dieb@evil.example\r\n\r\nbody'
    const vendor = { messageId: `<a@b>\r\nBcc: dieb@evil.example`, references: `<a@b>\r\nX-Evil: 1`, subject: evil }
    await sent(server.port, {
      ...mailReply,
      subject: evil,
      to: { ...mailParty('ayse@musteri.example'), name: evil },
      vendor,
    })
    const mail = await parseMail(server.mails[0]!.bytes)
    expect(mail.headers.map(([name]) => name).filter((it) => it === 'bcc' || it === 'x-evil')).toEqual([])
    expect(server.mails[0]!.to).toEqual(['ayse@musteri.example'])
    const broken = {
      ...mailReply,
      to: { ...mailReply.to, address: 'a@b.example>\r\nRCPT TO:<dieb@evil.example' },
      vendor: {},
    }
    expect(await sent(server.port, broken)).toMatchObject({ is: 'refused', code: 'no_address' })
  })
  it(`S12 S34 whatever stands in an answer, its mail has the headers it should have and no others (seed ${seed})`, async () => {
    const evil = fc.oneof(
      fc.constantFrom('x\r\nBcc: d@evil.example', 'a\rX-Evil: 1', 'a\n\nbody', '\u0000', '=?utf-8?Q?a=0D=0AX-Evil:_1?=', 'a\u2028b', '"', '<a@b>, <c@d>'), // prettier-ignore
      fc.string({ unit: 'binary', maxLength: 1_200 }),
    )
    const known = ['message-id', 'from', 'to', 'cc', 'reply-to', 'subject', 'in-reply-to', 'references', 'date', 'mime-version', 'content-type', 'content-transfer-encoding', 'auto-submitted', 'x-auto-response-suppress', 'precedence', 'x-loop'] // prettier-ignore
    await fc.assert(
      fc.asyncProperty(fc.record({ subject: evil, name: evil, id: evil, references: evil, file: evil }), async (it) => {
        const composed = compose(
          {
            ...mailReply,
            author: 'auto',
            subject: it.subject,
            to: { ...mailParty('ayse@musteri.example'), name: it.name },
            cc: [{ ...mailParty('bora@musteri.example'), name: it.name }],
            vendor: { messageId: it.id, references: it.references, subject: it.subject },
          },
          mailSettings(0, { name: it.name }),
        )
        if ('refuse' in composed) throw new Error(composed.refuse)
        const file = { filename: it.file, contentType: 'text/plain', content: Buffer.from('x') }
        const mail = await parseMail(await built(composed, [file], null))
        expect(mail.headers.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([])
        expect([...mail.to, ...mail.cc].map(({ address }) => address)).toEqual([
          'ayse@musteri.example',
          'bora@musteri.example',
        ])
        expect([mail.text, mail.files.length]).toEqual([mailReply.text, 1])
      }),
      { seed, numRuns: 40 },
    )
  })
  it('G21 a machine’s answer says that it is one', async () => {
    const server = await door()
    await sent(server.port, { ...mailReply, author: 'auto' })
    const { headers } = await parseMail(server.mails[0]!.bytes)
    expect(
      ['auto-submitted', 'x-auto-response-suppress', 'precedence', 'x-loop'].map((it) => header(headers, it)),
    ).toEqual(['auto-replied', 'All', 'bulk', 'destek@marka.example'])
  })
  it('is signed with the account’s own key', async () => {
    const server = await door()
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    })
    const account = mailAccount(mailSettings(server.port, { dkim: { domain: 'marka.example', selector: 's1' } }))
    const secret = (name: string) => Promise.resolve(name === 'dkimKey' ? privateKey : 'pw')
    const outcome = await send(mailReply, { ...account, secret } as typeof account, edges, AbortSignal.timeout(5_000))
    expect(outcome.is).toBe('sent')
    const { headers } = await parseMail(server.mails[0]!.bytes)
    expect(header(headers, 'dkim-signature')).toMatch(/d=marka\.example.*s=s1/)
  })
  it('is not sent unsigned where it is to be signed and the key is not there', async () => {
    const server = await door()
    const account = mailAccount(mailSettings(server.port, { dkim: { domain: 'marka.example', selector: 's1' } }))
    const secret = (name: string) =>
      name === 'dkimKey' ? Promise.reject(new GatewayError('settings.invalid', 'not set')) : Promise.resolve('pw')
    const outcome = await send(mailReply, { ...account, secret } as typeof account, edges, AbortSignal.timeout(5_000))
    expect(outcome).toMatchObject({ is: 'account-down', why: expect.stringContaining('dkimKey') })
    expect(server.mails).toEqual([])
  })
  it.each([
    ['no key at all', 'garbage'],
    ['a key of another kind', generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()], // prettier-ignore
  ])('D30 is not sent unsigned where its key is %s', async (_what, dkimKey) => {
    const server = await door()
    const settings = mailSettings(server.port, { dkim: { domain: 'marka.example', selector: 's1' } })
    const account = mailAccount(settings, { password: 'pw', dkimKey })
    const outcome = await send(mailReply, account, edges, AbortSignal.timeout(5_000))
    expect(outcome).toMatchObject({ is: 'account-down', why: expect.stringContaining('no private RSA key') })
    const said = await test(account, edges, AbortSignal.timeout(5_000))
    expect(said).toMatchObject({ ok: false, why: expect.stringContaining('no private RSA key') })
    expect(server.mails).toEqual([])
  })
  it('D31 is not sent unsigned where its key is named and cannot be had, which is said as that', async () => {
    const server = await door()
    const account = mailAccount(mailSettings(server.port, { dkim: { domain: 'marka.example', selector: 's1' } }))
    const gone = new GatewayError('settings.invalid', 'the variable DKIM_KEY is gone', { about: { place: 'dkimKey' } })
    const secret = (name: string) => (name === 'dkimKey' ? Promise.reject(gone) : Promise.resolve('pw'))
    const outcome = await send(mailReply, { ...account, secret } as typeof account, edges, AbortSignal.timeout(5_000))
    expect(outcome).toEqual({ is: 'account-down', why: gone.message })
  })
  it('D27 stands in the layout of the customer’s language', async () => {
    const server = await door()
    const layouts = { tr: { text: 'Merhaba,\n\n{{body}}\n\nMarka' }, en: { text: 'Dear customer,\n\n{{body}}' } }
    await sent(server.port, { ...mailReply, language: 'tr' }, { layouts })
    expect((await parseMail(server.mails[0]!.bytes)).text).toContain('Merhaba,\n\nKargonuz yola çıktı.\n\nMarka')
  })
})

describe('G20 what the server says', () => {
  it.each([
    [550, '5.1.1 no such user', { is: 'refused', code: 'address_unknown' }],
    [552, '5.3.4 too big', { is: 'refused', code: 'too_large' }],
    [550, '5.2.3 longer than the administrator allows', { is: 'refused', code: 'too_large' }],
    [552, '5.2.2 G20 mailbox full', { is: 'refused', code: 'smtp_552' }],
    [554, '5.7.1 spam', { is: 'refused', code: 'policy' }],
    [554, '5.7.1 Client host [10.5.1.1] blocked', { is: 'refused', code: 'policy' }],
    [451, '4.7.1 greylisted', { is: 'try-later', scope: 'message' }],
    [432, '4.3.2 concurrent limit', { is: 'try-later', scope: 'account' }],
    [421, '4.3.0 closing', { is: 'try-later', scope: 'account' }],
  ] as const)('%i %s', async (code, text, wanted) => {
    const server = await door({ onRcptTo: (_to, _session, done) => done(failing(code, text)) })
    expect(await sent(server.port)).toMatchObject(wanted)
    expect(server.mails).toEqual([])
  })
  it('535 is the account’s matter', async () => {
    const server = await door({ onAuth: (_auth, _session, done) => done(failing(535, '5.7.8 no')) })
    expect(await sent(server.port)).toMatchObject({ is: 'account-down' })
  })
  it('G19 a connection lost after the data is unknown, one that never stood is not', async () => {
    const server = await door({
      onData: (stream, session) =>
        stream.on('end', () => (session as unknown as { socket?: Socket }).socket?.destroy()).resume(),
    })
    told.length = 0
    expect((await sentBefore(server.port, 1_500)).is).toBe('unknown')
    // Whether it went out nobody knows; how it looked, if it did, is known.
    expect(told).toMatchObject([{ text: mailReply.text, html: expect.stringContaining(mailReply.text) }])
    expect(await sent(await freePort())).toMatchObject({ is: 'try-later' })
  })
  it('S21 where an upgrade is demanded and not offered, nobody logs in', async () => {
    const server = await door()
    const outcome = await sent(server.port, mailReply, {
      smtp: { host: '127.0.0.1', port: server.port, tls: 'starttls' },
    })
    expect(['account-down', 'try-later']).toContain(outcome.is)
    expect([server.logins, server.mails]).toEqual([[], []])
  })
})

const sentBefore = (port: number, ms: number) =>
  send(mailReply, mailAccount(mailSettings(port)), edges, AbortSignal.timeout(ms))
async function freePort(): Promise<number> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
