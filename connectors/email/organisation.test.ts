// Who joins a ticket because they are of the requester's organisation, and who does not (sheet section 6).
import { describe, expect, it } from 'vitest'
import type { Instant } from '../../schemas/ids.ts'
import { keysOfReply } from './compose/keys.ts'
import { mailParty, mailReply } from './fixtures/mail-account.ts'
import { normalize } from './normalize.ts'
import { organisationOf } from './normalize/organisation.ts'
import { rawMail } from './raw-mail.ts'
import type { Settings } from './settings.ts'

const shop: Settings = {
  address: 'support@shop.example',
  trustedHosts: ['mx.shop.example'],
  organisations: ['Acme.test', 'bücher.example', 'gmail.com'],
}
const proof = 'Authentication-Results: mx.shop.example; dkim=pass header.d=acme.test; dmarc=pass header.from=acme.test'
async function eventOf(from: string, lines: readonly string[], settings: Settings = shop) {
  const head = [`From: ${from}`, 'To: support@shop.example', ...lines].join('\r\n')
  const bytes = Buffer.from(`Message-ID: <2@acme.test>\r\n${head}\r\n\r\nHello\r\n`)
  const receivedAt = '2026-11-20T08:00:00.000Z' as Instant
  const raw = rawMail({ route: settings.address, bytes, receivedAt, meta: {} })
  return (await normalize(raw, { id: 'a', settings }))[0]!
}
const answers = 'In-Reply-To: <1@acme.test>'
const led = async (from: string, lines: readonly string[], settings?: Settings) =>
  (await eventOf(from, lines, settings)).colleagueKeys

describe('P9 colleagues of the requester', () => {
  it('P9 a proven colleague is led in by what they answer, a mail of their colleague or of ours', async () => {
    const opened = await eventOf('Ana <ana@acme.test>', [])
    const [first] = opened.threadKeys.filter((it) => it.includes(' org:'))
    expect(first).toBe('id:<2@acme.test> org:acme.test')
    expect(await led('bora@acme.test', [proof, 'In-Reply-To: <2@acme.test>'])).toEqual([first])
    // A department of the house is the house.
    const above = proof.replaceAll('header.from=acme.test', 'header.from=eu.acme.test')
    expect(await led('can@eu.acme.test', [above, 'In-Reply-To: <2@ACME.test>'])).toEqual([first])

    const reply = { ...mailReply, to: mailParty('ana@acme.test') }
    const keys = keysOfReply(reply, { settings: shop })
    const token = mailReply.ours.replace('rep_', '')
    const back = [proof, `Delivered-To: support+r.${token}@shop.example`, `References: <m-${token}.inlet@shop.example>`]
    const ledBy = await led('bora@acme.test', back)
    expect(ledBy).toHaveLength(2)
    expect(keys).toEqual(expect.arrayContaining([...ledBy!]))
  })
  it('P9 S2 nobody is led in who is not proven, by whichever word of a stranger', async () => {
    const nobodys = [
      [],
      [proof.replace('mx.shop.example', 'mx.evil.example')],
      [
        'Authentication-Results: mx.shop.example; dkim=pass header.d=evil.test; spf=pass smtp.mailfrom=a@evil.test; dmarc=none',
      ],
      ['From: x@evil.test', proof],
    ]
    for (const lines of nobodys) expect(await led('bora@acme.test', [...lines, answers])).toBeUndefined()
    expect(await led('bora@acme.test', [proof, answers], { ...shop, trustedHosts: [] })).toBeUndefined()
    expect((await eventOf('bora@acme.test', [proof.replace('dmarc=pass', 'dmarc=fail'), answers])).type).toBe(
      'ingest.quarantined',
    )
    expect(await led('bora@notacme.test', [proof.replaceAll('acme.test', 'notacme.test'), answers])).toBeUndefined()
    expect(await led('bora@other.test', [proof.replaceAll('acme.test', 'other.test'), answers])).toBeUndefined()
  })
  it('P9 a number in a subject leads no colleague in', async () => {
    const event = await eventOf('bora@acme.test', [proof, 'Subject: [#1042] Order'])
    expect([event.colleagueKeys, event.weakKeys]).toEqual([undefined, ['number:1042 email:bora@acme.test']])
  })
  it('P9 where anybody gets a mailbox nobody is a colleague, whatever the account says', async () => {
    const gmail = proof.replaceAll('acme.test', 'gmail.com')
    const event = await eventOf('bora@gmail.com', [gmail, answers])
    expect([event.colleagueKeys, event.threadKeys.some((it) => it.includes(' org:'))]).toEqual([undefined, false])
    const of = (address: string, ...organisations: string[]) => organisationOf(address, { ...shop, organisations })
    expect(of('a@eu.yahoo.com.tr', 'yahoo.com.tr')).toBeNull()
    expect(of('a@acme.test', 'test')).toBeNull()
    expect(of('a@yahoo.co.uk', 'co.uk')).toBeNull()
    expect(of('a@xn--bcher-kva.example', 'bücher.example')).toBe('xn--bcher-kva.example')
    expect(of('a@b@acme.test', 'acme.test')).toBe('acme.test')
    expect(organisationOf('a@acme.test', { address: 'x@y.example' })).toBeNull()
  })
  it('S2 what says that it is from us and is not is put aside, where our server looked; where nobody looked it is an echo', async () => {
    const ours = (results: string) =>
      eventOf('support@shop.example', [`Authentication-Results: mx.shop.example; ${results}`]).then((it) => it.type)
    expect(await ours('spf=pass smtp.mailfrom=x@evil.test; dkim=none; dmarc=none')).toBe('ingest.quarantined')
    expect(await ours('dkim=pass header.d=evil.test')).toBe('ingest.quarantined')
    expect(await ours('dkim=pass header.d=shop.example')).toBe('message.echoed')
    expect(await ours('spf=pass smtp.mailfrom=support@shop.example; dkim=none')).toBe('message.echoed')
    expect((await eventOf('support@shop.example', [])).type).toBe('message.echoed')
  })
})
