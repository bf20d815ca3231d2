// Mails for the bench, as programs write them: words as text and as HTML, or a file beside them; and accounts that read them from a Dovecot.
import { join } from 'node:path'
import type { Dovecot } from '../support/dovecot.ts'
import type { Gateway } from '../support/gateway-process.ts'
import type { Control } from './control.ts'
import type { Bench } from './suite.ts'

export const channel = 'email'
const customers = 5_000
const words =
  'my order has not arrived yet and the page says that it was handed over on Monday could you please look where it is Kargom hâlâ gelmedi, ürün ne zaman ulaşır'

const paragraphs = (bytes: number): readonly string[] => {
  const found: string[] = []
  for (let size = 0; size < bytes; size += words.length + 20) found.push(`${found.length + 1}. ${words}.`)
  return found
}
const text = (n: number): string => `Order ${n}.\r\n\r\n${paragraphs(2_400).join('\r\n\r\n')}`
const html = (n: number): string =>
  `<html><body style="font-family: Arial"><table width="600"><tr><td><h1>Order ${n}</h1>${paragraphs(2_900)
    .map((it) => `<p style="margin: 0 0 8px">${it}</p>`)
    .join('\r\n')}</td></tr></table></body></html>`
const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/.{76}/g, '$&\r\n').trimEnd()
const file = base64(Buffer.alloc(200_000, 'a picture, as far as bytes are concerned'))

/** About 7 kB, or 281 kB with its file; `run` tells the mails of one mailbox from those of another. */
export function mailOf(run: string, n: number, withFile = false): string {
  const who = n % customers
  const head = [
    `Return-Path: <customer${who}@people.test>`,
    `Received: from mx.people.test (mx.people.test [192.0.2.7]) by mail.shop.test; Fri, 20 Nov 2026 10:00:00 +0000`,
    `Message-ID: <${run}.${n}@people.test>`,
    `From: Customer ${who} <customer${who}@people.test>`,
    'To: Shop <support@shop.test>',
    `Subject: Where is order ${n}?`,
    `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`,
    'MIME-Version: 1.0',
  ]
  const body = [
    'Content-Type: multipart/alternative; boundary=alt',
    '',
    '--alt',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    text(n),
    '--alt',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    html(n),
    '--alt--',
  ]
  if (!withFile) return `${[...head, ...body].join('\r\n')}\r\n`
  const parts = [
    'Content-Type: multipart/mixed; boundary=mixed',
    '',
    '--mixed',
    ...body,
    '--mixed',
    'Content-Type: image/jpeg',
    `Content-Disposition: attachment; filename="photo ${n}.jpg"`,
    'Content-Transfer-Encoding: base64',
    '',
    // Each has other bytes: the same ones would be kept once.
    base64(Buffer.from(`${run} ${n} `.padEnd(57))),
    file,
    '--mixed--',
  ]
  return `${[...head, ...parts].join('\r\n')}\r\n`
}
export function* mailsOf(run: string, count: number, withFile = false): Generator<string> {
  for (let n = 0; n < count; n += 1) yield mailOf(run, n, withFile)
}

/** Accounts `<prefix>0` … that read mailboxes of the same names; ready when all of them say so. */
export async function makeMailboxes(
  gateway: Gateway,
  dovecot: Dovecot,
  names: readonly string[],
): Promise<readonly string[]> {
  const users = names.map((id) => `${id}@shop.test`)
  let next = 0
  const turn = async (): Promise<void> => {
    for (let n = next++; n < names.length; n = next++) {
      const settings = {
        address: users[n],
        imap: { host: '127.0.0.1', port: dovecot.tlsPort, tls: true },
        caFile: dovecot.caFile,
      }
      const body = { channel, id: names[n], settings, secrets: { password: dovecot.password } }
      const { status, text: said } = await gateway.call('POST', '/v1/accounts', { body })
      if (status !== 201) throw new Error(`the mailbox ${names[n]} could not be made: ${status} ${said}`)
    }
  }
  await Promise.all([turn(), turn(), turn(), turn()])
  const reading = new Set<string>()
  const deadline = performance.now() + 120_000
  while (reading.size < names.length) {
    for (const id of names.filter((it) => !reading.has(it))) {
      const { body } = await gateway.call<{ readonly health: { readonly state: string; readonly why: string | null } }>(
        'GET',
        `/v1/accounts/${channel}/${id}`,
      )
      if (body.health.state === 'connected') reading.add(id)
      else if (performance.now() > deadline) throw new Error(`${id} is not read: ${JSON.stringify(body.health)}`)
      else await new Promise((done) => setTimeout(done, 50))
    }
  }
  return users
}

/** The control of every suite of mail: it fetches, parses and inserts, and does nothing else. */
export const mailControl = (bench: Bench, dovecot: Dovecot): Promise<Control> =>
  bench.control('email', join(bench.folder(), 'data'), String(dovecot.tlsPort), dovecot.caFile, dovecot.password)
