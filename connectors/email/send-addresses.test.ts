// Whom an answer goes to, however they are written: once each, the requester first, and never called sent where they were refused.
import { expect, it } from 'vitest'
import type { OutboundMessage } from '../../core/ports/channel.ts'
import { readingEdges } from '../../test/support/made-account.ts'
import { smtpDoors } from '../../test/support/smtp-door.ts'
import { mailAccount, mailParty, mailReply, mailSettings } from './fixtures/mail-account.ts'
import { parseMail } from './mime/parse.ts'
import { send } from './send.ts'

const door = smtpDoors().open
const sent = (port: number, message: OutboundMessage) =>
  send(message, mailAccount(mailSettings(port)), readingEdges(), AbortSignal.timeout(5_000))
const failing = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode })

it.each([
  ['ayse@MUSTERI.Example', 'bob@people.test'],
  ['ayse@müşteri.example', 'bob@people.test'],
  ['ayse@musteri.example', 'AYSE@musteri.example'],
])(
  'G19 D28 is not sent where %s is refused, however the server hears it, and another one is not (Cc %s)',
  async (address, copied) => {
    const server = await door({
      onRcptTo: (to, _session, done) => done(/^ayse/i.test(to.address) ? failing(550, '5.1.1 no such user') : null),
    })
    const cc = [mailParty(copied), mailParty('can@people.test')]
    const outcome = await sent(server.port, { ...mailReply, to: mailParty(address), cc })
    expect(outcome).toMatchObject({ is: 'refused', code: 'address_unknown' })
  },
)
it.each(['ana@people..test', 'ana@people.test.', 'ana(x)@people.test', 'ana@'])(
  'G20 to an address nobody can write to (%s) is refused alone: nobody else’s answer waits for it',
  async (address) => {
    const server = await door()
    const outcome = await sent(server.port, { ...mailReply, to: mailParty(address) })
    expect([outcome, server.mails]).toMatchObject([{ is: 'refused', code: 'no_address' }, []])
  },
)
it('D21 goes to where its customer wrote from, where they asked to be answered at what is no address', async () => {
  const server = await door()
  const vendor = { ...mailReply.vendor, replyTo: 'ayse@musteri..example', replyToOf: mailReply.to.id }
  await sent(server.port, { ...mailReply, vendor })
  expect(server.mails[0]!.to).toEqual(['ayse@musteri.example'])
})
it('D22 goes once to whoever stands in it twice, as the requester is written', async () => {
  const server = await door()
  const cc = ['Ayse@Musteri.example', 'bob@people.test', 'BOB@people.test'].map(mailParty)
  await sent(server.port, { ...mailReply, cc })
  expect(server.mails[0]!.to).toEqual(['ayse@musteri.example', 'bob@people.test'])
  expect((await parseMail(server.mails[0]!.bytes)).cc.map((it) => it.address)).toEqual(['bob@people.test'])
})
