// From the vendor to a ticket and back through whole processes: two pages behind one endpoint. (On Kafka: test/walks.)
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quiet, until } from '../../test/support/desk.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { walkHealth } from '../../test/support/health-walk.ts'
import { walkWindow } from '../../test/support/window-walk.ts'
import { signedHeaders } from '../_shared/stand-in/meta-signing.ts'
import { standIn, type RunningMessenger } from './stand-in/index.ts'

const hours = (count: number): number => count * 3_600_000
let at: Journey<RunningMessenger>
beforeAll(async () => {
  at = await journey('messenger', standIn, { seed: 301 })
}, 60_000)
afterAll(() => at.end(), 30_000)
const sentOf = (reply: string) => at.vendor.ledger.of('accepted').filter((it) => it.ours === reply)

describe('private messages', () => {
  it('G1 G4 a message three times at once is one ticket, is answered once, and its echo is no second message', async () => {
    const { vendor, desk } = at
    const hello = await vendor.handshake()
    expect([hello.status, hello.body]).toEqual([200, hello.challenge])
    expect((await vendor.handshake('another')).status).toBe(403)
    const knock = await vendor.write(
      { customer: 0, text: 'Merhaba, kanarya-7714 nerede?' },
      { times: 3, concurrently: true },
    )
    const ticket = await desk.ticketOf(0)
    expect(ticket).toMatchObject({ channel: 'messenger', account: 'main', window: { canReply: true, kind: 'free' } })
    // Asked of the vendor, and shown on the ticket that was opened without it.
    await until(
      () => desk.ticket(ticket.id),
      (found) => found.requester.name === vendor.customer(0).name,
    )
    const reply = await desk.replied(ticket.id, { text: 'Yolda.' }, 'read')
    expect(sentOf(reply.id)).toHaveLength(1)
    await vendor.settled()
    await quiet(desk)
    const messages = await desk.messages(ticket.id)
    expect(messages.map((it) => [it.direction, it.text, it.state])).toEqual([
      ['in', 'Merhaba, kanarya-7714 nerede?', null],
      ['out', 'Yolda.', 'read'],
    ])
    expect(messages[0]?.externalId).toBe(knock.id)
  })

  it('F13 G19 an answer that is lost after the vendor took it is proven by its echo and never sent twice', async () => {
    const { vendor, desk } = at
    await vendor.write({ customer: 1 })
    vendor.fail(1, { how: 'reset-after-accept' })
    const reply = await desk.replied((await desk.ticketOf(1)).id, { text: 'Bir kere' }, 'read')
    expect(sentOf(reply.id)).toHaveLength(1)
  })

  it('another tool’s answer is an agent’s message of the ticket; an edit and a reaction find what they are about', async () => {
    const { vendor, desk } = at
    const { id } = await vendor.write({ customer: 2, text: 'eski' })
    const ticket = await desk.ticketOf(2)
    await vendor.writeMany([
      { customer: 2, kind: 'other_app', text: 'from the inbox' },
      { customer: 2, kind: 'edit', about: id, text: 'yeni' },
      { customer: 2, kind: 'reaction', about: id, text: '❤️' },
    ])
    const [first, second] = await until(
      () => desk.messages(ticket.id, 2),
      (found) => found[0]?.text === 'yeni',
    )
    expect(first).toMatchObject({ externalId: id, direction: 'in' })
    expect(second).toMatchObject({ direction: 'out', kind: 'agent', text: 'from the inbox' })
    expect((await desk.ticket(ticket.id)).status).toBe('pending')
  })

  it('two pages in one call are two accounts, each answering with its own token, and a page nobody claims harms neither', async () => {
    const { vendor, desk, gateway } = at
    await desk.account({ id: 'outlet', n: 1, more: { endpoint: 'main' } })
    const claimed = () => vendor.writeMany([{ customer: 3 }, { customer: 3, account: 1 }, { customer: 3, account: 2 }])
    // Other accounts are heard of within seconds; until then what is theirs waits in quarantine, and the vendor is not told.
    const both = await until(
      async () => {
        expect((await claimed()).status).toBe(200)
        return desk.tickets('?account=outlet')
      },
      (found) => found.length > 0,
    )
    const reply = await desk.replied(both[0]!.id, { text: 'From the outlet' }, 'read')
    const calls = vendor.ledger.of('answered').filter((it) => it.call.endsWith('/messages'))
    expect(calls.at(-1)?.call).toContain(String(vendor.account(1).settings['pageId']))
    expect(sentOf(reply.id)).toHaveLength(1)
    expect((await desk.ticketOf(3)).account).toBe('main')
    const health = await gateway.call<{ state: string; why: string }>('GET', '/v1/accounts/messenger/main/health')
    expect(health.body).toMatchObject({
      state: 'degraded',
      why: expect.stringContaining('no account of this endpoint claims'),
    })
  })

  it('D38 D46 B16 the window is shown and kept: tagged after a day, refused here after seven with the way out', async () => {
    const { vendor, desk } = at
    const old = (since: number) => ({ timestamp: Date.now() - since })
    await vendor.write({ customer: 5, fields: old(hours(25)) })
    const ticket = await desk.ticketOf(5)
    expect(ticket.window).toMatchObject({ canReply: true, kind: 'tagged' })
    const reply = await desk.replied(ticket.id, { text: 'A person answers' }, 'read')
    expect(sentOf(reply.id)[0]?.body).toMatchObject({ tag: 'HUMAN_AGENT' })
    const bot = await desk.reply(ticket.id, { text: 'A bot', author: 'bot' })
    expect([bot.status, bot.body.code]).toEqual([422, 'window_closed'])
    await vendor.write({ customer: 6, fields: old(hours(7 * 24) + 1_000) })
    const late = await desk.ticketOf(6)
    expect(late.window).toMatchObject({ canReply: false })
    const refused = await desk.reply(late.id, { text: 'Too late' })
    expect(refused.body).toMatchObject({
      code: 'window_closed',
      detail: expect.stringContaining('it opens when they write again'),
    })
  })
})

