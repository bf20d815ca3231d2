// Reviews of app stores through whole gateways, on both logs: read, changed, answered, answered anew; and read by one process of two.
import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StandIn } from '../../core/ports/stand-in.ts'
import type { AccountAnswer, HistoryAnswer } from '../../schemas/answers.ts'
import type { RunningReviews } from '../../connectors/_shared/stand-in/review-shelf.ts'
import { readRegistry } from '../../core/registry.ts'
import { foldersOf } from '../../infra/drivers/folders.ts'
import { deskOf, until, type Desk } from '../support/desk.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { endGateways, masterKey, startGateway, type Gateway } from '../support/gateway-process.ts'
import { startKafkaBroker, type KafkaBroker } from '../support/kafka-broker.ts'
import { noteSecrets } from '../support/canaries.ts'

/** Every channel of reviews there is: folders are found, not listed. */
const registry = await readRegistry(foldersOf())
const names = [...registry.channels].filter(([, it]) => 'review' in it.can).map(([name]) => name)
const longest = (name: string): number => registry.channels.get(name)!.can['review']!.text.max
/** Each with people of its own. */
const startStandIn = async (name: string): Promise<RunningReviews> =>
  ((await registry.standIn(name)) as StandIn<RunningReviews>).start({ seed: 34 + names.indexOf(name) })

interface Walk {
  readonly database: FreshDatabase
  readonly gateway: Gateway
  readonly vendors: Readonly<Record<string, RunningReviews>>
  readonly env: Readonly<Record<string, string>>
}
async function opened(more: Readonly<Record<string, string>>): Promise<Walk> {
  const database = await freshDatabase()
  const env = { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey, ...more }
  const vendors = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await startStandIn(name)] as const)),
  )
  const gateway = await startGateway({ env })
  for (const name of names) {
    noteSecrets(Object.values(vendors[name]!.account().secrets))
    // Some lists say nothing of an answer that was changed: the look that asks for it comes every few seconds here.
    const settings = { ...vendors[name]!.account().settings, deepHours: 0.0005 }
    await deskOf(gateway, name, vendors[name]!).account({ more: { settings } })
  }
  return { database, gateway, vendors, env }
}
const walks: Walk[] = []
/** Begun with the first walk, which need not wait for it. */
let starting: Promise<KafkaBroker> | null = null
beforeAll(() => {
  if (names.length > 0) starting = startKafkaBroker()
  starting?.catch(() => undefined)
})
afterAll(async () => {
  await endGateways()
  for (const { vendors, database } of walks) {
    for (const vendor of Object.values(vendors)) await vendor.stop()
    await database.close()
  }
  // Also where no test of it was asked for: it began to start beside the others.
  await (await starting?.catch(() => undefined))?.close()
})

