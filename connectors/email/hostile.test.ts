// Mails made to break a reader: each is read or put aside in good time, and the next one is read all the same.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isGatewayError } from '../../core/errors.ts'
import type { Instant } from '../../schemas/ids.ts'
import { attacks } from './fixtures/attacks.ts'
import { tnefOf } from './fixtures/tnef.ts'
import { cpuMs } from '../../test/support/cpu.ts'
import { cleanHtml } from './html/clean.ts'
import { textOfHtml } from '../../core/rules/html-text.ts'
import { parseMail } from './mime/parse.ts'
import { mailPool, type ReadMail } from './mime/pool.ts'
import { normalize } from './normalize.ts'
import { cutQuoted } from './quoted/cut.ts'
import { rawMail } from './raw-mail.ts'
import type { Settings } from './settings.ts'

const settings = { address: 'destek@marka.example' } as Settings
const receivedAt = '2026-11-20T08:00:00.000Z' as Instant
const read = (bytes: Uint8Array, meta = {}) =>
  Promise.resolve(normalize(rawMail({ route: settings.address, bytes, receivedAt, meta }), { id: 'a', settings }))
const refused = async (bytes: Uint8Array, meta = {}): Promise<string> => {
  try {
    const events = await read(bytes, meta)
    return `became ${events.map((it) => it.type).join()}`
  } catch (error) {
    if (!isGatewayError(error, 'event.invalid')) throw error
    return error.message
  }
}
const head = 'From: Ana <ana@musteri.example>\r\nTo: destek@marka.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n'
const good = Buffer.from(`${head}Message-ID: <good@musteri.example>\r\n\r\nMerhaba`)

describe('F16 what is too much is put aside, and the mailbox goes on', () => {
  it('F16 G13 S13 10,000 parts', async () => {
    const parts = '--b\r\n\r\nx\r\n'.repeat(10_000)
    expect(
      await refused(Buffer.from(`${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${parts}--b--`)),
    ).toContain('more than 500 parts')
    expect((await read(good))[0]?.type).toBe('message.received')
  })
  it('F16 G13 S13 parts in parts, 500 deep', async () => {
    const deep = Array.from(
      { length: 500 },
      (_, n) => `Content-Type: multipart/mixed; boundary=b${n}x\r\n\r\n--b${n}x\r\n`,
    ).join('')
    expect(await refused(Buffer.from(head + deep))).toContain('nested deeper than 20')
  })
  it('F16 G13 a header without end, and more lines of it than anybody writes', async () => {
    expect(await refused(Buffer.from(`${head}X-A: ${' a'.repeat(300_000)}\r\n\r\n`))).toContain('header')
    expect(await refused(Buffer.from(`${head}${'X-A: b\r\n'.repeat(2_000)}\r\n`))).toContain('header lines')
  })
  it('F16 G13 100 MB, cut off where it was fetched or whole', async () => {
    expect(await refused(Buffer.alloc(64), { cutFrom: '100000000' })).toContain('100000000 bytes')
    expect(await refused(Buffer.alloc(100_000_000))).toContain('100000000 bytes, more than 50000000')
    expect((await read(good))[0]?.type).toBe('message.received')
  })
  it('F16 P12 a winmail.dat that is cut off, or says it is larger than it is, is a file and no more', async () => {
    const whole = Buffer.from('789f3e2201000106900300ffffff7f', 'hex')
    for (const bytes of [whole, whole.subarray(0, 9), Buffer.alloc(5_000, whole)]) {
      const body = `${head}Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64')}`
      const [event] = await read(Buffer.from(body))
      expect(event).toMatchObject({ type: 'message.received', data: { attachments: { length: 1 } } })
    }
  })
  it('F15 G6 one that could not be fetched is put aside with why, and is no message of nobody’s', async () => {
    const text = 'Inlet could not fetch this mail.\nFolder: INBOX\nUIDVALIDITY: 7\nUID: 12\n'
    expect(await refused(Buffer.from(text), { lost: 'LiteralTooLarge' })).toContain('LiteralTooLarge')
  })
  it('P11 S2 a complaint that names no send of ours by its own word marks nobody’s address', async () => {
    const made = (original: string) =>
      Buffer.from(
        [
          'From: fbl@provider.example\r\nTo: destek@marka.example\r\nSubject: complaint\r\nMIME-Version: 1.0',
          'Content-Type: multipart/report; report-type=feedback-report; boundary=b\r\n',
          '--b\r\nContent-Type: text/plain\r\n\r\nspam',
          '--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nOriginal-Rcpt-To: kurban@musteri.example\r\n',
          `--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: ${original}\r\nSubject: x\r\n\r\ny\r\n--b--\r\n`,
        ].join('\r\n'),
      )
    expect((await read(made('<guess@marka.example>')))[0]?.type).toBe('ingest.quarantined')
    const [event] = await read(made(`<m-${'a1'.repeat(16)}.inlet@marka.example>`))
    expect(event).toMatchObject({
      type: 'contact.preference_changed',
      data: { party: { address: 'kurban@musteri.example' } },
    })
  })
  it('F16 G13 broken base64 in an unknown charset is read as far as it goes', async () => {
    const body = `${head}Content-Type: text/plain; charset=x-klingon\r\nContent-Transfer-Encoding: base64\r\n\r\nTWVy*aGFi!!YQ`
    expect((await read(Buffer.from(body)))[0]).toMatchObject({ type: 'message.received', data: { text: 'Merhaba' } })
  })
  it('F16 G21 a mail that went in circles is put aside', async () => {
    const circles = Buffer.from('Received: by a.example; x\r\n'.repeat(60) + good.toString())
    expect((await read(circles))[0]).toMatchObject({ type: 'ingest.quarantined' })
  })
})

