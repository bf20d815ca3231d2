// Mails that are larger, older or odder than most, and still one message on the right ticket.
import { describe, expect, it } from 'vitest'
import type { Incoming } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import { keysOfReply } from './compose/keys.ts'
import { mailParty, mailReply } from './fixtures/mail-account.ts'
import { normalize } from './normalize.ts'
import { rawMail, type MailMeta } from './raw-mail.ts'
import type { Settings } from './settings.ts'

const shop: Settings = { address: 'support@shop.example' }
const usual = ['From: Ana <ana@people.test>', 'To: support@shop.example', 'Message-ID: <1@people.test>']

interface Given {
  readonly meta?: MailMeta
  readonly settings?: Settings
  readonly receivedAt?: string
  readonly text?: string
}
function events(lines: readonly string[], given: Given = {}) {
  const { meta = {}, settings = shop, receivedAt = '2026-11-20T08:00:00.000Z', text = 'Hello' } = given
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${text}\r\n`)
  const raw = rawMail({ route: settings.address, bytes, receivedAt: receivedAt as Instant, meta })
  return normalize(raw, { id: 'a', settings })
}
async function event(lines: readonly string[], given: Given = {}) {
  const [only] = await events(lines, given)
  if (only === undefined) throw new Error('nothing came of it')
  return only
}
async function message(lines: readonly string[], given: Given = {}) {
  const it = await event(lines, given)
  if (it.type !== 'message.received') throw new Error(`it became ${it.type}`)
  return { ...it, data: it.data as Incoming & { readonly parts: readonly Record<string, unknown>[] } }
}
const id = (n: number) => `<CAF${String(n).padStart(48, '0')}@mail.people.test>`
const token = '0123456789abcdef0123456789abcdef'

it.each([
  ['an empty line', '\r\n'],
  ['empty lines', '\n\n\r\n'],
  ['the mark of UTF-8', '\ufeff'],
])('P12 a mail that begins with %s is read all the same', async (_, lead) => {
  const [first, ...more] = [...usual, 'Subject: Kargom nerede', 'Content-Type: text/html; charset=utf-8']
  const it = await message([`${lead}${first}`, ...more], { text: '<p>şimdi</p>' })
  expect(it.data).toMatchObject({ from: { address: 'ana@people.test' }, subject: 'Kargom nerede', text: 'şimdi' })
  // The same mail without it is the same message.
  expect(it.dedupe).toBe((await message([first!, ...more], { text: '<p>şimdi</p>' })).dedupe)
})
it('P12 a mail without any header line is still put aside', async () => {
  await expect(events(['', 'no header'])).rejects.toThrow('no header line')
})

describe('a mail that answers', () => {
  it('P9 F16 finds what it answers at the end of ever so many references, and answers to it keep the first and the last', async () => {
    const many = Array.from({ length: 400 }, (_, n) => id(n))
    const { data } = await message([...usual, `References: ${many.join('\r\n ')}`])
    expect(data.repliesTo).toHaveLength(50)
    expect(data.repliesTo[0]).toBe(id(399))
    const references = data.vendor?.['references']?.split(' ')
    expect(references).toHaveLength(21)
    expect([references?.[0], ...(references?.slice(-2) ?? [])]).toEqual([id(0), id(399), '<1@people.test>'])
  })

  it('P9 F16 references that are as long as may be do not make the message too large to be taken', async () => {
    const many = Array.from({ length: 60 }, (_, n) => `<${String(n).padStart(900, 'x')}@people.test>`)
    const { data } = await message([...usual, `References: ${many.join('\r\n ')}`])
    expect(data.repliesTo[0]).toBe(many.at(-1))
    expect(data.repliesTo.join('').length).toBeLessThanOrEqual(8_000)
    expect(data.vendor?.['references']?.length).toBeLessThan(10_000)
  })

  it('P9 has its Message-ID and what it answers behind hundreds of other header lines', async () => {
    const before = Array.from({ length: 600 }, (_, n) => `X-Odd-${n}: 1`)
    const { dedupe, data } = await message([...before, ...usual, 'In-Reply-To: <2@people.test>'])
    expect(dedupe).toMatch(/^<1@people\.test> /)
    expect(data.repliesTo).toEqual(['<2@people.test>'])
  })

  it('P9 is led by its token behind hundreds of other recipients, and behind the token of somebody else', async () => {
    const others = Array.from({ length: 450 }, (_, n) => `p${n}@people.example.test`)
    const far = await message([
      'From: ana@people.test',
      `To: ${[...others, `support+r.${token}@shop.example`].join(',\r\n ')}`,
    ])
    expect(far.threadKeys[0]).toBe(`token:${token} email:ana@people.test`)
    const both = await message([
      'From: ana@people.test',
      `To: help+r.${'f'.repeat(32)}@other.example, support+r.${token}@shop.example`,
    ])
    expect(both.threadKeys).toContain(`token:${token} email:ana@people.test`)
    expect(both.guestKeys).toContain(`token:${token}`)
  })
})

describe('a note of absence', () => {
  it('P9 P10 that comes to the address for reports, and names nothing it answers, belongs to the answer it was sent for', async () => {
    const lines = ['From: ana@people.test', `To: support+b.${token}@shop.example`, 'Auto-Submitted: auto-replied']
    const { threadKeys, data } = await message([...lines, 'Subject: Out of office'])
    expect(data.automatic).toBe('auto-submitted: auto-replied')
    const account = { settings: shop }
    expect(keysOfReply({ ...mailReply, ours: `rep_${token}`, to: mailParty('ana@people.test') }, account)).toContain(
      threadKeys[0],
    )
  })
})

describe('a report', () => {
  it('P11 of an address that passes its mail on tells of the address we wrote to', async () => {
    const head = [
      'From: mailer-daemon@people.test',
      `To: support+b.${token}@shop.example`,
      'Message-ID: <2@people.test>',
    ]
    const type = 'Content-Type: multipart/report; report-type=delivery-status; boundary=B'
    const said = [
      'Final-Recipient: rfc822; ana@elsewhere.test',
      'Original-Recipient: rfc822;Ana@People.test',
      'Action: failed',
      'Status: 5.1.1',
    ]
    const text = ['--B', 'Content-Type: message/delivery-status', '', 'Reporting-MTA: dns; mx', '', ...said, '--B--']
    expect(await events([...head, type], { text: text.join('\r\n') })).toMatchObject([
      { type: 'message.delivery_updated', data: { ours: `rep_${token}`, recipient: 'ana@people.test' } },
      { type: 'contact.preference_changed', data: { party: { id: 'ana@people.test' }, ours: `rep_${token}` } },
    ])
  })
})

describe('a mail without an address of its sender', () => {
  it.each(['From: ', 'From: Info', 'From: undisclosed sender', 'X-Nobody: at all'])(
    'P12 D1 is nobody’s that others could be taken for: %s',
    async (line) => {
      const { data } = await message([line, 'To: support@shop.example', 'Message-ID: <1@people.test>'])
      expect(data.from).toMatchObject({ address: null, keys: [] })
    },
  )
})

describe('a postmaster', () => {
  const wrote = { text: 'Thank you, 500 pieces please.' }
  const lines = (returnPath: string) => [
    `Return-Path: ${returnPath}`,
    'From: Postmaster <postmaster@people.test>',
    'Message-ID: <2@people.test>',
    `In-Reply-To: <m-${token}.inlet@shop.example>`,
  ]
  it('D1 P11 who answers is a person, whatever numbers they write', async () => {
    expect((await message(lines('<postmaster@people.test>'), wrote)).data.text).toBe(wrote.text)
  })
  it('P11 whose mail has nobody on its envelope is a server that reports', async () => {
    expect((await event(lines('<>'), { text: '<ana@people.test>: 550 no such user' })).type).toBe(
      'message.delivery_updated',
    )
  })
})

describe('a mail to very many', () => {
  it.each(['Ayşe Fatma Yılmaz-Karagöz', '株式会社サンプルお客様相談室'])(
    'D1 F16 is a message, with as many of its recipients as an event holds and how many there are (%s)',
    async (name) => {
      const people = Array.from(
        { length: 490 },
        (_, n) => `"${name} ${n}" <person.${n}@a-rather-long-name.example.test>`,
      )
      const to = `To: ${[...people, 'support@shop.example'].join(',\r\n ')}`
      const { data } = await message(['From: ana@people.test', 'Message-ID: <1@people.test>', to])
      const { to: kept = [], parts } = data
      expect(kept.length).toBeGreaterThan(100)
      expect(parts[0]).toMatchObject({ recipients: 491 })
      // With a text as long as an event keeps, in letters of three bytes, it still passes every log.
      expect(Buffer.byteLength(JSON.stringify(data)) + 3 * 16_000).toBeLessThan(124 * 1024)
    },
  )
})

describe('a mail that another server brought to us', () => {
  const from = (envelopeFrom: string) => ({ meta: { envelopeTo: 'support@shop.example', envelopeFrom } })
  it('P10 without a sender on its envelope is a machine’s, whatever else it says', async () => {
    const { data } = await message([...usual, 'Return-Path: <ana@people.test>'], from('<>'))
    expect(data.automatic).toBe('return-path: <>')
    expect(data.parts[0]).toMatchObject({ mayAnswerByMachine: false, mayNotBecause: 'a machine wrote it' })
  })
  it('P10 is its sender’s where the envelope names one, though it says that it has none', async () => {
    const { data } = await message([...usual, 'Return-Path: <>'], from('ana@people.test'))
    expect(data.automatic).toBeUndefined()
  })
  it('P11 is a bounce in prose where nobody stands on its envelope, and opens no ticket', async () => {
    const lines = ['From: mail@people.test', 'Subject: Undeliverable: Re: order', 'Message-ID: <2@people.test>']
    const said = `Your message to <bob@people.test> could not be delivered: 550 5.1.1 no such user. <m-${token}.inlet@shop.example>`
    expect(await event(lines, { ...from('<>'), text: said })).toMatchObject({
      type: 'message.delivery_updated',
      data: { ours: `rep_${token}`, state: 'failed', code: '5.1.1' },
    })
  })
})

describe('a machine that sends the same words again', () => {
  const alarm = ['From: device@people.test', 'To: support@shop.example', 'Subject: Alarm']
  it('D1 F16 without an id and without a date is another message on another day, and the same on every reading of its day', async () => {
    const on = async (internalDate: string) => {
      const meta = { internalDate: internalDate as Instant }
      const { dedupe, data } = await message(alarm, { meta, receivedAt: '2026-12-25T00:00:00.000Z' })
      return [dedupe, data.externalId]
    }
    const first = await on('2026-11-20T08:00:00.000Z')
    expect(await on('2026-11-20T08:00:00.000Z')).toEqual(first)
    const [dedupe, externalId] = await on('2026-12-20T08:00:00.000Z')
    expect(dedupe).not.toBe(first[0])
    expect(externalId).not.toBe(first[1])
  })
})

describe('what a mail says of itself', () => {
  it('P10 a comment behind the word that no machine wrote it makes it no machine’s', async () => {
    const automatic = async (line: string) => (await message([...usual, line])).data.automatic
    expect(await automatic('Auto-Submitted: no (a person wrote this)')).toBeUndefined()
    expect(await automatic('Auto-Submitted: auto-replied (vacation)')).toBe('auto-submitted: auto-replied')
  })

  it.each([
    ['20 Nov 26 08:30:00 CET', '07:30'],
    ['Fri,20 Nov 2026 10:30:00 +0300', '07:30'],
    ['Fri, 20 Nov 2026 10:30:00 TRT', '07:30'],
    ['Fri, 20 Nov 2026 02:30:00 EST', '07:30'],
    ['20 Nov 2026 07:30 XYZ', '07:30'],
  ])(
    'P12 was written when it says, with a zone that has a name and without a blank where one should be: %s',
    async (date, at) => {
      const { at: found, data } = await message([...usual, `Date: ${date}`])
      expect(found).toBe(`2026-11-20T${at}:00.000Z`)
      expect(data.parts[0]).toMatchObject({ anomalies: [] })
    },
  )
})

describe('what a mail answers, without the brackets that belong around it', () => {
  const keys = async (...lines: readonly string[]) => {
    const { threadKeys, data, lane } = await message([...usual, 'Cc: ana24@people.test', ...lines])
    return { answers: threadKeys.filter((it) => !it.includes('<1@people.test>')), repliesTo: data.repliesTo, lane }
  }
  const bracketed = keys('In-Reply-To: <a1@mail.test>', 'References: <a0@mail.test> <a1@mail.test>')
  it('P9 is found all the same', async () => {
    const bare = await keys('In-Reply-To: a1@mail.test', 'References: a0@mail.test a1@mail.test')
    expect(bare).toEqual(await bracketed)
    expect(bare.repliesTo).toEqual(['<a1@mail.test>', '<a0@mail.test>'])
    expect((await keys('References: a0@mail.test,a1@mail.test')).repliesTo).toEqual([
      '<a1@mail.test>',
      '<a0@mail.test>',
    ])
  })
  it.each([
    'In-Reply-To: Your message of Fri, 20 Nov 2026 10:30:00 +0300',
    'In-Reply-To: your mail to help@shop.example of Friday',
    'In-Reply-To: help@shop.example',
    'In-Reply-To: ana24@people.test',
    'In-Reply-To: "help"@shop.example',
    'References: @ a1@ @b1',
  ])('P9 is nothing where it is no id: %s', async (line) => {
    expect((await keys(line)).repliesTo).toEqual([])
  })
})

describe('what is said of the sender of a mail that was brought to our port', () => {
  const settings = { ...shop, trustedHosts: ['mx.shop.example'], trustedRelays: ['192.0.2.0/24', '2001:db8::7'] }
  const lines = ['Authentication-Results: mx.shop.example; dmarc=pass header.from=people.test', ...usual]
  const dmarc = async (peer: string | undefined, over: Partial<Settings> = {}) => {
    const meta = { envelopeFrom: 'ana@people.test', ...(peer === undefined ? {} : { peer }) }
    const { data } = await message(lines, { meta, settings: { ...settings, ...over } })
    return (data.parts[0]!['authentication'] as { readonly dmarc: string }).dmarc
  }
  it('S2 B4 is believed of what our own servers brought', async () => {
    expect([await dmarc('192.0.2.9'), await dmarc('::ffff:192.0.2.9'), await dmarc('2001:db8::7')]).toEqual([
      'pass',
      'pass',
      'pass',
    ])
  })
  it('S2 B4 P9 is the word of whoever brought it everywhere else', async () => {
    expect([
      await dmarc('198.51.100.1'),
      await dmarc('2001:db8::8'),
      await dmarc(undefined),
      await dmarc('192.0.2.9', { trustedRelays: [] }),
      await dmarc('192.0.2.9', { trustedRelays: ['no address', '192.0.2.9/99'] }),
    ]).toEqual(Array.from({ length: 5 }, () => 'unknown'))
  })
  it.each([
    '(a (b) ; dmarc=pass c)',
    '(a ; dmarc=pass',
    '(a \\) ; dmarc=pass b)',
    '(a) (b (c (d) ; dmarc=pass) e)',
    '("(" ; dmarc=pass)',
  ])('S2 B4 is not what stands in a comment, however deep: %s', async (comment) => {
    const results = `Authentication-Results: mx.shop.example; spf=none ${comment}; dkim=none`
    const { data } = await message([results, ...usual], { settings })
    expect(data.parts[0]).toMatchObject({ authentication: { spf: 'none', dmarc: 'none' } })
  })
  it('S2 is asked of no mail that a mailbox’s own server delivered', async () => {
    const { data } = await message(lines, { settings })
    expect(data.parts[0]).toMatchObject({ authentication: { dmarc: 'pass' } })
  })
})
