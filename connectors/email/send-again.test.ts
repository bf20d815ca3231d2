// What is done at once about a refusal, and what one mail goes out as: other senders, links, tokens, certificates.
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SMTPServerOptions } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Attachment } from '../../schemas/message.ts'
import { makeAuthority, type Authority } from '../../test/support/certificates.ts'
import { readingEdges } from '../../test/support/made-account.ts'
import { mailAccount, mailParty, mailReply, mailSettings } from './fixtures/mail-account.ts'
import { smtpDoors } from '../../test/support/smtp-door.ts'
import { lineBetween } from '../../test/support/tcp-between.ts'
import { keysOfReply } from './compose/keys.ts'
import { parseMail } from './mime/parse.ts'
import { header } from './normalize/headers.ts'
import { send } from './send.ts'
import type { Settings } from './settings.ts'
import { test as testAccount } from './test.ts'

const doors = smtpDoors()
const door = doors.open
const failing = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode })
const inTime = () => AbortSignal.timeout(8_000)
const sent = (port: number, message = mailReply, over: Partial<Settings> = {}, edges = readingEdges()) =>
  send(message, mailAccount(mailSettings(port, over)), edges, inTime())

describe('where reports and answers come back', () => {
  it('P11 reports of servers come to an address of this one send, and carry its id where the server knows how', async () => {
    const server = await door()
    await sent(server.port)
    expect(server.mails[0]!.from).toBe('destek+b.0123456789abcdef0123456789abcdef@marka.example')
  })
  it('P11 a server that takes no sender but the mailbox’s own gets that one, in the same try', async () => {
    const server = await door({
      onMailFrom: ({ address }, _session, done) =>
        done(address.includes('+') ? failing(553, '5.7.1 Sender address rejected: not owned by user') : null),
    })
    expect(await sent(server.port)).toMatchObject({ is: 'sent' })
    expect(server.mails.map((it) => it.from)).toEqual(['destek@marka.example'])
  })
  it('P9 a server without plus addresses: no tag anywhere, and an answer finds home by what it refers to', async () => {
    const server = await door()
    await sent(server.port, mailReply, { plusAddressing: false })
    const [mail] = server.mails
    expect(mail!.from).toBe('destek@marka.example')
    const { headers } = await parseMail(mail!.bytes)
    expect(header(headers, 'reply-to')).toBeNull()
    expect(mail!.bytes.toString()).not.toMatch(/\+[rb]\./)
    const id = header(headers, 'message-id')
    expect(keysOfReply(mailReply, { settings: mailSettings(1) })).toContain(`id:${id} email:ayse@musteri.example`)
  })
  it('P9 the ticket’s number stands before the subject where the account wants it, once', async () => {
    const server = await door()
    await sent(server.port, mailReply, { subjectNumber: true })
    await sent(server.port, { ...mailReply, subject: 'Re: [#1042] Siparişim gelmedi' }, { subjectNumber: true })
    const subjects = await Promise.all(server.mails.map(async (it) => (await parseMail(it.bytes)).subject))
    expect(subjects).toEqual(['[#1042] Re: Siparişim gelmedi', 'Re: [#1042] Siparişim gelmedi'])
  })
  it('G12 P9 an id that the server put in the place of ours leads home as well, however the domain in it is written', async () => {
    const server = await door({
      onData: (stream, _session, done) =>
        void stream
          .on('end', () => done(null, '2.0.0 OK <AM1P.7@AM1P.eurprd.prod.outlook.com> [Hostname=AM1P]'))
          .resume(),
    })
    const outcome = await sent(server.port, { ...mailReply, cc: [mailParty('bora@musteri.example')] })
    expect(outcome).toMatchObject({
      is: 'sent',
      externalId: expect.stringContaining('@marka.example'),
      keys: [
        'id:<AM1P.7@am1p.eurprd.prod.outlook.com> email:ayse@musteri.example',
        'id:<AM1P.7@am1p.eurprd.prod.outlook.com> email:bora@musteri.example',
      ],
    })
  })
  it('D28 a mail that the server took for the others alone was not sent to the customer, and says so', async () => {
    const server = await door({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('ayse') ? failing(550, '5.1.1 No such user') : null),
    })
    const outcome = await sent(server.port, { ...mailReply, cc: [mailParty('bora@musteri.example')] })
    expect(outcome).toMatchObject({ is: 'refused', code: 'address_unknown', why: expect.stringContaining('1 other') })
    expect(server.mails.map((it) => it.to)).toEqual([['bora@musteri.example']])
  })
})

