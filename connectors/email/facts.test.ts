// Which account a mail is for, and what of its headers is believed: whose words count, and whose do not.
import { describe, expect, it } from 'vitest'
import type { Incoming, OutboundMessage } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import channel from './channel.ts'
import { compose } from './compose/compose.ts'
import { normalize } from './normalize.ts'
import { rawMail, type MailMeta } from './raw-mail.ts'
import type { Settings } from './settings.ts'

const receivedAt = '2026-11-20T08:00:00.000Z' as Instant
const shop: Settings = { address: 'support@shop.example', aliases: ['help@shop.example', 'info@eski-marka.example'] }
const ana = 'Ana <ana@people.test>'

async function message(lines: readonly string[], settings: Settings = shop, meta: MailMeta = {}) {
  const head = lines.some((it) => it.startsWith('From:')) ? lines : [`From: ${ana}`, ...lines]
  const bytes = Buffer.from(`Message-ID: <1@people.test>\r\n${head.join('\r\n')}\r\n\r\nHello\r\n`)
  const [event] = await normalize(rawMail({ route: settings.address, bytes, receivedAt, meta }), { id: 'a', settings })
  if (event?.type !== 'message.received') throw new Error(`it became ${event?.type}`)
  const { vendor, automatic, begins, parts } = event.data as Incoming & {
    readonly parts: readonly Record<string, unknown>[]
  }
  return { vendor, automatic, begins, fact: parts[0]!, keys: event.threadKeys }
}

describe('D30 an address whose mail is forwarded', () => {
  it('D30 is a route of its account, so that mail brought for it is this account’s', () => {
    expect(channel.routesOf(shop)).toEqual(['support@shop.example', 'help@shop.example', 'info@eski-marka.example'])
  })
  it.each([
    ['To', ['To: help@shop.example', 'Delivered-To: support@shop.example'], {}, 'help@shop.example'],
    ['X-Forwarded-To', ['To: list@elsewhere.test', 'X-Forwarded-To: help@shop.example'], {}, 'help@shop.example'],
    [
      'Delivered-To, with a tag',
      ['To: x@elsewhere.test', 'Delivered-To: Info+r.0123456789@Eski-Marka.example'],
      {},
      'info@eski-marka.example',
    ],
    ['the envelope', ['To: x@elsewhere.test'], { envelopeTo: 'help@shop.example' }, 'help@shop.example'],
    ['nothing', ['To: x@elsewhere.test', 'X-Forwarded-To: y@elsewhere.test'], {}, undefined],
  ] as const)('D30 is known by %s, and the answer comes from it', async (_by, lines, meta, address) => {
    expect((await message(lines, shop, meta)).vendor?.['address']).toBe(address)
  })
})

describe('B4 trusted headers', () => {
  const said = ['To: support@shop.example', 'X-Inlet-Is-Auto-Response: yes', 'X-Inlet-Send-Auto-Response: no']
  it('B4 are believed where the account says so', async () => {
    const { automatic, fact } = await message(said, { ...shop, trustedHeaders: true })
    expect(automatic).toBe('x-inlet-is-auto-response')
    expect(fact).toMatchObject({
      mayAnswerByMachine: false,
      trusted: { 'is-auto-response': 'yes', 'send-auto-response': 'no' },
    })
  })
  it('B4 are a stranger’s words everywhere else', async () => {
    const { automatic, fact } = await message(said)
    expect(automatic).toBeUndefined()
    expect(fact).toMatchObject({ mayAnswerByMachine: true })
    expect(fact).not.toHaveProperty('trusted')
  })
  it('B4 count more than what a mail looks like', async () => {
    const looks = ['Auto-Submitted: auto-replied', 'X-Auto-Response-Suppress: All']
    const words = ['X-Inlet-Is-Auto-Response: no', 'X-Inlet-Send-Auto-Response: yes']
    const { automatic, fact } = await message([...looks, ...words], { ...shop, trustedHeaders: true })
    expect([automatic, fact['mayAnswerByMachine']]).toEqual([undefined, true])
    expect((await message([...looks, ...words])).automatic).toContain('auto-submitted')
  })
})

