// The same walk where the log is Kafka: stand-in, event, ticket, reply, ledger.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { quiet } from '../../test/support/desk.ts'
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
  const { settings, secrets } = vendor.account()
  vendor.limit('dmRead', 10_000)
  await desk.account({ more: { settings: { ...settings, pollMessagesSeconds: 1 }, secrets } })
}, 60_000)
afterAll(async () => {
  await at.end()
  await broker.close()
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
}, 40_000)