it('D48 D46 B16 B17 P17 a window opens with a message and ends on time, told once each; what it refuses never leaves', async () => {
  await walkWindow(at, 10)
})

it('P8 a dead token, an account without the app and a lost permission are each said in its health; what waited for them is sent once', async () => {
  await walkHealth(at, 13)
})

it('B16 D48 a tapped link opens the window, though nobody spoke and it is nobody’s turn', async () => {
  const { vendor, desk } = at
  await vendor.write({ customer: 15, kind: 'referral' })
  const ticket = await desk.ticketOf(15)
  expect(ticket).toMatchObject({ tags: ['automatic'], window: { canReply: true, kind: 'free' } })
  await desk.replied(ticket.id, { text: 'Nasıl yardımcı olabiliriz?' }, 'read')
})

describe('comments', () => {
  it('one is answered in public as a comment and once in private, and what we wrote comes back as no second message', async () => {
    const { vendor, desk } = at
    const { id } = await vendor.write({ customer: 7, kind: 'comment', text: 'Lizbon’a gönderiyor musunuz?' })
    const [ticket] = await until(
      async () => (await desk.tickets('?channel=messenger')).filter((it) => it.subject?.startsWith('Lizbon') === true),
      (found) => found.length === 1,
    )
    expect(ticket).toMatchObject({ window: null, requester: { name: vendor.customer(7).name } })
    await desk.replied(ticket!.id, { text: 'Evet!' }, 'sent')
    await desk.replied(ticket!.id, { text: 'Adresinizi yazın', parts: [{ kind: 'private_reply' }] }, 'delivered')
    const second = await desk.reply(ticket!.id, { text: 'Bir daha', parts: [{ kind: 'private_reply' }] })
    expect([second.status, second.body.code]).toEqual([422, 'already_answered'])
    await vendor.write({ customer: 7, kind: 'comment', about: id, text: 'Teşekkürler' })
    await vendor.write({ customer: 7, kind: 'comment_edit', about: id, text: 'Porto’ya gönderiyor musunuz?' })
    const messages = await until(
      () => desk.messages(ticket!.id, 4),
      (found) => found[0]?.text.startsWith('Porto') === true,
    )
    await quiet(desk)
    // Comments come with whole seconds: their order among our answers is not told.
    expect(messages.map((it) => it.direction).toSorted()).toEqual(['in', 'in', 'out', 'out'])
    expect(vendor.ledger.of('accepted').filter((it) => it.to === id)).toHaveLength(1)
    // Where the private answer arrived is the same person, by an id that no comment tells.
    await vendor.write({ customer: 7, text: 'Adresim Galata' })
    const theirs = await until(
      async () => (await desk.tickets('?channel=messenger')).filter((it) => it.subject === 'Adresim Galata'),
      (found) => found.length === 1,
    )
    expect(theirs[0]?.requester).toEqual(ticket?.requester)
  })

  it('G7 a removal that comes before its comment wins over it', async () => {
    const { vendor, desk } = at
    const fixed = { text: 'Silinen yorum', id: '122104736822012345_987' }
    const comment = await vendor.write(
      { customer: 12, kind: 'comment', ...fixed },
      { signature: 'wrong', retry: false },
    )
    await vendor.write({ customer: 12, kind: 'comment_remove', about: comment.id })
    await vendor.write({ customer: 12, kind: 'comment', ...fixed })
    const [ticket] = await until(
      async () =>
        (await desk.tickets('?channel=messenger')).filter((it) => it.requester?.name === vendor.customer(12).name),
      (found) => found.length === 1,
    )
    const [message] = await desk.messages(ticket!.id)
    expect(message).toMatchObject({ externalId: fixed.id, text: '', deleted: true })
  })
})

