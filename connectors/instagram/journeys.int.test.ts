// From the vendor to a ticket and back through whole processes, where no key of ours comes back. (On Kafka: test/walks.)
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MessageAnswer } from '../../schemas/answers.ts'
import { quiet, until } from '../../test/support/desk.ts'
import { journey, leaks, type Journey } from '../../test/support/journey.ts'
import { walkHealth } from '../../test/support/health-walk.ts'
import { walkWindow } from '../../test/support/window-walk.ts'
import { signedHeaders } from '../_shared/stand-in/meta-signing.ts'
import { pageOf, standIn, type RunningInstagram } from './stand-in/index.ts'

const hours = (count: number): number => count * 3_600_000
let at: Journey<RunningInstagram>
beforeAll(async () => {
  at = await journey('instagram', standIn, { seed: 311 })
}, 60_000)
afterAll(() => at.end(), 30_000)
const acceptedTo = (customer: number) =>
  at.vendor.ledger.of('accepted').filter((it) => it.to === at.vendor.customer(customer).id)
const said = (messages: readonly MessageAnswer[]) => messages.map((it) => [it.direction, it.text, it.state])

describe('private messages', () => {
  it('G1 G4 a message three times at once is one ticket, is answered once, and its echo is no second message', async () => {
    const { vendor, desk } = at
    const hello = await vendor.handshake()
    expect([hello.status, hello.body]).toEqual([200, hello.challenge])
    await vendor.write({ customer: 0, text: 'Merhaba, kanarya-7715 nerede?' }, { times: 3, concurrently: true })
    const ticket = await desk.ticketOf(0)
    expect(ticket).toMatchObject({ channel: 'instagram', window: { canReply: true, kind: 'free' } })
    // Asked of the vendor, and shown on the ticket that was opened without it.
    await until(
      () => desk.ticket(ticket.id),
      (found) => found.requester.name === vendor.customer(0).name,
    )
    await desk.replied(ticket.id, { text: 'Yolda.' }, 'read')
    await vendor.settled()
    await quiet(desk)
    expect(said(await desk.messages(ticket.id))).toEqual([
      ['in', 'Merhaba, kanarya-7715 nerede?', null],
      ['out', 'Yolda.', 'read'],
    ])
    expect(acceptedTo(0)).toHaveLength(1)
  })

  it('G7 G19 an echo that overtakes the answer to our call is no second message', async () => {
    const { vendor, desk } = at
    await vendor.write({ customer: 1 })
    const ticket = await desk.ticketOf(1)
    vendor.echoFirst(true)
    await desk.replied(ticket.id, { text: 'Hemen' }, 'read')
    vendor.echoFirst(false)
    await quiet(desk)
    expect(said(await desk.messages(ticket.id)).slice(1)).toEqual([['out', 'Hemen', 'read']])
  })

  it('F13 G19 an answer that is lost after the vendor took it is proven by its echo and never sent twice', async () => {
    const { vendor, desk } = at
    await vendor.write({ customer: 2 })
    vendor.fail(1, { how: 'reset-after-accept' })
    const ticket = await desk.ticketOf(2)
    await desk.replied(ticket.id, { text: 'Bir kere' }, 'read')
    await quiet(desk)
    expect(acceptedTo(2)).toHaveLength(1)
    expect(await desk.messages(ticket.id)).toHaveLength(2)
  })

  it('D38 D46 B16 a story mention is shown and not kept; what was taken back is gone; after seven days nothing goes', async () => {
    const { vendor, desk } = at
    const story = await vendor.write({ customer: 3, kind: 'story_mention' })
    const ticket = await desk.ticketOf(3)
    const [message] = await desk.messages(ticket.id)
    expect(message).toMatchObject({
      externalId: story.id,
      attachments: [{ state: 'live' }],
      parts: [{ kind: 'story' }],
    })
    const { id } = await vendor.write({
      customer: 4,
      text: 'yanlışlıkla',
      fields: { timestamp: Date.now() - hours(169) },
    })
    const late = await desk.ticketOf(4)
    const refused = await desk.reply(late.id, { text: 'Too late' })
    expect([refused.status, refused.body.code]).toEqual([422, 'window_closed'])
    await vendor.write({ customer: 4, kind: 'delete', about: id })
    await until(
      () => desk.messages(late.id),
      ([first]) => first?.text === '',
    )
  })
})

it('D48 D46 B16 B17 P17 a window opens with a message and ends on time, told once each; what it refuses never leaves', async () => {
  await walkWindow(at, 10)
})

it('P8 a dead token, an account without the app and a lost permission are each said in its health; what waited for them is sent once', async () => {
  await walkHealth(at, 11)
})

