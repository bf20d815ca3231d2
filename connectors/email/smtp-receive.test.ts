// Mail that other servers bring: said to be kept only when it is, refused when it is nobody’s.
import { connect } from 'node:net'
import { createTransport } from 'nodemailer'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account, Door, Raw } from '../../core/ports/channel.ts'
import { madeEdges } from '../../test/support/made-account.ts'
import { smtpDoor } from './smtp-receive.ts'
import type { SecretName, Settings } from './settings.ts'

const at = { host: '127.0.0.1', port: 0, tls: null, name: 'mx.shop.test' }
let port: number
let taken: { readonly account: string; readonly raw: Raw }[]
let keep: () => Promise<void>
let stop: AbortController
let ended: Promise<void>

beforeEach(async () => {
  taken = []
  keep = () => Promise.resolve()
  stop = new AbortController()
  const door: Door<Settings, SecretName> = {
    whose: (route) =>
      ['support@shop.test', 'sales@shop.test', 'shop+vip@shop.test'].includes(route)
        ? ({ id: route.split('@')[0], route } as Account<Settings, SecretName>)
        : null,
    async take({ id }, raw) {
      await keep()
      taken.push({ account: id, raw })
    },
  }
  const open = await smtpDoor.listen(at, door, madeEdges().edges, stop.signal)
  port = open.port
  ended = open.ended
})
afterEach(async () => {
  stop.abort()
  await ended
})

const mail = 'Subject: Hello\r\nMessage-ID: <1@people.test>\r\n\r\nHello\r\n'
async function sent(to: readonly string[], raw: string | Buffer = mail) {
  // The certificate of an unset door is nobody’s; other mail servers take it as they take no encryption at all.
  const transport = createTransport({ host: '127.0.0.1', port, tls: { rejectUnauthorized: false } })
  try {
    return await transport.sendMail({ raw, envelope: { from: 'ana@people.test', to: [...to] } })
  } finally {
    transport.close()
  }
}

/** Line by line, each after the answer to the one before; what came, and `end` where the door hung up. */
function talk(lines: readonly string[]): Promise<readonly string[]> {
  const said: string[] = []
  const socket = connect(port, '127.0.0.1')
  return new Promise((done) => {
    socket.on('data', (chunk: Buffer) => {
      said.push(chunk.toString())
      const line = lines[said.length - 1]
      if (line !== undefined) return void socket.write(`${line}\r\n`)
      socket.end()
      done(said)
    })
    socket.on('end', () => done([...said, 'end']))
    socket.on('error', () => undefined)
  })
}

describe('the mail door', () => {
  it('keeps a mail for the account of its recipient, with the envelope, over STARTTLS', async () => {
    const info = await sent(['Support+R.abc@SHOP.test'])
    expect(info.response).toContain('250')
    expect(taken).toMatchObject([
      {
        account: 'support',
        raw: { route: 'support@shop.test', meta: { envelopeFrom: 'ana@people.test', peer: '127.0.0.1' } },
      },
    ])
    expect(taken[0]?.raw.meta?.['envelopeTo']?.toLowerCase()).toBe('support+r.abc@shop.test')
    expect(Buffer.from(taken[0]?.raw.bytes ?? []).toString()).toBe(mail)
  })

  it('D30 takes what comes to an address with a tag of its own, and answers to it', async () => {
    await sent(['Shop+vip@shop.test'])
    await sent([`shop+vip+r.${'0'.repeat(32)}@shop.test`])
    expect(taken.map((it) => it.account)).toEqual(['shop+vip', 'shop+vip'])
  })
  it('refuses a recipient nobody has, at RCPT, before a byte of the mail', async () => {
    await expect(sent(['nobody@shop.test'])).rejects.toMatchObject({ responseCode: 550, command: 'RCPT TO' })
    const info = await sent(['sales@shop.test', 'nobody@shop.test'])
    expect(info.rejected).toEqual(['nobody@shop.test'])
    expect(taken.map((it) => it.account)).toEqual(['sales'])
  })

  it('G2 says 250 only after the mail is safe, and 451 when it cannot be made so', async () => {
    let release = (): void => undefined
    keep = () => new Promise((done) => (release = done))
    let isAnswered = false
    const sending = sent(['support@shop.test']).then(() => (isAnswered = true))
    await expect.poll(() => release.toString()).not.toContain('undefined')
    expect(isAnswered).toBe(false)
    release()
    await sending
    expect(taken).toHaveLength(1)
    keep = () => Promise.reject(new Error('the log is full'))
    await expect(sent(['support@shop.test'])).rejects.toMatchObject({ responseCode: 451 })
    expect(taken).toHaveLength(1)
  })

  it('a mail to two of our addresses is one for each account', async () => {
    await sent(['support@shop.test', 'sales@shop.test'])
    expect(taken.map((it) => it.account).toSorted()).toEqual(['sales', 'support'])
  })

  it('P9 a mail to several addresses of one account is one, for the one whose tag says where it belongs', async () => {
    await sent(['support@shop.test', 'support+r.0123456789@shop.test', 'support@shop.test'])
    expect(taken.map((it) => it.raw.meta?.['envelopeTo'])).toEqual(['support+r.0123456789@shop.test'])
  })

  it('S18 names itself as it is set, and never by the name of the machine', async () => {
    const [banner, hello] = await talk(['EHLO people.test'])
    expect(banner).toBe('220 mx.shop.test ESMTP Inlet\r\n')
    expect(hello).toMatch(/^250-mx\.shop\.test/)
  })

  it('G22 who asks for one mailbox after the other that is nobody’s is sent away', async () => {
    const guesses = Array.from({ length: 40 }, (_, n) => `RCPT TO:<guess${n}@shop.test>`)
    const said = await talk(['EHLO people.test', 'MAIL FROM:<ana@people.test>', ...guesses])
    const codes = said.slice(3).map((it) => it.slice(0, 3))
    expect(codes).toEqual([...Array.from({ length: 20 }, () => '550'), '421', 'end'])
    // A new connection begins anew: a list with a few dead addresses gets through.
    await sent(['support@shop.test'])
    expect(taken).toHaveLength(1)
  })

  it('a mail that is too large is refused and not kept', async () => {
    await expect(sent(['support@shop.test'], Buffer.alloc(51_000_000, 'x'))).rejects.toMatchObject({
      responseCode: 552,
    })
    expect(taken).toHaveLength(0)
  })
})