describe('an address in letters of its own country', () => {
  const foreign = { ...mailReply, to: mailParty('ayşe@musteri.example') }
  /** What was said to a server, over all connections. */
  const spied = async (over: SMTPServerOptions) => {
    const { port } = await door(over)
    let heard = ''
    const line = await lineBetween(port, (near, far) => {
      near.on('data', (chunk: Buffer) => {
        heard += chunk.toString('utf8')
        far.write(chunk)
      })
      far.on('data', (chunk: Buffer) => near.write(chunk))
    })
    doors.after(line.close)
    return { port: line.port, heard: () => heard }
  }
  it('S12 is refused in words where the server does not know such, and nothing of the mail is said to it', async () => {
    const { port, heard } = await spied({ hideSMTPUTF8: true })
    for (const message of [foreign, { ...mailReply, cc: [mailParty('ayşe@musteri.example')] }])
      expect(await sent(port, message)).toEqual({
        is: 'refused',
        code: 'address_not_taken',
        why: 'The mail server takes only addresses in plain Latin letters before the @ (it does not offer SMTPUTF8), and this mail names ayşe@musteri.example. Nothing was sent.',
      })
    expect(heard()).not.toMatch(/MAIL FROM|ayşe/)
  })
  it('S12 goes as it is to a server that knows them, and a domain alone as DNS has it', async () => {
    const knows = await spied({ hideSMTPUTF8: false })
    expect(await sent(knows.port, foreign)).toMatchObject({ is: 'sent' })
    expect(knows.heard()).toMatch(/MAIL FROM:<[^>]+> SMTPUTF8/)
    const other = await spied({ hideSMTPUTF8: true })
    expect(await sent(other.port, { ...mailReply, to: mailParty('ayse@müşteri.example') })).toMatchObject({
      is: 'sent',
    })
    expect(other.heard()).toMatch(/RCPT TO:<ayse@xn--/)
  })
})

const file = (n: number, size: number): Attachment => ({
  id: `att_${n}`,
  name: `Şikâyet <${n}>.pdf`,
  type: 'application/pdf',
  size,
  sha256: null,
  state: 'stored',
  source: { blob: `sha256:${n}` as never },
})
const read: string[] = []
const megabytes = 1_000_000
const withFiles = { ...mailReply, attachments: [file(1, 12 * megabytes), file(2, 12 * megabytes), file(3, 1_000)] }
const filing = (reached = true) =>
  readingEdges({
    file: (ref) => (read.push(ref), Promise.resolve(Buffer.from('kısa'))),
    linkTo: (id, until) =>
      Promise.resolve(reached ? `https://gate.example/v1/files/main/${id}/${until.slice(0, 10)}` : null),
  })

