// A customer at X, from the vendor to the desk and back, through whole processes: webhook and poll, messages and posts, tokens shared.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quiet, until } from '../../test/support/desk.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { noteSecrets } from '../../test/support/canaries.ts'
import { standIn, type RunningX } from './stand-in/index.ts'

let at: Journey<RunningX>
/** One that comes back from a limit at once: accounts of one app come back one after the other, by their names. */
const account = 'store'
interface Told {
  readonly data: { readonly payload: { readonly direct_message_events: readonly unknown[] } }
}
beforeAll(async () => {
  at = await journey('x', standIn, { seed: 701, bare: true })
  const { vendor, desk } = at
  vendor.limit('dmRead', 10_000)
  vendor.limit('dmSend', 10_000)
  const { settings, secrets } = vendor.signedIn('refresh')
  noteSecrets(Object.values(secrets))
  const polled = { ...settings, pollMentionsSeconds: 1, pollMessagesSeconds: 1 }
  await desk.account({ id: account, more: { settings: polled, secrets } })
}, 60_000)
afterAll(() => at.end(), 30_000)

const answers = (text: string) => at.vendor.ledger.of('accepted').filter((it) => it.body['text'] === text)
const said = (messages: readonly { direction: string; text: string }[]) => messages.map((it) => [it.direction, it.text])

describe('a direct message', () => {
  it('S5 G1 G4 D39 is one message of one ticket by webhook, repeat and poll; the answer goes out once, its echo is no second one', async () => {
    const { vendor, desk } = at
    const hello = await vendor.challenge()
    expect([hello.status, JSON.parse(hello.body)]).toEqual([200, { response_token: vendor.proofOf(hello.token) }])
    const knock = await vendor.write(
      { customer: 0, text: 'Merhaba, siparişim nerede?' },
      { times: 3, concurrently: true },
    )
    expect(knock.statuses).toEqual([200, 200, 200])
    const ticket = await desk.ticketOf(0)
    expect(ticket).toMatchObject({ channel: 'x', requester: { name: vendor.customer(0).name }, window: null })
    const reply = await desk.replied(ticket.id, { text: 'Yolda.' }, 'read')
    expect(answers('Yolda.')).toMatchObject([
      { kind: 'dm', ours: reply.id, id: reply.externalId, to: vendor.customer(0).id },
    ])
    await vendor.settled()
    const asked = vendor.ledger.of('answered').filter((it) => it.call.endsWith('dm_events')).length
    await until(
      async () => vendor.ledger.of('answered').filter((it) => it.call.endsWith('dm_events')).length,
      (count) => count >= asked + 2,
    )
    await quiet(desk)
    expect(said(await desk.messages(ticket.id, 2))).toEqual([
      ['in', 'Merhaba, siparişim nerede?'],
      ['out', 'Yolda.'],
    ])
  })

  it('D39 what the webhook never told is found by the poll, on the same ticket; what another tool wrote is there too', async () => {
    const { vendor, desk } = at
    vendor.unheard({ customer: 0, text: 'Orada mısınız?' })
    vendor.unheard({ customer: 1, text: 'Yeni müşteri' })
    vendor.elsewhere({ customer: 0, text: 'Telefondan yazdım.' })
    const ticket = await desk.ticketOf(0)
    const messages = await desk.messages(ticket.id, 4)
    expect(said(messages).slice(2)).toEqual([
      ['in', 'Orada mısınız?'],
      ['out', 'Telefondan yazdım.'],
    ])
    expect(said(await desk.messages((await desk.ticketOf(1)).id))).toEqual([['in', 'Yeni müşteri']])
    expect(await desk.tickets()).toHaveLength(2)
  })

  it('D42 an encrypted one is there as unreadable, with a word for the agent', async () => {
    const { vendor, desk } = at
    await vendor.write({ customer: 2, kind: 'encrypted' })
    const ticket = await until(
      async () => (await desk.tickets()).find((it) => it.requester.name === null),
      (found) => found !== undefined,
    )
    const [message] = await desk.messages(ticket?.id ?? '')
    expect(message?.parts).toMatchObject([
      { kind: 'unsupported', type: 'encrypted', why: expect.stringContaining('cannot read') },
    ])
  })

  it('F13 G19 an answer that was lost on the way is found at X, and not sent again', async () => {
    const { vendor, desk } = at
    vendor.fail(1, { how: 'reset-after-accept' })
    await desk.replied((await desk.ticketOf(1)).id, { text: 'Hoş geldiniz.' }, 'read')
    expect(answers('Hoş geldiniz.')).toHaveLength(1)
    const messages = await desk.messages((await desk.ticketOf(1)).id, 2)
    expect(said(messages)).toEqual([
      ['in', 'Yeni müşteri'],
      ['out', 'Hoş geldiniz.'],
    ])
  })
})