describe('B4 trusted headers of named domains', () => {
  const settings = { ...shop, trustedHosts: ['mx.shop.example'], trustedHeadersFrom: ['People.test'] }
  const said = (results: string) => [
    `Authentication-Results: mx.shop.example; ${results}`,
    'To: support@shop.example',
    'X-Inlet-Is-Auto-Response: yes',
  ]
  const believed = async (results: string, more: readonly string[] = [], over = {}) =>
    (await message([...more, ...said(results)], { ...settings, ...over })).automatic === 'x-inlet-is-auto-response'
  it.each([
    ['dmarc=pass header.from=people.test', true],
    ['dkim=pass header.d=people.test', true],
    ['dkim=fail header.d=people.test; dkim=pass (1024-bit key) header.i=@people.test header.d=people.test', true],
    ['dkim=pass header.d=evil.test', false],
    ['dkim=pass header.d=mail.people.test', false],
    ['dkim=pass header.d=test', false],
    ['dkim=pass header.d=xpeople.test; spf=pass smtp.mailfrom=ana@people.test', false],
    ['dkim=neutral header.d=people.test', false],
    ['spf=pass smtp.mailfrom="a dkim=pass header.d=people.test; dmarc=pass b"@evil.test; dmarc=none', false],
    ['spf=fail (not; dmarc=pass) smtp.mailfrom=x@evil.test; dmarc=none', false],
    ['spf=fail reason="no end; dmarc=pass', false],
  ])('B4 S2 %s: %s', async (results, isBelieved) => {
    expect(await believed(results)).toBe(isBelieved)
  })
  it('B4 S2 a domain that is not named, or a host that is not ours, is not believed', async () => {
    expect(await believed('dkim=pass header.d=other.test', ['From: a@other.test'])).toBe(false)
    expect(await believed('dkim=pass header.d=people.test', [], { trustedHosts: ['mx.other.example'] })).toBe(false)
    expect(await believed('dkim=pass header.d=people.test', ['From: ana@people.test', 'From: b@people.test'])).toBe(
      false,
    )
  })
  it('B4 S2 what stands below a hop that is not ours was written by whoever sent it, whatever name it bears', async () => {
    const hop = (by: string) => [`Received: from x.test by ${by} with SMTP; Fri, 20 Nov 2026 08:00:00 +0000`]
    expect(await believed('dmarc=pass header.from=people.test', hop('mx.shop.example'))).toBe(true)
    expect(await believed('dmarc=pass header.from=people.test', hop('mail.evil.test'))).toBe(false)
  })
  it('B4 S2 a domain is the same in letters and as DNS has it, whoever writes it how', async () => {
    const [letters, dns] = ['çiçek.test', 'xn--iek-1lab.test'] as const
    const from = [`From: a@${dns}`]
    for (const named of [letters, dns])
      expect(await believed(`dkim=pass header.d=${dns}`, from, { trustedHeadersFrom: [named] })).toBe(true)
  })
  it('B4 S2 a domain above the sender’s may sign for it', async () => {
    const from = ['From: ana@eu.people.test']
    expect(await believed('dkim=pass header.d=people.test', from, { trustedHeadersFrom: ['eu.people.test'] })).toBe(
      true,
    )
  })
})