describe('S33 the reading thread', () => {
  const script = new URL('fixtures/hanging-reader.ts', import.meta.url)
  const outcomesOf = async (read: ReadMail, words: readonly string[]) =>
    (await Promise.allSettled(words.map((it) => read(Buffer.from(it))))).map((it) =>
      it.status === 'fulfilled' ? 'read' : String(it.reason),
    )
  it('S33 ends at its deadline or by its own hand, and the mails behind it are read by another', async () => {
    // A thread begins slowly on a busy machine.
    const read = mailPool({ threads: 1, deadlineMs: 2_000, script })
    expect(await outcomesOf(read, ['hang', 'fine', 'die', 'fine'])).toEqual([
      expect.stringContaining('longer than 2 s'),
      'read',
      expect.stringContaining('its reader ended'),
      'read',
    ])
  })
  it('S33 F20 ends when a mail eats all its memory, and takes nothing along', async () => {
    const read = mailPool({ threads: 1, heapMegabytes: 24, script })
    expect(await outcomesOf(read, ['eat', 'fine'])).toEqual([expect.stringContaining('memory'), 'read'])
  })
  it('S33 G13 a mail over which a thread ended is tried by one more, and then put aside', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'inlet-once-'))
    const read = mailPool({ threads: 1, script })
    expect(await outcomesOf(read, [`once ${join(folder, 'seen')}`])).toEqual(['read'])
    rmSync(folder, { recursive: true })
  })
})