describe('a post', () => {
  it('D39 becomes a ticket, is answered in public, and what its author answers to that lands on the same ticket; edits, ours too, and deletions follow', async () => {
    const { vendor, desk } = at
    const post = await vendor.write({ customer: 3, kind: 'mention', text: 'uygulama kapalı mı?' })
    const ticket = await desk.ticketOf(3)
    const reply = await desk.replied(ticket.id, { text: 'Hemen bakıyoruz.' }, 'sent')
    expect(answers('Hemen bakıyoruz.')).toMatchObject([
      { kind: 'post', body: { reply: { in_reply_to_tweet_id: post.id } }, id: reply.externalId },
    ])
    await vendor.write({ customer: 3, kind: 'reply', about: reply.externalId ?? '', text: 'Teşekkürler' })
    expect(said(await desk.messages(ticket.id, 3)).at(-1)).toEqual(['in', 'Teşekkürler'])
    await vendor.write({ customer: 3, kind: 'edit', about: post.id, text: 'uygulama açıldı' })
    await until(
      async () => (await desk.messages(ticket.id, 3))[0]?.text,
      (text) => text === `@${vendor.account().settings['username']} uygulama açıldı`,
    )
    await vendor.write({ customer: 3, kind: 'edit', about: reply.externalId ?? '', text: 'Düzeldi.' })
    await until(
      async () => (await desk.messages(ticket.id, 3))[1]?.text,
      (text) => text === 'Düzeldi.',
    )
    const gone = await vendor.write({ customer: 3, kind: 'mention', text: 'silinecek' })
    const tickets = await desk.ticketsOf(3, 2)
    const other = tickets.find((it) => it.id !== ticket.id)
    await vendor.write({ customer: 3, kind: 'delete', about: gone.id })
    const deleted = await until(
      () => desk.events('?types=message.deleted'),
      (found) => found.length === 1,
    )
    expect(deleted[0]?.data['target']).toBe(gone.id)
    expect(other?.messageCount).toBe(1)
    expect((await desk.ticket(ticket.id)).messageCount).toBe(3)
  })

  it('D39 one of 281 by weight is refused with what would fit, before X is asked; one that did not call us gets its address', async () => {
    const { vendor, desk } = at
    const [ticket] = await desk.ticketsOf(3, 2)
    const asked = vendor.ledger.of('answered').filter((it) => it.call === 'POST /2/tweets').length
    const long = await desk.reply(ticket?.id ?? '', { text: '日'.repeat(141) })
    expect([long.status, long.body.code]).toEqual([422, 'too_long'])
    await vendor.write({
      customer: 4,
      kind: 'reply',
      about: answers('Hemen bakıyoruz.')[0]?.id ?? '',
      text: 'bende de öyle',
    })
    const refused = await desk.replied((await desk.ticketOf(4)).id, { text: 'Bakıyoruz.' }, 'failed')
    expect(refused.why).toMatch(/https:\/\/x\.com\/i\/status\/\d+/)
    expect(vendor.ledger.of('answered').filter((it) => it.call === 'POST /2/tweets')).toHaveLength(asked)
  })
})