it('two accounts in one call, one joined by Instagram Login and one by the Page of Facebook Login: each answers its own way', async () => {
  const { vendor, desk } = at
  const { settings } = vendor.account(1)
  const pageId = pageOf({ id: String(settings['accountId']) })
  await desk.account({
    id: 'linked',
    n: 1,
    more: { endpoint: 'main', settings: { ...settings, loginModel: 'facebook', pageId } },
  })
  const both = await until(
    async () => {
      expect((await vendor.writeMany([{ customer: 13 }, { customer: 14, account: 1 }])).status).toBe(200)
      return desk.tickets('?account=linked')
    },
    (found) => found.length > 0,
  )
  const calls = () =>
    vendor.ledger.of('answered').flatMap(({ call }) => (call.endsWith('/messages') ? [call.split('/')[2]] : []))
  await desk.replied(both[0]!.id, { text: 'By the page' }, 'read')
  expect(calls().at(-1)).toBe(pageId)
  const mine = await desk.ticketOf(13)
  expect(mine.account).toBe('main')
  await desk.replied(mine.id, { text: 'By the account' }, 'read')
  expect(calls().at(-1)).toBe('me')
  // A token nobody knows the end of was renewed at the first look, once; a Page's does not end.
  const renewals = vendor.ledger.of('answered').filter(({ call }) => call === 'GET /refresh_access_token')
  expect(renewals).toHaveLength(1)
})

describe('comments', () => {
  it('one in two shapes is one ticket; the answer in public comes back and is no second message', async () => {
    const { vendor, desk } = at
    const { id } = await vendor.write({ customer: 5, kind: 'comment_flat', text: 'Fiyat nedir?' })
    await vendor.write({ customer: 5, kind: 'comment', id, text: 'Fiyat nedir?' })
    await vendor.write({ customer: 5, kind: 'mention', id, text: 'Fiyat nedir?' })
    const found = await until(
      async () => (await desk.tickets('?channel=instagram')).filter((it) => it.subject === 'Fiyat nedir?'),
      (tickets) => tickets.length > 0,
    )
    await desk.replied(found[0]!.id, { text: '29 avro' }, 'sent')
    await vendor.settled()
    await quiet(desk)
    expect(found).toHaveLength(1)
    expect((await desk.messages(found[0]!.id)).map((it) => it.text)).toEqual(['Fiyat nedir?', '29 avro'])
    expect(vendor.ledger.of('accepted').filter((it) => it.to === id)).toHaveLength(1)
  })

  it('B18 G7 G19 a private answer whose echo overtakes it is no second message, and who answers it is who commented', async () => {
    const { vendor, desk } = at
    await vendor.write({ customer: 6, kind: 'comment', text: 'Nasıl alırım?' })
    const find = (subject: string) =>
      until(
        async () => (await desk.tickets('?channel=instagram')).filter((it) => it.subject === subject),
        (tickets) => tickets.length === 1,
      )
    const [ticket] = await find('Nasıl alırım?')
    vendor.echoFirst(true)
    await desk.replied(ticket!.id, { text: 'Buradan yazın', parts: [{ kind: 'private_reply' }] }, 'read')
    vendor.echoFirst(false)
    await vendor.write({ customer: 6, text: 'Yazdım' })
    const [theirs] = await find('Yazdım')
    expect(theirs?.requester).toEqual(ticket?.requester)
    await quiet(desk)
    expect(said(await desk.messages(ticket!.id)).map(([, text]) => text)).toEqual(['Nasıl alırım?', 'Buradan yazın'])
    expect(
      (await desk.tickets('?channel=instagram')).filter(({ id }) => id !== ticket!.id && id !== theirs!.id),
    ).toSatisfy((others: readonly { readonly subject: string | null }[]) =>
      others.every((it) => it.subject !== 'Buradan yazın'),
    )
  })
})

describe('the door', () => {
  it('S1 S2 S6 F14 unsigned, forged and doubly signed calls leave nothing; signed garbage is kept and answered 200', async () => {
    const { vendor, desk, gateway } = at
    for (const signature of ['missing', 'wrong', 'doubled'] as const)
      expect((await vendor.write({ customer: 90 }, { signature, retry: false })).status).toBe(401)
    expect(await desk.list(`/v1/tickets?requester=${vendor.customer(90).address}`)).toEqual([])
    const { appSecret = '' } = vendor.account().secrets
    for (const text of ['', 'not json', '{"object":"instagram","entry":7}', '[]', '[{"object":"instagram"}]']) {
      const body = new TextEncoder().encode(text)
      const headers = signedHeaders(body, appSecret, 'right')
      expect(
        (await fetch(`${gateway.address}/in/instagram/main`, { method: 'POST', headers, body })).status,
        text,
      ).toBe(200)
    }
  })

  it('S8 S9 S10 a file elsewhere than at the vendor is blocked and said', async () => {
    const { vendor, desk } = at
    const attachments = [{ type: 'image', payload: { url: 'http://169.254.169.254/latest/meta-data' } }]
    await vendor.write({ customer: 9, fields: { message: { mid: 'aWdevil', attachments } } })
    const ticket = await desk.ticketOf(9)
    await until(
      async () => (await desk.messages(ticket.id))[0]?.attachments[0]?.state,
      (state) => state === 'blocked',
    )
  })

  it('S18 S19 nothing that was said in all this holds a secret, and no log names a person', () => {
    expect(leaks(at.vendor, [at.gateway], { customers: [0, 1, 2, 4], texts: ['kanarya-7715'] })).toEqual([])
  })
})