/** One review from the customer to the ticket and back. */
async function walkOf(desk: Desk, name: string, vendor: RunningReviews): Promise<void> {
  const { id } = await vendor.write({ customer: 1, text: 'Sepet açılmıyor', fields: { title: '', stars: 1 } })
  const ticket = await desk.ticketOf(1)
  expect(ticket).toMatchObject({ channel: name, messageCount: 1, status: 'new', window: null })
  const words = async () => (await desk.messages(ticket.id)).map((it) => [it.direction, it.text, it.state])
  vendor.edit(id, { text: 'Sepet açıldı', stars: 4 })
  await until(words, ([first]) => first?.[1] === 'Sepet açıldı')
  const [message] = await desk.messages(ticket.id)
  expect(message).toMatchObject({ externalId: id, parts: [expect.objectContaining({ kind: 'review', stars: 4 })] })

  const long = await desk.reply(ticket.id, { text: 'x'.repeat(longest(name) + 1) })
  expect([long.status, long.body.code]).toEqual([422, 'too_long'])
  const first = await desk.replied(ticket.id, { text: 'Bakıyoruz.' }, 'sent')
  await desk.replied(ticket.id, { text: 'Düzelttik, teşekkürler.' }, 'sent')
  expect(vendor.live(id)).toBe('Düzelttik, teşekkürler.')
  expect((await desk.ticket(ticket.id)).status).toBe('pending')
  expect(vendor.ledger.of('accepted').map((it) => it.to)).toEqual([id, id])
  expect((await words()).map(([direction, text]) => [direction, text])).toEqual([
    ['in', 'Sepet açıldı'],
    ['out', 'Bakıyoruz.'],
    ['out', 'Düzelttik, teşekkürler.'],
  ])
  // By their words: stores tell times to the second, and the list is in the order of these.
  const standing = async () => {
    const all = await desk.messages(ticket.id)
    const wordsOf = (by: string | null) => all.find((it) => it.id === by)?.text ?? by
    return Object.fromEntries(all.filter((it) => it.direction === 'out').map((it) => [it.text, wordsOf(it.replacedBy)]))
  }
  const [old, mine, theirs] = ['Bakıyoruz.', 'Düzelttik, teşekkürler.', 'Bir iş arkadaşı yazdı.'] as const
  const soon = (marks: Readonly<Record<string, string | null>>) =>
    until(standing, (found) => isDeepStrictEqual(found, marks))
  await soon({ [old]: mine, [mine]: null })
  vendor.answerElsewhere(id, theirs, 0)
  await soon({ [old]: mine, [mine]: theirs, [theirs]: null })
  // Back to our words: they stand again, and nothing is on the ticket twice.
  vendor.answerElsewhere(id, mine, -0.1)
  await soon({ [old]: mine, [mine]: null, [theirs]: mine })
  const history = await desk.list<HistoryAnswer>(`/v1/tickets/${ticket.id}/history`)
  expect(history.filter((it) => it.event === 'ticket.message_replaced')).toHaveLength(4)
  const edits = await desk.told('?types=message.edited', ({ source }) => source.includes(`/${name}/`))
  expect([edits.length, first.externalId === null]).toEqual([1, false])
  vendor.edit(id, { text: 'Beş yıldız', stars: 5 })
  await until(
    () => desk.ticket(ticket.id),
    ({ status }) => status === 'open',
  )
  const health = await desk.list<AccountAnswer>('/v1/accounts')
  expect(health.find((it) => it.channel === name)?.health.state).toBe('connected')
}

// A house may have no store: a channel can be taken away. In this one a walk that is skipped fails the run (`.ci/count.ts`).
// A house may have no such channel: it can be taken away. In this one a walk that is skipped fails the run (`.ci/count.ts`).
describe.runIf(names.length > 0)('with the log in PostgreSQL', () => {
  let at: Walk
  beforeAll(async () => void walks.push((at = await opened({}))), 60_000)

  it.concurrent.each(names)(
    'D34 D35 D36 P19 %s: a review, its change, an answer, a second one in its place',
    async (name) => {
      await walkOf(deskOf(at.gateway, name, at.vendors[name]!), name, at.vendors[name]!)
    },
    40_000,
  )

  it('F18 P19 two processes: each store is read by one of them, and goes on with the other when that one leaves', async () => {
    const second = await startGateway({ env: at.env })
    const sql = async (text: string) =>
      (await at.database.pool('owner').query<{ name: string; owner: string }>(text)).rows
    const leases = () =>
      sql(`select name, owner from inlet.lease where name like 'receive/%' and until > now() order by name`)
    const before = await until(leases, (rows) => rows.length === names.length)
    expect(new Set(before.map((it) => it.name)).size).toBe(names.length)
    for (const name of names) await at.vendors[name]!.write({ customer: 2 })
    at.gateway.kill('SIGTERM')
    await at.gateway.ended
    for (const name of names) {
      const desk = deskOf(second, name, at.vendors[name]!)
      await at.vendors[name]!.write({ customer: 3 })
      expect((await desk.ticketsOf(2)).map((it) => it.messageCount)).toEqual([1])
      expect((await desk.ticketsOf(3)).map((it) => it.messageCount)).toEqual([1])
    }
  }, 60_000)
})

describe.runIf(names.length > 0)('with the log in Kafka', () => {
  let broker: KafkaBroker
  let at: Walk
  beforeAll(async () => {
    broker = await starting!
    const kafka = { KAFKA_BROKERS: broker.address, INLET_KAFKA_PREFIX: 'reviews.', INLET_KAFKA_PARTITIONS: '2' }
    walks.push((at = await opened(kafka)))
  }, 60_000)
  it.concurrent.each(names)(
    'D34 D35 D36 P19 %s: a review, its change, an answer, a second one in its place',
    async (name) => {
      await walkOf(deskOf(at.gateway, name, at.vendors[name]!), name, at.vendors[name]!)
    },
    40_000,
  )
})