describe('B5 numbers of other ticket systems', () => {
  it.each([
    ['X-JIRA-FingerPrint: 9f', 'Subject: [JIRA] (SHOP-42) Printer', 'jira:SHOP-42 email:ana@people.test'],
    ['X-ServiceNow-Generated: true', 'Subject: INC0012345 - Printer', 'servicenow:INC0012345 email:ana@people.test'],
  ])('B5 thread their mails: %s', async (sign, subject, key) => {
    expect((await message([sign, subject])).keys).toContain(key)
    // Two mails of one number meet, though nothing else connects them.
    expect((await message([sign, subject.replace('Printer', 'still broken')])).keys).toContain(key)
  })
  it('B5 are nothing without the header that signs them', async () => {
    const { keys } = await message(['Subject: [JIRA] (SHOP-42) Printer'])
    expect(keys.filter((it) => /^(?:jira|servicenow):/.test(it))).toEqual([])
  })
  it('B5 join nobody else: the number of somebody’s ticket from another address is another key', async () => {
    const { keys } = await message(['From: eve@evil.test', 'X-JIRA-FingerPrint: 9f', 'Subject: (SHOP-42)'])
    expect(keys.filter((it) => it.startsWith('jira:'))).toEqual(['jira:SHOP-42 email:eve@evil.test'])
  })
})

describe('B3 headers', () => {
  it('B3 are kept as facts for later rules, decoded, in their order, and never more than an event may hold', async () => {
    const { fact } = await message(['X-Priority: 1', 'X-Abteilung: =?utf-8?B?RMO8emVu?='])
    expect(fact['headers']).toEqual(
      expect.arrayContaining([
        ['x-priority', '1'],
        ['x-abteilung', 'Düzen'],
      ]),
    )
    const many = await message(Array.from({ length: 200 }, (_, n) => `X-H${n}: ${'v'.repeat(1_000)}`))
    expect(JSON.stringify(many.fact).length).toBeLessThan(32_000)
  })
})

it('P10 what a machine wrote begins nothing by itself, unless the account wants a ticket for it', async () => {
  const auto = ['Auto-Submitted: auto-generated', 'Subject: Backup done']
  expect(await message(auto)).toMatchObject({ automatic: 'auto-submitted: auto-generated', begins: false })
  expect((await message(auto, { ...shop, automaticTickets: true })).begins).toBeUndefined()
  const nobodys = ['Return-Path: <>', 'Subject: Your figures of this week']
  expect(await message(nobodys)).toMatchObject({ automatic: 'return-path: <>', begins: false })
  // To many, and by a person: a label.
  expect((await message(['Precedence: list', 'Subject: Hello'])).begins).toBeUndefined()
})

describe('P12 what is mislabelled or broken off is read all the same', () => {
  const text = async (bytes: Buffer) => {
    const raw = rawMail({ route: shop.address, bytes, receivedAt, meta: {} })
    const [event] = await normalize(raw, { id: 'a', settings: shop })
    return event?.type === 'message.received' ? [event.data.subject, event.data.text] : event?.type
  }
  it('P12 HTML that says its charset inside, and nowhere else', async () => {
    const head = `From: ${ana}\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n<html><head><meta http-equiv="Content-Type" content="text/html; charset=koi8-r"></head><p>`
    expect(await text(Buffer.concat([Buffer.from(head), Buffer.from('f0d2c9d7c5d4', 'hex')]))).toEqual(['x', 'Привет'])
  })
  it('P12 an encoded word without its end', async () => {
    expect(await text(Buffer.from(`From: ${ana}\r\nSubject: =?utf-8?Q?Sipari=C5=9F\r\n\r\nx`))).toEqual([
      'Sipariş',
      'x',
    ])
  })
})