describe('the door', () => {
  it('S1 S2 S6 S7 F14 nobody gets in unsigned, wrongly or doubly signed; a cut call is kept, one too large or too deep is not', async () => {
    const { vendor, gateway } = at
    for (const signature of ['missing', 'wrong', 'doubled'] as const)
      expect((await vendor.write({ customer: 90 }, { signature, retry: false })).status).toBe(401)
    expect((await vendor.post('{"for_user_id":"1","direct_')).status).toBe(200)
    // The answer may come before all of it was written: then the vendor sees the connection end.
    const large = await vendor.post(`{"for_user_id":"1","a":"${'x'.repeat(5_000_000)}"}`, { retry: false })
    expect([413, 0]).toContain(large.status)
    expect((await vendor.post('word', { retry: false })).status).toBe(401)
    expect((await vendor.post(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`, { retry: false })).status).toBe(400)
    expect((await gateway.call('GET', '/readyz', { key: null })).status).toBe(200)
  })

  it('G6 F14 ten thousand entries in a call of 3 MB are taken whole: what is a message is on the ticket, in order, what is none is set aside', async () => {
    const { vendor, desk } = at
    const messages = Array.from({ length: 100 }, (_, n) => {
      const call = JSON.parse(Buffer.from(vendor.told({ customer: 100, text: `${n}` }).bytes).toString()) as Told
      return call.data.payload.direct_message_events[0]
    })
    const likes = Array.from({ length: 9_899 }, (_, n) => ({ id: `${n}`, text: 'ç'.repeat(140) }))
    const us = vendor.account().settings['userId']
    const { id, name, address } = vendor.customer(100)
    const bytes = JSON.stringify({
      for_user_id: us,
      direct_message_events: [{ type: 7 }, ...messages],
      favorite_events: likes,
      users: { [id]: { id, name, screen_name: address.slice(1) } },
    })
    expect(Buffer.byteLength(bytes)).toBeGreaterThan(3_000_000)
    const before = (await desk.events('?types=ingest.quarantined')).length
    expect((await vendor.post(bytes)).statuses).toEqual([200])
    const ticket = await desk.ticketOf(100)
    await until(
      async () => (await desk.ticket(ticket.id)).messageCount,
      (count) => count === 100,
      30_000,
    )
    const texts = (await desk.messages(ticket.id, 100)).map((it) => it.text)
    expect(texts).toEqual(messages.map((_, n) => `${n}`))
    expect(await desk.events('?types=ingest.quarantined')).toHaveLength(before + 1)
  }, 60_000)

  it.each(['proto-keys', 'huge-numbers', 'lone-surrogates', 'unknown', 'xaa_dm_group'])(
    'F14 S7 G3 %s, twice, are taken, and the gateway stays well',
    async (name) => {
      const { vendor, gateway } = at
      const text = readFileSync(join(import.meta.dirname, `fixtures/${name}.json`), 'latin1')
      const ours = text.replaceAll('2244994945', String(vendor.account().settings['userId']))
      const knock = await vendor.post(Buffer.from(ours, 'latin1'), { times: 2, concurrently: true })
      expect(knock.statuses).toEqual([200, 200])
      expect((await gateway.call('GET', '/readyz', { key: null })).status).toBe(200)
    },
  )
})

it('P8 G20 a token that ended is renewed once by all processes together, every reply goes out once, and told to wait both wait', async () => {
  const { vendor, desk } = at
  await at.another('--only', 'deliver')
  const customers = [20, 21, 22, 23, 24, 25]
  for (const customer of customers) await vendor.write({ customer })
  const tickets = await Promise.all(customers.map((customer) => desk.ticketOf(customer)))
  const renewals = () => vendor.ledger.of('answered').filter((it) => it.call === 'POST /2/oauth2/token')
  const before = renewals().length
  vendor.expireTokens()
  await Promise.all(tickets.map((it, n) => desk.replied(it.id, { text: `Yanıt ${n}` }, 'read')))
  expect(
    renewals()
      .map((it) => it.status)
      .slice(before),
  ).toEqual([200])
  for (const n of customers.keys()) expect(answers(`Yanıt ${n}`)).toHaveLength(1)
  await restTogether(tickets.map((it) => it.id))
  const health = await at.gateway.call<{ state: string }>('GET', `/v1/accounts/x/${account}/health`)
  // Degraded by the calls for somebody else's account that knocked before; not dead.
  expect(health.body.state).not.toBe('auth_failed')
}, 60_000)

/** G20: X told one of two processes to wait; until it is time the other asks for nothing either. */
async function restTogether([one, other]: readonly string[]): Promise<void> {
  const { vendor, desk } = at
  const resetSeconds = Math.ceil(Date.now() / 1000) + 1
  const headers = { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': String(resetSeconds) }
  vendor.fail(1, { how: 'status', status: 429, headers, body: '{"title":"Too Many Requests","status":429}' })
  const first = await desk.reply(one ?? '', { text: 'Sonra' })
  // One process has said to all what X told it.
  await until(
    async () =>
      (await at.database!.pool('owner').query(`select why from inlet.account_hold where until > now()`)).rowCount,
    (held) => held === 1,
  )
  const sends = () => vendor.ledger.of('answered').filter((it) => it.call.endsWith('/messages'))
  const before = sends().length
  await desk.replied(other ?? '', { text: 'Daha sonra' }, 'read')
  await desk.replyIn(first.body.id, 'read')
  expect(
    sends()
      .slice(before)
      .map((it) => it.at >= resetSeconds * 1000),
  ).toEqual([true, true])
}

it('P8 an account whose app was sent away is not silent: auth_failed, and why', async () => {
  const { vendor, gateway, desk } = at
  await vendor.revoke()
  const health = await until(
    async () => (await gateway.call<{ state: string; why: string }>('GET', `/v1/accounts/x/${account}/health`)).body,
    (it) => it.state === 'auth_failed',
  )
  expect(health.why).toMatch(/permission at X/)
  await desk.told('?types=channel.health_changed', (it) => it.data['state'] === 'auth_failed')
})

it('S18 S19 no secret is said, and no customer named in a log', () => {
  const customers = [0, 1, 2, 3, 4, 100]
  expect(
    leaks(at.vendor, [at.gateway], { customers, texts: ['Merhaba, siparişim nerede?', 'uygulama kapalı mı?'] }),
  ).toEqual([])
})