describe('the door', () => {
  it('S1 S2 S6 unsigned, forged and doubly signed calls are refused and leave nothing behind', async () => {
    const { vendor, desk } = at
    for (const signature of ['missing', 'wrong', 'doubled'] as const)
      expect((await vendor.write({ customer: 90 }, { signature, retry: false })).status).toBe(401)
    expect(await desk.list(`/v1/tickets?requester=${vendor.customer(90).address}`)).toEqual([])
  })

  it('S3 while the app secret is changed both sign, and a wrong one never does', async () => {
    const { vendor, gateway } = at
    const path = '/v1/accounts/messenger/main'
    const { version } = (await gateway.call<{ version: number }>('GET', path)).body
    const until10 = new Date(Date.now() + 600_000).toISOString()
    const { appSecret = '' } = vendor.account().secrets
    const secrets = {
      appSecret: 'the-new-secret-0123456789',
      appSecretPrevious: appSecret,
      appSecretPreviousUntil: until10,
    }
    expect((await gateway.call('PATCH', path, { body: { version, secrets } })).status).toBe(200)
    const bytes = vendor.ledger.of('knocked')[0]!.bytes
    const post = (by: string) =>
      fetch(`${gateway.address}/in/messenger/main`, {
        method: 'POST',
        headers: signedHeaders(bytes, by, 'right'),
        body: new Uint8Array(bytes),
      })
    await until(
      async () => (await post('the-new-secret-0123456789')).status,
      (status) => status === 200,
    )
    expect((await post(appSecret)).status).toBe(200)
    expect((await post('neither')).status).toBe(401)
  })

  it('F14 S7 garbage that is signed is kept in quarantine and answered 200; what is too deep is refused', async () => {
    const { gateway } = at
    const post = (text: string) => {
      const bytes = new TextEncoder().encode(text)
      return fetch(`${gateway.address}/in/messenger/main`, {
        method: 'POST',
        headers: signedHeaders(bytes, 'the-new-secret-0123456789', 'right'),
        body: bytes,
      })
    }
    for (const text of [
      '',
      'not json',
      '{"object":"page","entry":7}',
      '{"object":"page","entry":[{"id":"682498302938465","messaging":[7]}]}',
      '[]',
    ])
      expect((await post(text)).status, text).toBe(200)
    expect((await post('['.repeat(40) + ']'.repeat(40))).status).toBe(400)
  })

  it('S8 S9 S10 a file is fetched from the vendor’s own hosts alone; an address elsewhere is blocked and said', async () => {
    const { vendor, desk } = at
    await vendor.write({ customer: 8, kind: 'image', file: { name: 'a.png', type: 'image/png', bytes: png } })
    const url = 'http://169.254.169.254/latest/meta-data'
    const attachments = [{ type: 'image', payload: { url } }]
    await vendor.write({ customer: 9, fields: { message: { mid: 'm_evil', attachments } } })
    const stateOf = async (customer: number) => {
      const [message] = await desk.messages((await desk.ticketOf(customer)).id)
      return message?.attachments[0]
    }
    expect(
      await until(
        () => stateOf(8),
        (it) => it?.state !== 'pending',
      ),
    ).toMatchObject({ state: 'stored', type: 'image/png' })
    expect(
      await until(
        () => stateOf(9),
        (it) => it?.state !== 'pending',
      ),
    ).toMatchObject({ state: 'blocked' })
  })

  it('S18 S19 nothing that was said in all this holds a secret, and no log names a person', () => {
    expect(leaks(at.vendor, [at.gateway], { customers: [0, 1, 2, 5], texts: ['kanarya-7714'] })).toEqual([])
  })
})
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
)