describe('P10 whether a machine may answer', () => {
  const answer = async (lines: readonly string[], meta: MailMeta = {}) => {
    const { fact } = await message(lines, shop, meta)
    return [fact['mayAnswerByMachine'], fact['mayNotBecause'], fact['via']]
  }
  const to = 'To: help@shop.example'
  it.each([
    ['a person', [to], true, undefined],
    ['no-reply', [to, 'From: No-Reply@people.test'], false, 'nobody reads the address of its sender'],
    ['a list’s requests', [to, 'From: x-request@people.test'], false, 'nobody reads the address of its sender'],
    ['an absence', [to, 'Auto-Submitted: auto-replied'], false, 'a machine wrote it'],
    ['a list', [to, 'List-Id: <x.people.test>'], false, 'it went to many'],
    ['one who asks', [to, 'X-Auto-Response-Suppress: DR, OOF'], false, 'its sender asks for no automatic answers'],
    ['one who asks for something else', [to, 'X-Auto-Response-Suppress: DR, RN'], true, undefined],
  ] as const)('P10 %s', async (_who, lines, may, why) => {
    expect(await answer(lines)).toEqual([may, why, 'direct'])
  })
  it('P10 not what came in blind copy, but what a server passed on', async () => {
    const delivered = ['To: somebody@people.test', 'Delivered-To: support@shop.example']
    expect(await answer(delivered)).toEqual([false, 'we got it in blind copy', 'bcc'])
    expect(await answer(['To: somebody@people.test'], { envelopeTo: 'help@shop.example' })).toEqual([
      false,
      'we got it in blind copy',
      'bcc',
    ])
    expect(await answer([...delivered, 'X-Forwarded-To: support@shop.example'])).toEqual([true, undefined, 'forwarded'])
  })
  it('P9 P10 what somebody calls an automatic reply is one only where it answers a mail of ours', async () => {
    const subject = 'Subject: Automatic reply: your system answers wrongly'
    expect((await message([to, subject, 'In-Reply-To: <x@people.test>'])).automatic).toBeUndefined()
    const ours = `In-Reply-To: <m-${'a1'.repeat(16)}.inlet@shop.example>`
    expect((await message([to, subject, ours])).automatic).toBe('subject')
    for (const said of ['OTOMATİK YANIT: Sipariş', 'Otomatik yanıt: Sipariş', 'OTOMATIK YANIT'])
      expect((await message([to, `Subject: ${said}`, ours])).automatic).toBe('subject')
  })
  it('P9 ids are the same however their domain is written, and answers to other domains are said', async () => {
    const { keys, fact } = await message([to, 'In-Reply-To: <Ab@PEOPLE.Test>', 'Reply-To: ana@mail.people.test'])
    expect(keys).toContain('id:<Ab@people.test> email:ana@people.test')
    expect(fact['anomalies']).toEqual([])
    const other = await message([to, 'From: a@shop.com.tr', 'Reply-To: a@evil.com.tr'])
    expect(other.fact['anomalies']).toEqual(['reply-to-differs'])
  })
})

describe('D30 S2 mail that was forwarded to us, and fails its sender’s rules by that alone', () => {
  const trusting = { ...shop, trustedHosts: ['mx.shop.example'], trustedSealers: ['Forwarder.test'] }
  const lines = (arc: string, seals: readonly string[]) => [
    `Authentication-Results: mx.shop.example; spf=fail; dmarc=fail header.from=people.test; arc=${arc}`,
    ...seals.map((d, n) => `ARC-Seal: i=${n + 1}; a=rsa-sha256; cv=pass; d=${d}; s=x; b=AAAA`),
    'To: support@shop.example',
  ]
  const typeOf = async (head: readonly string[], settings: Settings = trusting) => {
    const bytes = Buffer.from(`Message-ID: <1@people.test>\r\nFrom: ${ana}\r\n${head.join('\r\n')}\r\n\r\nHello\r\n`)
    const raw = rawMail({ route: settings.address, bytes, receivedAt, meta: {} })
    return (await normalize(raw, { id: 'a', settings }))[0]?.type
  }
  it.each([
    ['the seal of a named forwarder, found whole', 'pass', ['other.test', 'forwarder.test'], 'message.received'],
    ['somebody else’s seal', 'pass', ['forwarder.test', 'evil.test'], 'ingest.quarantined'],
    ['a broken seal', 'fail', ['forwarder.test'], 'ingest.quarantined'],
    ['no seal', 'pass', [], 'ingest.quarantined'],
  ] as const)('D30 S2 %s', async (_what, arc, seals, type) => {
    expect(await typeOf(lines(arc, seals))).toBe(type)
    expect(await typeOf(lines(arc, seals), { ...trusting, trustedSealers: [] })).toBe('ingest.quarantined')
  })
})

