// The same walk where the log is Kafka: stand-in, event, ticket, reply, ledger.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { quiet, until } from '../../test/support/desk.ts'
import { journey, type Journey } from '../../test/support/journey.ts'
import { startKafkaBroker, type KafkaBroker } from '../../test/support/kafka-broker.ts'
import { standIn, type RunningX } from './stand-in/index.ts'

let broker: KafkaBroker
let at: Journey<RunningX>
beforeAll(async () => {
  broker = await startKafkaBroker()
  const env = { KAFKA_BROKERS: broker.address, INLET_KAFKA_PREFIX: 'x.', INLET_KAFKA_PARTITIONS: '4' }
  at = await journey('x', standIn, { seed: 702, env, bare: true })
  const { vendor, desk } = at
  const { settings, secrets } = vendor.caring()
  vendor.limit('dmRead', 10_000)
  vendor.stream.keepAlive(1_000)
  const { webhookId: _none, ...own } = settings
  await desk.account({ more: { settings: { ...own, pollMessagesSeconds: 1, stream: true }, secrets } })
  await desk.account({ id: 'second', n: 1, more: { endpoint: 'main' } })
}, 60_000)
afterAll(async () => {
  try {
    await at.end()
  } finally {
    await broker.close()
  }
}, 60_000)

it('G1 G4 D39 a message by webhook, twice, and by poll is one message; one answer, whose echo is no second; one post, one public answer', async () => {
  const { vendor, desk } = at
  await vendor.write({ customer: 0, text: 'Kargom nerede?' }, { times: 2, concurrently: true })
  const ticket = await desk.ticketOf(0)
  const reply = await desk.replied(ticket.id, { text: 'Yolda.' }, 'read')
  vendor.unheard({ customer: 0, text: 'Teşekkürler' })
  const post = await vendor.write({ customer: 1, kind: 'mention', text: 'açık mısınız?' })
  const answer = await desk.replied((await desk.ticketOf(1)).id, { text: 'Evet, 10.00’dan beri.' }, 'sent')
  const messages = await desk.messages(ticket.id, 3)
  await vendor.settled()
  await quiet(desk)
  expect(messages.map((it) => it.text)).toEqual(['Kargom nerede?', 'Yolda.', 'Teşekkürler'])
  expect((await desk.ticket(ticket.id)).messageCount).toBe(3)
  expect(vendor.ledger.of('accepted').map((it) => [it.kind, it.ours, it.id])).toEqual([
    ['dm', reply.id, reply.externalId],
    ['post', answer.id, answer.externalId],
  ])
  expect(vendor.ledger.of('accepted')[1]?.body['reply']).toEqual({ in_reply_to_tweet_id: post.id })
})

it('D39 G1 what the activity stream tells, which no poll would find, is a ticket of the account it is for; told by webhook too it is one', async () => {
  const { vendor, desk } = at
  await until(
    async () => vendor.stream.count(),
    (count) => count === 1,
  )
  const quote = vendor.told({ customer: 5, kind: 'quote', text: 'harika' })
  await vendor.stream.tell(quote.bytes, 0)
  await vendor.post(quote.bytes, { times: 2, concurrently: true })
  await vendor.streams({ customer: 6, account: 1, text: 'ikinci mağaza?' })
  const [one, other] = [await desk.ticketOf(5), await desk.ticketOf(6)]
  await quiet(desk)
  expect((await desk.messages(one.id)).map((it) => it.text)).toEqual(['harika'])
  expect(await desk.tickets()).toHaveLength(4)
  expect([one.account, other.account]).toEqual(['main', 'second'])
})
