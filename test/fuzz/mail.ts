// Fuzzes the reading of mails: whole ones that were spoilt, and made-up ones with every structure a mail can have, through the reading thread itself (S33).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc, { type Arbitrary } from 'fast-check'
import { channelFolders } from '../contracts/channel-folder.ts'
import { mutated, seeded } from '../support/mutate.ts'
import { hostileText } from './hostile.ts'
import { bytesOf, latin1, type Target } from './target.ts'

export interface MailInput {
  /** One character a byte. */
  readonly bytes: string
}
/** What a channel whose bytes are mails gives for it (`fixtures/reading.ts`). */
interface Reading {
  readonly mails: readonly Uint8Array[]
  whyNotTaken(bytes: Uint8Array): Promise<string | null>
}
async function readings(): Promise<readonly Reading[]> {
  const paths = (await channelFolders())
    .map((it) => join(it.path, 'fixtures/reading.ts'))
    .filter((it) => existsSync(it))
  return Promise.all(paths.map((it) => import(pathToFileURL(it).href) as Promise<Reading>))
}

const spoilt = (mails: readonly Uint8Array[]): Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...mails), fc.array(fc.nat(), { minLength: 1, maxLength: 6 }))
    .map(([mail, seeds]) => latin1(seeds.reduce<Uint8Array>((bytes, seed) => mutated(bytes, seeded(seed)), mail)))
/** The head of one, the body of another: labels that do not fit what they stand on. */
const grafted = (mails: readonly Uint8Array[]): Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...mails), fc.constantFrom(...mails), fc.nat(1_000), fc.nat(1_000))
    .map(
      ([a, b, from, to]) =>
        latin1(a).slice(0, Math.floor((a.length * from) / 1_000)) +
        latin1(b).slice(Math.floor((b.length * to) / 1_000)),
    )

const types = [
  'text/plain', 'text/html', 'text/plain; charset=utf-7', 'text/plain; charset=iso-2022-jp', 'text/html; charset=utf-16le', 'text/plain; format=flowed; delsp=yes', 'text/calendar; method=REQUEST',
  'message/rfc822', 'message/delivery-status', 'message/feedback-report', 'message/disposition-notification', 'message/partial; id=a; number=1', 'message/external-body; access-type=url', 'text/rfc822-headers',
  'application/pkcs7-mime', 'application/ms-tnef; name=winmail.dat', 'application/octet-stream; name*0*=utf-8\'\'%FF; name*1=x', 'image/png; name="=?utf-8?B?4oCuZ25wLmV4ZQ==?="', 'text/plain; charset=', '/', '',
] // prettier-ignore
const multiparts = [
  'mixed',
  'alternative',
  'related',
  'report; report-type=delivery-status',
  'signed',
  'encrypted',
  'digest',
  'parallel',
  'x',
]
const encodings = [
  '',
  '7bit',
  '8bit',
  'binary',
  'base64',
  'quoted-printable',
  'x-uuencode',
  'BASE64 ',
  'nonsense',
  'base64, base64',
]
const words = [
  'On Mon, 5 Jan 2026 at 10:00, Shop <help@shop.example> wrote:\r\n> hello', '-----Özgün İleti-----\r\nGönderen: a\r\nKime: b\r\nKonu: c', 'begin 644 a\r\n#86%A\r\n`\r\nend', '-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nx',
  '-----BEGIN PGP MESSAGE-----', 'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID="a:b":20260101T000000\r\nEND:VEVENT', '<blockquote type="cite">a</blockquote>b', '<div class=gmail_quote>x', '<img src="cid:a@b"><img src=//evil.example/x>',
  '<style>', '<!--', '<table>'.repeat(600), '>'.repeat(5_000), '\r\n'.repeat(3_000), 'x'.repeat(70_000), '=?utf-8?Q?=FF?='.repeat(200), '=?gb18030?B?', '&#x110000;&#0;&', '{\\rtf1\\fromhtml1{\\*\\htmltag <b>}\\\'', 'Final-Recipient: rfc822;a@b\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\nFinal-Recipient: x',
  'Kein Text\u00fc\u0130', '\ufeff', '=', '=3', '\u0000', 'MIAGCSqGSIb3DQEHAqCAMIACAQExAA==', 'eJ8+IgEAAQ==',
] // prettier-ignore
const names = ['From', 'To', 'Cc', 'Reply-To', 'Subject', 'Date', 'Message-ID', 'In-Reply-To', 'References', 'Received', 'Return-Path', 'Authentication-Results', 'Auto-Submitted', 'Precedence', 'List-Id', 'Delivered-To', 'X-Loop', 'Content-Disposition', 'Content-ID', 'Content-Location', 'MIME-Version', 'Content-Type'] // prettier-ignore
const values = ['Ana <ana@musteri.example>', '"a\\"@b" <c@d>, g: e@f, ;', '<<a@b>>', 'a@b@c', '=?utf-8?Q?a=40b?= <c@d>', '<1@a> <2@b> (c <3@d>)', 'Fri, 31 Feb 2026 25:61 +9999', 'attachment; filename="../../etc/passwd\u202e"', "attachment; filename*0*=utf-8''a; filename*2=c", '<a@b>', 'mx; dmarc=fail', 'auto-replied', 'x'.repeat(3_000)] // prettier-ignore