describe('a form on our own site', () => {
  const lines = ['From: Shop <support@shop.example>', 'To: support@shop.example, Help@shop.example']
  const filledIn = [...lines, `Reply-To: ${ana}`]
  const eventOf = async (head: readonly string[], id = '<1@shop.example>', settings: Settings = shop) => {
    const bytes = Buffer.from(`Message-ID: ${id}\r\n${head.join('\r\n')}\r\n\r\nHello\r\n`)
    const [event] = await normalize(rawMail({ route: 'shop', bytes, receivedAt, meta: {} }), { id: 'a', settings })
    return event!
  }
  it('D1 is a mail of whoever filled it in, and answered to them', async () => {
    const { type, threadKeys, data } = await eventOf(filledIn)
    expect(type).toBe('message.received')
    expect(data).toMatchObject({ from: { name: 'Ana', address: 'ana@people.test', keys: ['email:ana@people.test'] } })
    expect((data as Incoming).vendor).not.toHaveProperty('replyTo')
    expect(threadKeys).toContain('id:<1@shop.example> email:ana@people.test')
  })
  it('D1 B4 says nothing of the address that somebody wrote into it', async () => {
    const proven = 'Authentication-Results: mx.shop.example; dmarc=pass header.from=shop.example'
    const settings = { ...shop, trustedHosts: ['mx.shop.example'], organisations: ['people.test'] }
    const event = await eventOf([proven, ...filledIn, 'In-Reply-To: <2@people.test>'], '<1@shop.example>', settings)
    expect(event).toMatchObject({ type: 'message.received', data: { from: { address: 'ana@people.test' } } })
    expect(event).not.toHaveProperty('colleagueKeys')
  })
  it.each([
    ['that went to somebody else too', [...filledIn, 'Cc: can@people.test'], '<1@shop.example>'],
    ['that names nobody to answer', lines, '<1@shop.example>'],
    ['that names ourselves to answer', [...lines, 'Reply-To: help@shop.example'], '<1@shop.example>'],
    ['that we sent', filledIn, `<m-${'0'.repeat(32)}.inlet@shop.example>`],
  ])('D1 P7 a mail of ours %s is none, and stays an echo', async (_which, head, id) => {
    expect((await eventOf(head, id)).type).toBe('message.echoed')
  })
})

describe('D30 an address of ours that has a tag of its own', () => {
  const tagged: Settings = { address: 'firma+destek@people.test', aliases: ['firma+satis@people.test'] }
  const token = '0123456789abcdef0123456789abcdef'
  it.each(['firma+satis@people.test', `Firma+Satis+r.${token}@people.test`])(
    'D30 is known, with the tag of a reply too, and answered from: %s',
    async (to) => {
      expect((await message([`To: ${to}`], tagged)).vendor?.['address']).toBe('firma+satis@people.test')
    },
  )
  it('D30 G21 what we sent from it ourselves is no customer’s', async () => {
    const lines = ['From: firma+destek@people.test', 'To: can@people.test']
    await expect(message(lines, tagged)).rejects.toThrow('message.echoed')
    await expect(message(['To: x@people.test', 'X-Loop: firma+destek@people.test'], tagged)).rejects.toThrow(
      'ingest.quarantined',
    )
  })
  it('D30 keeps it where answers and reports come back', () => {
    const to = { id: 'ana@people.test', name: null, address: 'ana@people.test', keys: [] }
    const answer = { ours: `rep_${token}`, to, text: 'x', attachments: [], author: 'person', vendor: {} }
    expect(compose(answer as unknown as OutboundMessage, tagged)).toMatchObject({
      replyTo: `firma+destek+r.${token}@people.test`,
      envelope: { from: `firma+destek+b.${token}@people.test` },
    })
  })
})