describe('files that are too large for a mail', () => {
  it('D25 go as links beside those that fit: in text and HTML, in the customer’s language, with their end', async () => {
    const server = await door()
    const layouts = { tr: { text: 'Merhaba,\n\n{{body}}\n\nMarka', html: '<main>{{body}}</main>' } }
    read.length = 0
    expect((await sent(server.port, { ...withFiles, language: 'tr' }, { layouts }, filing())).is).toBe('sent')
    const mail = await parseMail(server.mails[0]!.bytes)
    expect(read).toEqual(['sha256:1', 'sha256:3'])
    expect(mail.files).toHaveLength(2)
    expect(mail.text).toMatch(
      /çıktı\.\n\nBu dosya .*çok büyük.* tarihine kadar açılır:\n- Şikâyet <2>\.pdf \(12 MB\)\n {2}https:\/\/gate\.example\/v1\/files\/main\/att_2\/\d{4}-\d\d-\d\d\n\nMarka/,
    )
    expect(server.mails[0]!.bytes.toString()).not.toContain('<2>.pdf</a>')
    expect(mail.html).toContain('https://gate.example/v1/files/main/att_2')
    await sent(server.port, withFiles, { attachMaxMegabytes: 1 }, filing())
    expect((await parseMail(server.mails[1]!.bytes)).text).toMatch(
      /These files are too large for a mail\. The links work until \w+ \d+, \d{4}:/,
    )
  })
  it('D25 all go as links where the server takes less than we would send, before or after it has seen the mail', async () => {
    const announced = await door({ size: 600 })
    const big = readingEdges({ ...filing(), file: () => Promise.resolve(Buffer.alloc(40_000, 7)) })
    const small = { ...mailReply, attachments: [file(1, 40_000)] }
    expect(await sent(announced.port, { ...small, text: 'x' }, {}, big)).toMatchObject({ code: 'too_large' })
    const roomy = await door({ size: 20_000 })
    expect(await sent(roomy.port, small, {}, big)).toMatchObject({ is: 'sent' })
    expect((await parseMail(roomy.mails[0]!.bytes)).text).toContain('att_1')
    const judging = await door({
      onData(stream, _session, done) {
        let bytes = 0
        stream.on('data', (chunk: Buffer) => (bytes += chunk.byteLength))
        stream.on('end', () => done(bytes > 20_000 ? failing(552, '5.3.4 Message too big') : null, 'taken'))
      },
    })
    expect(await sent(judging.port, small, {}, big)).toMatchObject({ is: 'sent' })
  })
  it('D25 without an address that the world reaches, the answer is refused and says what to set', async () => {
    const server = await door()
    const outcome = await sent(server.port, withFiles, {}, filing(false))
    expect(outcome).toMatchObject({
      is: 'refused',
      code: 'too_large',
      why: expect.stringContaining('INLET_PUBLIC_URL'),
    })
    expect(server.mails).toEqual([])
  })
})