const encoded = (text: string): string => latin1(Buffer.from(text, 'utf8'))
const said = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...words) }, { weight: 1, arbitrary: hostileText }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map(latin1) }) // prettier-ignore
const header = fc
  .tuple(fc.constantFrom(...names), fc.oneof(fc.constantFrom(...values), hostileText))
  .map(([name, value]) => `${name}: ${encoded(value)}\r\n`)
const headers = fc.array(header, { maxLength: 8 }).map((it) => it.join(''))
const lineEnds = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n')

const body = fc.tuple(fc.array(said, { maxLength: 4 }), fc.constantFrom(...encodings)).map(([texts, encoding]) => {
  const text = encoded(texts.join('\r\n'))
  return { encoding, text: /^base64/i.test(encoding) ? Buffer.from(text, 'latin1').toString('base64') : text }
})
const leaf = fc
  .tuple(fc.constantFrom(...types), body, headers)
  .map(
    ([type, { encoding, text }, more]) =>
      `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n${more}\r\n${text}`,
  )
/** Boundaries that begin alike, that come back, that do not end. */
const boundaries = fc.constantFrom('b', 'bb', 'b--', '"b b"', 'B', '=_b', '')

const { part } = fc.letrec<{ part: string }>((tie) => ({
  part: fc.oneof({ maxDepth: 4, depthSize: 'small' }, leaf, many(tie('part'))),
}))
function many(inner: Arbitrary<string>): Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...multiparts), boundaries, fc.array(inner, { maxLength: 4 }), headers, fc.boolean())
    .map(([type, boundary, parts, more, isEnded]) => {
      const bare = boundary.replaceAll('"', '')
      const lines = parts.map((it) => `--${bare}\r\n${it}\r\n`).join('')
      return `Content-Type: multipart/${type}; boundary=${boundary}\r\n${more}\r\n${lines}${isEnded ? `--${bare}--\r\n` : ''}`
    })
}
const made = fc.tuple(headers, part, lineEnds).map(([head, it, end]) => `${head}${it}`.replaceAll('\r\n', end))

export async function mailTarget(): Promise<Target<MailInput>> {
  const all = await readings()
  const mails = all.flatMap((it) => it.mails)
  const bytes =
    mails.length === 0
      ? made
      : fc.oneof(
          { weight: 3, arbitrary: spoilt(mails) },
          { weight: 1, arbitrary: grafted(mails) },
          { weight: 4, arbitrary: made },
        )
  return {
    name: 'mail',
    inputs: bytes.map((it) => ({ bytes: it })),
    async check({ bytes: text }) {
      for (const it of all) {
        const why = await it.whyNotTaken(bytesOf(text))
        if (why !== null) return why
      }
      return null
    },
    close: async () => undefined,
  }
}
