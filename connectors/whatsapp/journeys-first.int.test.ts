// From a fresh installation to the first ticket, and the same message so often as the vendor likes: through whole processes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MessageAnswer } from '../../schemas/answers.ts'
import { untilAnswering } from '../../infra/commands/simulated-account.ts'
import { quiet, until } from '../../test/support/desk.ts'
import type { Gateway } from '../../test/support/gateway-process.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { standIn, type RunningWhatsApp } from './stand-in/index.ts'
import { signedHeaders } from '../_shared/stand-in/meta-signing.ts'

let at: Journey<RunningWhatsApp>
beforeAll(async () => {
  at = await journey('whatsapp', standIn, { seed: 101, bare: true })
}, 60_000)
afterAll(() => at.end(), 30_000)

describe('a fresh installation', () => {
  it('D60 S5 comes by API alone from a brand to an account, the vendor’s handshake, a message and its ticket', async () => {
    const { gateway, vendor, desk } = at
    const none = await gateway.call('GET', '/v1/accounts')
    expect([none.status, none.body]).toEqual([200, { items: [], next: null }])
    const brand = { id: 'shop', name: 'Shop', language: 'tr', timezone: 'Europe/Istanbul' }
    expect((await gateway.call('POST', '/v1/brands', { body: brand })).status).toBe(201)

    const account = await desk.account({ more: { brand: 'shop' } })
    expect(account).toMatchObject({ channel: 'whatsapp', id: 'main', brand: 'shop', endpoint: null })
    expect(Object.keys(account.secrets).toSorted()).toEqual(['accessToken', 'appSecret', 'verifyToken'])
    expect(Object.values(account.secrets)).toEqual(['stored', 'stored', 'stored'])

    const hello = await vendor.handshake()
    expect([hello.status, hello.body]).toEqual([200, hello.challenge])
    expect((await vendor.handshake('another token')).status).toBe(403)

    const knock = await vendor.write({ customer: 0, text: 'Merhaba, kanarya-7713 nerede?' })
    expect(knock.statuses).toEqual([200])
    const ticket = await desk.ticketOf(0)
    expect(ticket).toMatchObject({
      channel: 'whatsapp',
      account: 'main',
      brand: 'shop',
      status: 'new',
      statusCategory: 'open',
      origin: 'customer',
      messageCount: 1,
      requester: { name: vendor.customer(0).name, address: vendor.customer(0).address },
      window: { canReply: true, kind: 'free' },
    })
    const [message] = await desk.messages(ticket.id)
    expect(message).toMatchObject({ direction: 'in', text: 'Merhaba, kanarya-7713 nerede?', externalId: knock.id })
  })

  it('S1 S6 an unsigned, forged or doubly signed call is refused, and an unknown address is not told from a disabled one', async () => {
    const { gateway, vendor } = at
    for (const signature of ['missing', 'wrong', 'doubled'] as const) {
      const knock = await vendor.write({ customer: 90 }, { signature, retry: false })
      expect([401, 403]).toContain(knock.status)
    }
    const off = { channel: 'whatsapp', id: 'off', ...vendor.account(3) }
    expect((await gateway.call('POST', '/v1/accounts', { body: off })).status).toBe(201)
    await untilAnswering(`${gateway.address}/in/whatsapp/off`)
    const { version } = (await gateway.call<{ version: number }>('GET', '/v1/accounts/whatsapp/off')).body
    const disabled = await gateway.call('PATCH', '/v1/accounts/whatsapp/off', { body: { version, enabled: false } })
    expect(disabled.status, disabled.text).toBe(200)
    const seen = async (id: string) => {
      const answer = await fetch(`${gateway.address}/in/whatsapp/${id}`, { method: 'POST', body: '{}' })
      const plain = [...answer.headers].filter(([name]) => !['date', 'inlet-correlation'].includes(name))
      return { status: answer.status, body: await answer.text(), names: plain.map(([name]) => name) }
    }
    const unknown = await seen('nobody')
    await until(
      () => seen('off'),
      (found) => found.status === 404,
    )
    expect(await seen('off')).toEqual(unknown)
    expect((await vendor.write({ customer: 90 })).status).toBe(200)
    expect((await at.desk.ticketOf(90)).messageCount).toBe(1)
  })
})

