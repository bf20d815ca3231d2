// What is packed into a mail is shown: RTF and files in winmail.dat, what was signed as a whole, invitations, armour, files in the text.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Instant } from '../../schemas/ids.ts'
import { tnefOf } from './fixtures/tnef.ts'
import { decompressedRtf } from './mime/compressed-rtf.ts'
import { cmsIn } from './mime/cms.ts'
import { parseMail } from './mime/parse.ts'
import { fromRtf } from './mime/rtf.ts'
import { uuencodedIn } from './mime/uuencode.ts'
import { normalize } from './normalize.ts'
import { rawMail } from './raw-mail.ts'
import type { Settings } from './settings.ts'

const settings = { address: 'destek@marka.example' } as Settings
const receivedAt = '2026-11-20T08:00:00.000Z' as Instant
const packed = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'fixtures/packed', name))
async function message(bytes: Uint8Array) {
  const raw = rawMail({ route: settings.address, bytes, receivedAt, meta: {} })
  const [event] = await normalize(raw, { id: 'a', settings })
  if (event?.type !== 'message.received') throw new Error(`it became ${event?.type}`)
  const parts = event.data.parts as readonly Readonly<Record<string, unknown>>[]
  const names = event.data.attachments.map((it) => it.name)
  return { ...event.data, names, fact: parts.find((it) => it['kind'] === 'mail')!, parts }
}
const head =
  'From: Ana <ana@musteri.example>\r\nTo: destek@marka.example\r\nSubject: x\r\nMessage-ID: <1@musteri.example>\r\nMIME-Version: 1.0\r\n'
const mail = (type: string, body: string, more = ''): Buffer =>
  Buffer.from(`${head}Content-Type: ${type}\r\n${more}\r\n${body.replace(/\r?\n/g, '\r\n')}`)
const withFile = (type: string, bytes: Uint8Array, name: string): Buffer =>
  mail(
    type,
    Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\n'),
    `Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="${name}"\r\n`,
  )

