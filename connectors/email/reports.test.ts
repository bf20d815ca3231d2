// Reports that servers write as prose: what is read out of their words, and what is not.
import { describe, expect, it } from 'vitest'
import type { Instant } from '../../schemas/ids.ts'
import { normalize } from './normalize.ts'
import { rawMail } from './raw-mail.ts'
import type { Settings } from './settings.ts'

const receivedAt = '2026-11-20T08:00:00.000Z' as Instant
const settings: Settings = { address: 'support@shop.example' }
const token = '0123456789abcdef0123456789abcdef'

/** To the address that only servers know: what it says is believed. */
async function told(text: string, lines: readonly string[] = [], tag = `+b.${token}`) {
  const head = ['From: MAILER-DAEMON@mx.test', 'Return-Path: <>', 'Subject: failure notice', ...lines]
  const to = [`To: support${tag}@shop.example`, 'Message-ID: <1@mx.test>']
  const bytes = Buffer.from([...head, ...to, '', text, ''].join('\r\n'))
  return normalize(rawMail({ route: 'support', bytes, receivedAt, meta: {} }), { id: 'a', settings })
}
const failed = (recipient: string, code: string) => ({
  type: 'message.delivery_updated',
  data: { ours: `rep_${token}`, state: 'failed', recipient, code },
})

describe('P11 a report in prose', () => {
  it.each([
    ['an address of a server', '10.5.1.1 does not like recipient.\r\nRemote host said: 554 Refused', '5.0.0'],
    ['one that begins so', '4.5.6.7 failed after I sent the message.\r\nRemote host said: 550 Refused', '5.0.0'],
    ['a version', 'Exim 4.94.2 could not deliver it:\r\n550 Refused', '5.0.0'],
    ['the code behind all of them', 'Exim 4.94.2 [10.5.1.1] said: 552-5.2.2 Mailbox full.', '5.2.2'],
  ])('P11 takes no code out of %s', async (_what, words, code) => {
    // No address is marked: nothing says that it is gone.
    expect(await told(`<ana@people.test>:\r\n${words}`)).toMatchObject([failed('ana@people.test', code)])
    expect(await told(`<ana@people.test>:\r\n${words}`)).toHaveLength(1)
  })

  it('P11 tells of everybody whom a header names, whatever address its words begin with', async () => {
    const words = 'Contact postmaster@mx.test with:\r\n\r\n  550 5.1.1 no such user'
    const events = await told(words, ['X-Failed-Recipients: Ana@people.test,\r\n can@people.test'])
    expect(events.filter((it) => it.type === 'message.delivery_updated')).toMatchObject([
      failed('ana@people.test', '5.1.1'),
      failed('can@people.test', '5.1.1'),
    ])
  })
  it('P11 tells of the address that begins a line, not of whom its sentences name', async () => {
    const words =
      'For help, write to postmaster@mx.test and enclose this.\r\n\r\n<ana@people.test>: 550 5.1.1 no such user'
    expect(await told(words)).toMatchObject([
      failed('ana@people.test', '5.1.1'),
      { type: 'contact.preference_changed', data: { party: { id: 'ana@people.test' } } },
    ])
    expect(await told('Your mail to ana@people.test was lost: 550 no')).toMatchObject([
      failed('ana@people.test', '5.0.0'),
    ])
  })
})

it('P11 a report of an address in letters of its own country names that address', async () => {
  const text = 'Final-Recipient: utf-8; müdür@people.test\r\nAction: failed\r\nStatus: 5.1.1\r\n'
  const lines = ['Content-Type: multipart/report; report-type=delivery-status; boundary=B']
  const part = `--B\r\nContent-Type: message/global-delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n${text}\r\n--B--`
  expect(await told(part, lines)).toMatchObject([
    failed('müdür@people.test', '5.1.1'),
    { type: 'contact.preference_changed', data: { party: { id: 'müdür@people.test' } } },
  ])
})

it('P11 a complaint whose provider does not say whose it is is about the one mail it came for, and needs a word that only servers know', async () => {
  const lines = ['Content-Type: multipart/report; report-type=feedback-report; boundary=B']
  const said =
    '--B\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: x\r\nVersion: 1\r\n'
  const mail = `--B\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <m-${token}.inlet@shop.example>\r\n\r\nx\r\n--B--`
  expect(await told(`${said}\r\n${mail}`, lines)).toMatchObject([
    { type: 'contact.preference_changed', data: { ours: `rep_${token}`, party: { keys: [] }, value: 'stop' } },
  ])
  const elsewhere = await told(`${said}\r\n${mail}`, lines, '')
  expect(elsewhere).toMatchObject([{ type: 'ingest.quarantined' }])
})