describe('the same again', () => {
  it('3.7 no. 1, B1 P1: a payload five times at once and an album of four make one conversation, one ticket, five messages', async () => {
    const { vendor, desk } = at
    const [text, ...album] = await Promise.all([
      vendor.write({ customer: 1 }, { times: 5, concurrently: true }),
      ...[1, 2, 3, 4].map(() => vendor.write({ customer: 1, kind: 'image' })),
    ])
    const messages = await desk.messages((await desk.ticketOf(1)).id, 5)
    await quiet(desk)
    expect(messages.map((it) => it.externalId).toSorted()).toEqual([text, ...album].map((it) => it?.id).toSorted())
    const tickets = await desk.ticketsOf(1)
    expect(tickets.map((it) => it.messageCount)).toEqual([5])
    const created = await desk.events(`?types=ticket.created`)
    expect(created.filter((it) => it.data['ticket'] === tickets[0]?.id)).toHaveLength(1)
  })

  it('G4 one message a thousand times is one message, one ticket, and one of each event', async () => {
    const { vendor, desk } = at
    const knock = await vendor.write({ customer: 2, text: 'bin kere' }, { times: 1_000, concurrently: true })
    expect(new Set(knock.statuses)).toEqual(new Set([200]))
    const ticket = await desk.ticketOf(2)
    await quiet(desk)
    expect(await desk.messages(ticket.id)).toHaveLength(1)
    const about = (await desk.events()).filter((it) => it.subject === ticket.id)
    expect(about.map((it) => it.type).toSorted()).toEqual([
      'conversation.window_opened',
      'ticket.created',
      'ticket.language_changed',
      'ticket.message_added',
      'ticket.triaged',
    ])
    const received = (await desk.events('?types=message.received')).filter((it) => it.data['externalId'] === knock.id)
    expect(received).toHaveLength(1)
  })
})

describe('several processes on one database', () => {
  let others: readonly Gateway[]
  beforeAll(async () => {
    others = await Promise.all([
      at.another('--only', 'connectors'),
      at.another('--only', 'connectors'),
      at.another('--only', 'workers'),
    ])
    await Promise.all(others.slice(0, 2).map((it) => untilAnswering(`${it.address}/in/whatsapp/main`)))
  })

  it('G4 P3 the same calls through three doors at once, with more workers than one, are still one of each', async () => {
    const { vendor, desk } = at
    const written = await Promise.all([10, 11, 12, 13].map((customer) => vendor.write({ customer })))
    const knocked = vendor.ledger.of('knocked').slice(-4)
    const { appSecret = '' } = vendor.account().secrets
    const again = knocked.flatMap(({ bytes }) =>
      others.slice(0, 2).flatMap((door) =>
        [1, 2, 3].map(async () => {
          const headers = signedHeaders(bytes, appSecret, 'right')
          const body = new Uint8Array(bytes)
          return (await fetch(`${door.address}/in/whatsapp/main`, { method: 'POST', headers, body })).status
        }),
      ),
    )
    expect(new Set(await Promise.all(again))).toEqual(new Set([200]))
    for (const [n, knock] of written.entries()) {
      const [ticket, ...more] = await desk.ticketsOf(10 + n)
      expect(more).toEqual([])
      expect((await desk.messages(ticket?.id ?? '')).map((it: MessageAnswer) => it.externalId)).toEqual([knock.id])
    }
    await quiet(desk)
    const ids = (await desk.events()).map((it) => it.id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('a message that knocks at one process is threaded by another and answered through a third', async () => {
    const { vendor, desk } = at
    vendor.knocksAt(`${others[0]?.address}/in/whatsapp/main`)
    await vendor.write({ customer: 14 })
    const reply = await desk.replied((await desk.ticketOf(14)).id, { text: 'Merhaba!' })
    expect(vendor.ledger.of('accepted').filter((it) => it.ours === reply.id)).toHaveLength(1)
  })
})

it('S18 S19 nothing that was said in all this holds a secret, and no log names a person', () => {
  const told = { customers: [0, 1, 2, 10, 11, 14, 90], texts: ['kanarya-7713'] }
  expect(leaks(at.vendor, [at.gateway], told)).toEqual([])
})