describe('P12 the RTF of a winmail.dat', () => {
  // The two examples of MS-OXRTFCP.
  const vectors = [
    [
      '2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0',
      '{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n',
    ],
    ['1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0', '{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}'],
  ] as const
  it.each(vectors)('P12 %s is unpacked', (hex, rtf) => {
    expect(decompressedRtf(Buffer.from(hex, 'hex'))?.toString('latin1')).toBe(rtf)
  })
  it('P12 what is not packed is taken as it is, what breaks off gives its beginning, what is neither is left alone', () => {
    const plain = Buffer.concat([Buffer.from('1600000006000000', 'hex'), Buffer.from('MELA\0\0\0\0{\\rtf}')])
    expect(decompressedRtf(plain)?.toString()).toBe('{\\rtf}')
    expect(decompressedRtf(Buffer.from(vectors[0][0], 'hex').subarray(0, 30))?.toString()).toMatch(/^\{\\rtf1\\ansi/)
    expect(decompressedRtf(Buffer.from('not RTF at all, but long enough'))).toBeNull()
  })
  it('P12 is the text of the mail, with the letters of its own charset', async () => {
    const rtf = String.raw`{\rtf1\ansi\ansicpg1254\deff0{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fcharset204 Arial;}}{\colortbl;\red0\green0\blue0;}{\*\generator Riched20;}\pard Sipari\'feim \b gelmedi\b0 , l\'fctfen bak\'fdn.\par \u8364?5 \{indirim\}\par\f1 \'cf\'f0\'e8\par}`
    const { text, names, html } = await message(
      withFile(
        'application/ms-tnef',
        tnefOf({ rtf: stored(rtf), files: [['not.txt', Buffer.from('ek')]] }),
        'winmail.dat',
      ),
    )
    expect(text).toBe('Siparişim gelmedi, lütfen bakın.\n€5 {indirim}\nПри')
    expect(html).toBeUndefined()
    expect(names).toEqual(['winmail.dat', 'not.txt'])
  })
  it('P12 S11 is the HTML it was made of, cleaned', async () => {
    const rtf = String.raw`{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0 Arial;}}{\*\htmltag18 <html>}{\*\htmltag50 <body onload="alert(1)">}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Gr\'fc{\*\htmltag84 &szlig;}e aus {\*\htmltag84 <b>}\htmlrtf {\b \htmlrtf0 K\'f6ln\htmlrtf }\htmlrtf0 {\*\htmltag92 </b>}\htmlrtf\par}\htmlrtf0 {\*\htmltag72 </p>}{\*\htmltag58 </body>}}`
    const { text, html } = await message(withFile('application/ms-tnef', tnefOf({ rtf: stored(rtf) }), 'winmail.dat'))
    expect(Buffer.from(html!).toString()).toBe('<p>Grüße aus <b>Köln</b></p>')
    expect(text).toBe('Grüße aus Köln')
  })
  it('P12 deep, endless and broken RTF ends', () => {
    expect(fromRtf('{'.repeat(200_000)).text).toBe('')
    expect(fromRtf(`{\\rtf1 ${'\\u-1?'.repeat(1_000)}`).text.length).toBe(1_000)
    expect(fromRtf("{\\rtf1 \\'f").text).toContain('f')
  })
})

describe('P12 what was signed or encrypted as a whole (S/MIME)', () => {
  it.each(['smime-der.eml', 'smime-ber.eml'])(
    'P12 %s: the mail inside is the mail, its files are there, the envelope stays',
    async (name) => {
      const { text, names, fact } = await message(packed(name))
      expect(text).toBe('Şikâyetim imzalıdır.')
      expect(names).toEqual(['smime.p7m', 'not.txt'])
      expect(fact).toMatchObject({ signed: true, encrypted: null })
    },
  )
  it('P12 what is encrypted is kept, with a word for the agent', async () => {
    const { text, names, fact } = await message(packed('smime-enc.eml'))
    expect(text).toBe('This mail is encrypted and cannot be read here; its parts are attached.')
    expect(names).toEqual(['smime.p7m'])
    expect(fact).toMatchObject({ signed: false, encrypted: 'smime' })
  })
  it('P12 one that is cut off anywhere is kept as a file and breaks nothing', () => {
    const [, body] = packed('smime-der.eml').toString().split('\r\n\r\n')
    const bytes = Buffer.from(body!, 'base64')
    for (let length = 0; length < bytes.length; length += 7)
      expect(cmsIn(bytes.subarray(0, length)).is).toMatch(/unknown|signed/)
    expect(cmsIn(Buffer.from('3080'.repeat(5_000), 'hex'))).toEqual({ is: 'unknown' })
  })
})

describe('P12 PGP in the text', () => {
  const signed =
    '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nMerhaba,\n- -- \nAyşe\n-----BEGIN PGP SIGNATURE-----\n\niQEz\n=abcd\n-----END PGP SIGNATURE-----\n'
  it('P12 what was signed is shown without its armour, and the whole is kept', async () => {
    const { text, fullText, fact } = await message(mail('text/plain; charset=utf-8', signed))
    expect(text).toBe('Merhaba,\n-- \nAyşe')
    expect(fullText).toContain('BEGIN PGP SIGNATURE')
    expect(fact).toMatchObject({ signed: true, encrypted: null })
  })
  it('P12 what is encrypted is kept, with a word for the agent', async () => {
    const armour = '-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n'
    const { text, fullText, fact } = await message(mail('text/plain', armour))
    expect(text).toContain('encrypted and cannot be read here')
    expect(fullText).toContain('hQEMA')
    expect(fact).toMatchObject({ encrypted: 'pgp' })
    expect((await message(mail('text/plain', `Açamıyorum:\n${armour}`))).text).toBe('Açamıyorum:')
  })
})

describe('P12 files that stand in the text', () => {
  const block = 'begin 644 şeker.txt\n%2&5L;&\\`\n`\nend'
  it('P12 are files, and no text', async () => {
    const { text, names, attachments } = await message(mail('text/plain; charset=utf-8', `Ekte.\n\n${block}\nSelam`))
    expect([text, names]).toEqual(['Ekte.\n\nSelam', ['şeker.txt']])
    expect(attachments[0]?.source).toEqual({ bytes: new Uint8Array(Buffer.from('Hello')) })
  })
  it('P12 as a part of their own are what they were, not their letters', async () => {
    const part = `--b\nContent-Type: application/x; name=a.bin\nContent-Transfer-Encoding: x-uuencode\n\n${block}\n--b--`
    const [file] = (await parseMail(mail('multipart/mixed; boundary=b', part))).files
    expect([file!.name, Buffer.from(file!.bytes).toString()]).toEqual(['a.bin', 'Hello'])
  })
  it.each(['begin 644 x\nwords and words', 'begin 644 x', 'begin 12 x\nend', 'to begin 644 x\n`\nend'])(
    'P12 are none where it only looks so: %j',
    (text) => {
      expect(uuencodedIn(text)).toEqual({ text, files: [] })
    },
  )
})

describe('P12 an invitation', () => {
  it('P12 says what, when, where and who asks, once, though it stands there twice', async () => {
    const bytes = readFileSync(join(import.meta.dirname, 'fixtures/mails/postal-mime-calendar-event.eml'))
    const { parts } = await message(bytes)
    expect(parts.filter((it) => it['kind'] === 'calendar')).toEqual([
      {
        kind: 'calendar',
        method: 'REQUEST',
        uid: '1utaf3eftt1agbnisfcc3a5ps0@google.com',
        recurrence: null,
        sequence: 0,
        title: 'Test event ⏰',
        where: null,
        start: { at: '2024-04-11T11:00:00', zone: 'Europe/Tallinn' },
        end: { at: '2024-04-11T12:00:00', zone: 'Europe/Tallinn' },
        status: 'CONFIRMED',
        organiser: { name: 'Andris Reinman', address: 'andris@postalsys.com' },
        answers: [],
      },
    ])
  })
  it('P12 an answer to one says who comes; a mail that is nothing else gets words', async () => {
    const ics =
      'BEGIN:VCALENDAR\nMETHOD:REPLY\nBEGIN:VEVENT\nUID:u1\nSEQUENCE:2\nSUMMARY:Kurulum\\, 2. g\n ün\nLOCATION:Merkez\nDTSTART:20261201T090000Z\nDTEND;VALUE=DATE:20261202\nORGANIZER;CN="Marka: Destek":mailto:destek@marka.example\nATTENDEE;PARTSTAT=ACCEPTED;CN=Ayşe:mailto:ayse@musteri.example\nBEGIN:VALARM\nSUMMARY:Alarm\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR'
    const { text, parts } = await message(mail('text/calendar; charset=utf-8; method=REPLY', ics))
    expect(parts.find((it) => it['kind'] === 'calendar')).toMatchObject({
      method: 'REPLY',
      sequence: 2,
      title: 'Kurulum, 2. gün',
      where: 'Merkez',
      start: { at: '2026-12-01T09:00:00', zone: 'UTC' },
      end: { at: '2026-12-02', zone: null },
      organiser: { name: 'Marka: Destek', address: 'destek@marka.example' },
      answers: [{ name: 'Ayşe', address: 'ayse@musteri.example', answer: 'ACCEPTED' }],
    })
    expect(text).toBe('Kurulum, 2. gün\n2026-12-01 09:00 UTC\nMerkez')
  })
})

describe('P12 more than is taken along', () => {
  it('P12 S13 of more than a hundred files the first hundred are there, and the others are named', async () => {
    const parts = Array.from(
      { length: 130 },
      (_, n) => `--b\nContent-Type: text/x\nContent-Disposition: attachment; filename="${n}.txt"\n\n${n}`,
    )
    const { names, fact, text } = await message(
      mail('multipart/mixed; boundary=b', `--b\n\nMerhaba\n${parts.join('\n')}\n--b--`),
    )
    expect([text, names.length, names.at(-1)]).toEqual(['Merhaba', 100, '99.txt'])
    expect(fact['left']).toEqual(Array.from({ length: 30 }, (_, n) => `${n + 100}.txt`))
  })
})

/** As it is packed where nothing is gained by it. */
function stored(rtf: string): Buffer {
  const bytes = Buffer.from(rtf, 'latin1')
  const head = Buffer.alloc(16)
  head.writeUInt32LE(bytes.length + 12, 0)
  head.writeUInt32LE(bytes.length, 4)
  head.write('MELA', 8)
  return Buffer.concat([head, bytes])
}
