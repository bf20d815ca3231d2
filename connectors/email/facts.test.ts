// Which account a mail is for, and what of its headers is believed: whose words count, and whose do not.
import { describe, expect, it } from 'vitest'
import type { Incoming } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'
import channel from './channel.ts'
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
  it('is a route of its account, so that mail brought for it is this account’s', () => {
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
  ] as const)('is known by %s, and the answer comes from it', async (_by, lines, meta, address) => {
    expect((await message(lines, shop, meta)).vendor?.['address']).toBe(address)
  })
})

describe('B4 trusted headers', () => {
  const said = ['To: support@shop.example', 'X-Inlet-Is-Auto-Response: yes', 'X-Inlet-Send-Auto-Response: no']
  it('are believed where the account says so', async () => {
    const { automatic, fact } = await message(said, { ...shop, trustedHeaders: true })
    expect(automatic).toBe('x-inlet-is-auto-response')
    expect(fact).toMatchObject({
      mayAnswerByMachine: false,
      trusted: { 'is-auto-response': 'yes', 'send-auto-response': 'no' },
    })
  })
  it('are a stranger’s words everywhere else', async () => {
    const { automatic, fact } = await message(said)
    expect(automatic).toBeUndefined()
    expect(fact).toMatchObject({ mayAnswerByMachine: true })
    expect(fact).not.toHaveProperty('trusted')
  })
  it('count more than what a mail looks like', async () => {
    const looks = ['Auto-Submitted: auto-replied', 'X-Auto-Response-Suppress: All']
    const words = ['X-Inlet-Is-Auto-Response: no', 'X-Inlet-Send-Auto-Response: yes']
    const { automatic, fact } = await message([...looks, ...words], { ...shop, trustedHeaders: true })
    expect([automatic, fact['mayAnswerByMachine']]).toEqual([undefined, true])
    expect((await message([...looks, ...words])).automatic).toContain('auto-submitted')
  })
})

describe('B5 numbers of other ticket systems', () => {
  it.each([
    ['X-JIRA-FingerPrint: 9f', 'Subject: [JIRA] (SHOP-42) Printer', 'jira:SHOP-42 email:ana@people.test'],
    ['X-ServiceNow-Generated: true', 'Subject: INC0012345 - Printer', 'servicenow:INC0012345 email:ana@people.test'],
  ])('thread their mails: %s', async (sign, subject, key) => {
    expect((await message([sign, subject])).keys).toContain(key)
    // Two mails of one number meet, though nothing else connects them.
    expect((await message([sign, subject.replace('Printer', 'still broken')])).keys).toContain(key)
  })
  it('are nothing without the header that signs them', async () => {
    const { keys } = await message(['Subject: [JIRA] (SHOP-42) Printer'])
    expect(keys.filter((it) => /^(?:jira|servicenow):/.test(it))).toEqual([])
  })
  it('join nobody else: the number of somebody’s ticket from another address is another key', async () => {
    const { keys } = await message(['From: eve@evil.test', 'X-JIRA-FingerPrint: 9f', 'Subject: (SHOP-42)'])
    expect(keys.filter((it) => it.startsWith('jira:'))).toEqual(['jira:SHOP-42 email:eve@evil.test'])
  })
})

describe('B3 headers', () => {
  it('are kept as facts for later rules, decoded, in their order, and never more than an event may hold', async () => {
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
  // To many, and by a person: a label.
  expect((await message(['Precedence: list', 'Subject: Hello'])).begins).toBeUndefined()
})