describe('a token that the server refuses', () => {
  it('P8 S18 is renewed and the mail sent in the same try, once; a second refusal is the account’s matter', async () => {
    const good = new Set(['fresh'])
    const server = await door({
      authMethods: ['XOAUTH2'],
      onAuth: ({ accessToken = '' }, _session, done) =>
        done(good.has(accessToken) ? null : failing(535, `5.7.8 not valid: ${accessToken}`), { user: 'us' }),
    })
    const endpoint = createServer((_request, answer) =>
      answer.end(JSON.stringify({ access_token: 'fresh', expires_in: 3600 })),
    )
    await new Promise<void>((done) => void endpoint.listen(0, '127.0.0.1', done))
    doors.after(() => new Promise((done) => endpoint.close(done)))
    const tokenUrl = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/token`
    const settings = mailSettings(server.port, { oauth: { clientId: 'c', tokenUrl } })
    const account = mailAccount(settings, { accessToken: 'stale', refreshToken: 'r' })
    expect(await send(mailReply, account, readingEdges(), inTime())).toMatchObject({ is: 'sent' })
    expect([account.secrets['accessToken'], server.mails.length]).toEqual(['fresh', 1])
    good.clear()
    const refused = await send(mailReply, account, readingEdges(), inTime())
    expect(refused).toMatchObject({ is: 'account-down', why: expect.stringContaining('[secret]') })
  })
})

let authority: Authority
let caFile: string
let folder: string
beforeAll(() => {
  authority = makeAuthority()
  folder = mkdtempSync(join(tmpdir(), 'inlet-mail-ca-'))
  caFile = join(folder, 'ca.pem')
  writeFileSync(caFile, authority.ca)
})
afterAll(() => {
  authority.remove()
  rmSync(folder, { recursive: true })
})
const upgrading = (...names: readonly string[]): Partial<SMTPServerOptions> => ({
  ...authority.issue(...names),
  disabledCommands: [],
  allowInsecureAuth: false,
})

describe('S21 a connection that is safe, or none', () => {
  it('from the first byte and by STARTTLS, checked against the account’s own authority', async () => {
    const first = await door({ ...upgrading('IP:127.0.0.1'), secure: true })
    const later = await door(upgrading('IP:127.0.0.1'))
    for (const [server, tls] of [
      [first, true],
      [later, 'starttls'],
    ] as const) {
      const smtp = { host: '127.0.0.1', port: server.port, tls }
      expect(await sent(server.port, mailReply, { smtp, caFile })).toMatchObject({ is: 'sent' })
      expect(server.mails.map((it) => it.secure)).toEqual([true])
    }
  })
  it('a certificate of nobody, for another name, or an authority file that is not there: said in words, tried again, nobody logs in', async () => {
    const server = await door(upgrading('DNS:mail.elsewhere.example'))
    const smtp = { host: '127.0.0.1', port: server.port, tls: 'starttls' } as const
    const why = async (over: Partial<Settings>) => {
      const outcome = await sent(server.port, mailReply, { smtp, ...over })
      return outcome.is === 'try-later' && outcome.scope === 'account' ? outcome.why : `is ${outcome.is}`
    }
    expect(await why({})).toContain('caFile')
    expect(await why({ caFile })).toContain('for another name')
    expect(await why({ caFile: '/nowhere/ca.pem' })).toContain('/nowhere/ca.pem')
    expect(server.logins).toEqual([])
    expect(await sent(server.port, mailReply, { smtp: { ...smtp, verify: false } })).toMatchObject({ is: 'sent' })
  })
  it('somebody between us who takes the offer of STARTTLS away, or answers for the server, gets no word of the log-in', async () => {
    const server = await door(upgrading('IP:127.0.0.1'))
    for (const how of ['strip', 'refuse'] as const) {
      const between = await tampering(server.port, how)
      const smtp = { host: '127.0.0.1', port: between.port, tls: 'starttls' } as const
      const outcome = await sent(between.port, mailReply, { smtp, caFile })
      expect(outcome).toMatchObject({
        is: 'try-later',
        scope: 'account',
        why: expect.stringContaining('safe connection'),
      })
      expect(between.heard()).not.toMatch(/AUTH|MAIL FROM/i)
    }
    expect([server.logins, server.mails]).toEqual([[], []])
  })
})

/** Between us and the server: removes the offer from its greeting, or says that it cannot just now. */
async function tampering(port: number, how: 'strip' | 'refuse') {
  let heard = ''
  const line = await lineBetween(port, (near, far) => {
    near.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1')
      if (/^STARTTLS/im.test(chunk.toString()))
        near.write(how === 'refuse' ? '454 4.7.0 TLS not available\r\n' : '500 5.5.1 unrecognized command\r\n')
      else far.write(chunk)
    })
    far.on('data', (chunk: Buffer) => {
      const lines = chunk.toString('latin1').replace(/250[- ]STARTTLS\r\n/i, '')
      near.write(how === 'strip' ? Buffer.from(lines.replace(/250-([^\r\n]*\r\n)$/, '250 $1'), 'latin1') : chunk)
    })
  })
  doors.after(line.close)
  return { port: line.port, heard: () => heard }
}

describe('D31 the test of an account', () => {
  it('asks the sending side too: what it would take, and why it would not', async () => {
    const server = await door({
      onAuth: ({ password }, _session, done) =>
        done(password === 'pw' ? null : failing(535, '5.7.8 wrong words'), { user: 'us' }),
    })
    const ask = (password: string, over: Partial<Settings> = {}) =>
      testAccount(mailAccount(mailSettings(server.port, over), { password }), readingEdges(), inTime())
    expect(await ask('pw')).toEqual({ ok: true, why: 'destek@marka.example can send through 127.0.0.1' })
    expect(await ask('other')).toMatchObject({ ok: false, why: expect.stringContaining('5.7.8 wrong words') })
    const imap = { host: '127.0.0.1', port: 1, tls: false } as const
    const both = await ask('other', { imap })
    expect(both.why).toMatch(/Reading at 127\.0\.0\.1:1: .*Sending through 127\.0\.0\.1:/)
    expect(server.mails).toEqual([])
  })
})