describe('S11 nothing of a mail’s HTML runs or fetches', () => {
  it.each(attacks)('S11 %s', (attack) => {
    const { html } = cleanHtml(attack)
    const opened = html.match(/<[a-z][^>]*>/gi) ?? []
    for (const tag of opened) {
      expect(tag).not.toMatch(/^<(?:script|style|iframe|object|embed|form|input|svg|math|meta|base|link|template)\b/i)
      expect(tag).not.toMatch(/\son\w+\s*=/i)
      expect(tag).not.toMatch(/(?:href|\ssrc)\s*=\s*["']?\s*(?!https?:|mailto:|tel:|cid:)[a-z]+:/i)
      expect(tag).not.toMatch(/(?:\ssrc|background)\s*=\s*["']?\s*(?:https?:)?\/\//i)
      expect(tag).not.toMatch(/url\s*\(|position/i)
    }
    expect(cleanHtml(html).html.replace(/\s/g, '')).toBe(html.replace(/\s/g, ''))
  })
  it('S11 an image that stays off counts, and one of the mail’s own files brings no other address along', () => {
    expect(cleanHtml('<img data-remote-src="https://evil.example/a.gif">').remoteImages).toBe(1)
    expect(cleanHtml('<img data-remote-src="https://evil.example/a.gif" src="cid:a">')).toMatchObject({
      remoteImages: 0,
      cids: ['a'],
      html: expect.not.stringContaining('evil'),
    })
    expect(cleanHtml('<img data-remote-src="javascript:alert(1)">').html).not.toContain('javascript')
  })
})

describe('S15 S33 a mail made to keep patterns busy', () => {
  const header = (name: string, value: string) => `${name}: ${value.slice(0, 60_000)}\r\n`
  const long = (unit: string) => unit.repeat(Math.ceil(60_000 / unit.length))
  const tnef = Buffer.concat([Buffer.from('789f3e22010002', 'hex'), Buffer.from('02900600', 'hex'), Buffer.from('00000000', 'hex'), Buffer.alloc(3), Buffer.from('10800100', 'hex'), Buffer.from([0, 0x27, 0x09, 0]), Buffer.alloc(600_000), Buffer.from('x')]) // prettier-ignore
  const html = (body: string) => `${head}Content-Type: text/html\r\n\r\n${body}`
  const made: readonly (readonly [string, string | Buffer])[] = [
    ['addresses that never come to their @', head + header('X-Loop', long('+').slice(0, 8_000)).repeat(28)],
    ['words that could be addresses', head + header('X-Original-To', long('a').slice(0, 8_000)).repeat(28)],
    ['line ends without lines', `${head}X-A: ${'\r'.repeat(60_000)}x\r\n`],
    ['blanks before a charset', `From: a@b.example\r\nContent-Type: text/plain;${' '.repeat(60_000)}x\r\n\r\nx`],
    ['encoded words that do not end', `${head}X-A: ${long('=?utf-8?Q?')}\r\n`],
    ['blanks in a style', html(`<p style="color:${' '.repeat(9_000)}x">`.repeat(40))],
    ['classes', html(`<div class=${'class= '.repeat(300)}>`.repeat(400) + 'gmail_quote')],
    ['openings of tags', html('<div '.repeat(150_000) + 'gmail_quote')],
    ['quotes in quotes', html('<blockquote type=cite>'.repeat(40_000))],
    [
      'zeros in a winmail.dat',
      `${head}Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n${tnef.toString('base64')}`,
    ],
    [
      'braces of RTF',
      Buffer.from(
        `${head}Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n${tnefOf({ rtf: Buffer.from(`${'\0'.repeat(8)}MELA\0\0\0\0${'{\\*\\htmltag '.repeat(30_000)}`) }).toString('base64')}`,
      ),
    ],
    ['beginnings of files', `${head}\r\n${'begin 644 a\r\n'.repeat(20_000)}`],
    ['armour', `${head}\r\n${'-----BEGIN PGP SIGNED MESSAGE-----\r\n'.repeat(20_000)}`],
    ['an invitation without end', `${head}Content-Type: text/calendar\r\n\r\n${'BEGIN:VEVENT\r\nX;'.repeat(20_000)}`],
    [
      'a report without end',
      `${head}Content-Type: message/delivery-status\r\n\r\nFinal-Recipient:${' '.repeat(250_000)}x`,
    ],
  ]
  it.each(made)('S15 S33 %s', async (_what, mail) => {
    const bytes = Buffer.from(mail)
    expect(await cpuMs(() => parseMail(bytes).catch(() => undefined))).toBeLessThan(1_000)
    // What decides about it serves everybody: that thread is not kept busy at all.
    expect(await cpuMs(() => refused(bytes))).toBeLessThan(200)
  })
})

describe('hostile text takes no longer than other text', () => {
  it.each([
    ['line breaks', '\n'.repeat(200_000)],
    ['On On On', 'On '.repeat(60_000)],
    ['dashes', '-'.repeat(200_000)],
    ['blanks', ' '.repeat(500_000)],
    ['one line of >', '>'.repeat(767_000)],
    ['openings', '<a '.repeat(100_000)],
    ['comments', '<!--'.repeat(100_000)],
    ['styles', '<style>'.repeat(50_000)],
    ['entities', '&#'.repeat(200_000)],
  ])('S33 %s', async (_what, text) => {
    const spent = await cpuMs(() => {
      cutQuoted(text)
      textOfHtml(text)
      cleanHtml(text)
    })
    expect(spent).toBeLessThan(2_000)
  })
})
