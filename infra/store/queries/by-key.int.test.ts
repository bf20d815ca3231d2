// What a limited person reads, and whoever asks for one customer's tickets: each row by its key, however many tickets there are.
import type { Pool } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TicketsAsk } from '../../../core/ports/queries.ts'
import { applyIn, openThread, threadNamed } from '../../../test/support/record.ts'
import { main, openStoreRig, type StoreRig } from '../../../test/support/store-rig.ts'
import { makeQueries } from './index.ts'

/** Enough that a scan of them is told from a look by key: tickets fill some ninety pages. */
const tickets = 2_000
/** Index and row of the ticket, and of the event; a scan has a hundred. */
const mostPages = 25

const anyTickets: TicketsAsk = {
  after: null,
  limit: 50,
  words: {},
  requester: null,
  createdFrom: null,
  createdTo: null,
  q: null,
  sort: 'createdAt',
  descending: true,
}

let rig: StoreRig
beforeAll(async () => {
  rig = await openStoreRig()
  const names = Array.from({ length: tickets }, (_, n) => `kept-${n}`)
  for (let at = 0; at < tickets; at += 200)
    await applyIn(
      rig.store,
      main,
      names.slice(at, at + 200).flatMap((name) => openThread(name)),
    )
  await rig.sql(`
    insert into inlet.feed (workspace, sequence, event_id, type, event)
    select workspace, row_number() over (order by number), gen_random_uuid(), 'ticket.tagged', json_build_object(
      'type', 'ticket.tagged', 'workspace', workspace, 'subject', id, 'data',
      case when number % 2 = 0 then json_build_object('ticket', id) else '{}' end)
    from inlet.ticket`)
  await rig.sql(
    `insert into inlet.feed_head (workspace, next) values ('${main}', ${tickets + 1}) on conflict (workspace) do update set next = excluded.next`,
  )
  await rig.sql('analyze inlet.ticket, inlet.feed, inlet.contact')
}, 60_000)
afterAll(() => rig.close())

interface Plan {
  readonly 'Actual Rows': number
  readonly 'Shared Hit Blocks': number
  readonly 'Shared Read Blocks': number
}
/** The queries of the API, for somebody who sees a part; what they ask of tickets and the feed is looked at before it is asked. */
function watched() {
  const pages: number[] = []
  const pool = {
    connect: async () => {
      const client = await rig.database.pool('desk').connect()
      const query = async (asked: string | object, values?: unknown[]) => {
        if (typeof asked === 'string' && /\bfrom (ticket|feed)\b/.test(asked)) {
          const { rows } = await client.query<{ 'QUERY PLAN': readonly [{ Plan: Plan }] }>(
            `explain (analyze, buffers, timing off, format json) ${asked}`,
            values,
          )
          const { Plan: plan } = rows[0]!['QUERY PLAN'][0]
          pages.push((plan['Shared Hit Blocks'] + plan['Shared Read Blocks']) / Math.max(1, plan['Actual Rows']))
        }
        return client.query(asked as string, values)
      }
      return { query, release: (broken?: Error) => client.release(broken) }
    },
  } as unknown as Pool
  const queries = makeQueries({ database: { pool: () => pool }, capabilities: () => null })
  return { pages, queries: queries.seenBy({ brands: null, channels: ['pigeon'] }) }
}

it('D54 S27 the feed of somebody who sees a part asks for the ticket of each event by its key', async () => {
  const { queries, pages } = watched()
  expect(await queries.events(main, { after: '100', types: [], limit: 50 })).toMatchObject({ items: { length: 50 } })
  expect(Math.max(...pages)).toBeLessThan(mostPages)
})

it('D3 the tickets of one contact are reached through them, however many others there are', async () => {
  const { queries, pages } = watched()
  const { contact, ticket } = threadNamed('kept-7')
  expect(await queries.tickets(main, { ...anyTickets, requester: contact })).toMatchObject({ items: [{ id: ticket }] })
  expect(Math.max(...pages)).toBeLessThan(mostPages)
})
