// The list of tickets against an oracle in memory; pages while rows arrive; one header for every channel; messages in order.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Compile } from 'typebox/compile'
import { MessageAnswer, TicketAnswer } from '../schemas/answers.ts'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import {
  contactId,
  seedConversation,
  seedMessage,
  seedTicket,
  ticketId,
  type TicketSeed,
} from '../test/support/seed-tickets.ts'

let bench: Bench
const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T
const statuses = [
  ['new', 'open'],
  ['open', 'open'],
  ['pending', 'waiting'],
  ['resolved', 'done'],
  ['spam', 'junk'],
] as const

/** Twenty tickets whose fields go round in different rhythms, so that no two filters mean the same. */
const seeds: readonly TicketSeed[] = Array.from({ length: 20 }, (_, n) => ({
  n,
  status: pick(statuses, n)[0],
  category: pick(statuses, n)[1],
  channel: pick(['testchannel', 'other', null], n),
  account: pick(['account-1', 'account-2'], n),
  brand: pick(['shop', 'club', null, 'shop'], n),
  assignee: pick([null, 'ada', 'bob'], n),
  team: pick(['support', null], n + 1),
  priority: pick(['low', 'normal', 'high', 'urgent'], n),
  type: pick(['question', null, 'claim'], n),
  topic: pick(['delivery', null], n),
  tags: pick([['vip'], ['vip', 'late'], [], ['new']], n),
  language: pick(['tr', 'en', null, 'TR'], n + 2),
  contact: contactId(n % 4),
  requester: { name: `Kişi ${n % 4}`, address: `+90555000${n % 4}` },
  subject: n % 5 === 0 ? `İade talebi 100% ${n}` : `Kargo ${n}`,
  createdAt: `2026-11-${String(1 + n).padStart(2, '0')}T12:00:00.000Z`,
}))

beforeAll(async () => {
  bench = await apiBench()
  for (const seed of seeds) await seedTicket(bench, seed)
  for (const n of [0, 1, 2, 3])
    await bench.sql(`insert into contact_key (workspace, key, contact) values ('main', $1, $2)`, [
      `phone:90555000${n}`,
      contactId(n),
    ])
  await seedMessage(bench, { n: 1, ticket: ticketId(3), text: 'Where is my parcel? It is a blue umbrella.' })
  await seedMessage(bench, { n: 2, ticket: ticketId(8), text: 'another umbrella, red' })
})
afterAll(() => bench.close())

interface Case {
  readonly query: string
  readonly fits: (seed: TicketSeed) => boolean
}
const day = (n: number): string => `2026-11-${String(n).padStart(2, '0')}`
const cases: readonly Case[] = [
  { query: 'status=pending', fits: (it) => it.status === 'pending' },
  { query: 'status=new,resolved', fits: (it) => it.status === 'new' || it.status === 'resolved' },
  { query: 'statusCategory=open', fits: (it) => it.category === 'open' },
  { query: 'channel=other', fits: (it) => it.channel === 'other' },
  { query: 'channel=none', fits: (it) => it.channel === null },
  { query: 'account=account-2', fits: (it) => it.account === 'account-2' },
  {
    query: 'account=testchannel/account-2,other/account-1',
    fits: (it) => ['testchannel/account-2', 'other/account-1'].includes(`${it.channel}/${it.account}`),
  },
  { query: 'account=none', fits: (it) => it.account === null },
  { query: 'brand=shop', fits: (it) => it.brand === 'shop' },
  { query: 'assignee=ada', fits: (it) => it.assignee === 'ada' },
  { query: 'assignee=none', fits: (it) => it.assignee === null },
  { query: 'assignee=none,bob', fits: (it) => it.assignee === null || it.assignee === 'bob' },
  { query: 'group=support', fits: (it) => it.team === 'support' },
  { query: 'priority=urgent', fits: (it) => it.priority === 'urgent' },
  { query: 'type=claim', fits: (it) => it.type === 'claim' },
  { query: 'topic=none', fits: (it) => it.topic === null },
  { query: 'tag=late', fits: (it) => it.tags?.includes('late') === true },
  { query: 'tag=late,new', fits: (it) => it.tags?.some((tag) => tag === 'late' || tag === 'new') === true },
  { query: 'folder=anything', fits: () => false },
  { query: 'folder=none', fits: () => true },
  { query: 'folder=anything,none', fits: () => true },
  { query: 'language=tr', fits: (it) => it.language === 'tr' || it.language === 'TR' },
  { query: 'language=TR,none', fits: (it) => it.language === null || it.language?.toLowerCase() === 'tr' },
  { query: `requester=${contactId(2)}`, fits: (it) => it.contact === contactId(2) },
  { query: 'requester=%2B905550001', fits: (it) => it.contact === contactId(1) },
  { query: 'requester=phone:905550003', fits: (it) => it.contact === contactId(3) },
  { query: `createdFrom=${day(15)}`, fits: (it) => (it.createdAt ?? '') >= day(15) },
  { query: `createdTo=${day(5)}T12:00:00.000Z`, fits: (it) => (it.createdAt ?? '') < `${day(5)}T12` },
  { query: `createdFrom=${day(5)}T15:00:00%2B03:00&createdTo=${day(8)}`, fits: (it) => it.n >= 4 && it.n <= 6 },
  { query: `q=${ticketId(7)}`, fits: (it) => it.n === 7 },
  { query: 'q=1007', fits: (it) => it.n === 7 },
  { query: 'q=%231012', fits: (it) => it.n === 12 },
  { query: 'q=umbrella', fits: (it) => it.n === 3 || it.n === 8 },
  { query: 'q=blue%20umbrella', fits: (it) => it.n === 3 },
  { query: 'q=100%25', fits: (it) => it.n % 5 === 0 },
  { query: 'q=kişi%202', fits: (it) => it.n % 4 === 2 },
  { query: "q='%20or%201=1--", fits: () => false },
]

async function idsOf(query: string): Promise<readonly string[]> {
  const { status, body } = await bench.call({ url: `/v1/tickets?limit=200&${query}` })
  expect(status, query).toBe(200)
  return (body as { items: { id: string }[] }).items.map((it) => it.id)
}
const expected = (...all: readonly Case[]): readonly string[] =>
  seeds.filter((seed) => all.every((one) => one.fits(seed))).map((seed) => ticketId(seed.n))

describe('the list', () => {
  it('D3 S15 gives the exact set for every filter alone', async () => {
    for (const one of cases) expect(new Set(await idsOf(one.query)), one.query).toEqual(new Set(expected(one)))
  })
  it('D3 gives the exact set for every two filters together', async () => {
    const nameOf = ({ query }: Case) => query.split('&').map((it) => it.split('=')[0])
    for (const [at, one] of cases.entries())
      for (const other of cases.slice(at + 1)) {
        if (nameOf(one).some((name) => nameOf(other).includes(name))) continue
        const both = `${one.query}&${other.query}`
        expect(new Set(await idsOf(both)), both).toEqual(new Set(expected(one, other)))
      }
  }, 60_000)
  it('D3 sorts by each key both ways', async () => {
    const ascending = seeds.map((seed) => ticketId(seed.n))
    for (const sort of ['createdAt', 'updatedAt', 'lastMessageAt', 'number'])
      for (const minus of ['', '-'])
        expect(await idsOf(`sort=${minus}${sort}`), sort).toEqual(minus ? ascending.toReversed() : ascending)
    const rank = ['urgent', 'high', 'normal', 'low']
    const byPriority = [...seeds].sort((a, b) => rank.indexOf(a.priority!) - rank.indexOf(b.priority!) || a.n - b.n)
    expect(await idsOf('sort=priority')).toEqual(byPriority.map((seed) => ticketId(seed.n)))
    expect(await idsOf('')).toEqual(ascending.toReversed())
  })
  it('D3 pages hold their place while rows arrive, in every order', async () => {
    for (const sort of [
      'createdAt',
      '-createdAt',
      'number',
      '-number',
      'priority',
      '-priority',
      'updatedAt',
      'lastMessageAt',
    ]) {
      const wanted = await idsOf(`sort=${sort}&tag=vip`)
      const seen: string[] = []
      let after = ''
      for (let page = 0; ; page++) {
        const { body } = await bench.call({ url: `/v1/tickets?limit=3&sort=${sort}&tag=vip${after}` })
        const { items, next } = body as { items: { id: string }[]; next: string | null }
        seen.push(...items.map((it) => it.id))
        if (next === null) break
        after = `&after=${encodeURIComponent(next)}`
        const n = 5_000 + page + seen.length * 10 + sort.length * 1_000
        await seedTicket(bench, { n, tags: ['vip'], createdAt: `2026-11-${pick(['02', '25'], page)}T00:00:00.123456Z` })
      }
      expect(
        seen.filter((id) => wanted.includes(id)),
        sort,
      ).toEqual(wanted)
      expect(new Set(seen).size).toBe(seen.length)
      await bench.sql('delete from ticket where number >= 6000')
    }
  })
  it('D3 goes on within one millisecond: a cursor keeps microseconds', async () => {
    for (const n of [900, 901, 902, 903])
      await seedTicket(bench, { n, type: 'micro', createdAt: `2026-11-09T00:00:00.000${n}Z` })
    const seen: string[] = []
    let after = ''
    do {
      const { body } = await bench.call({ url: `/v1/tickets?limit=1&sort=createdAt&type=micro${after}` })
      const { items, next } = body as { items: { id: string }[]; next: string | null }
      seen.push(...items.map((it) => it.id))
      after = next === null ? '' : `&after=${next}`
    } while (after !== '')
    expect(seen).toEqual([900, 901, 902, 903].map(ticketId))
    await bench.sql(`delete from ticket where type = 'micro'`)
  })
  it('refuses in words what it does not know', async () => {
    const refused = async (query: string) => {
      const { status, body } = await bench.call({ url: `/v1/tickets?${query}` })
      return { status, ...(body as { code: string; field: string; detail: string }) }
    }
    expect(await refused('asignee=ada')).toMatchObject({
      status: 400,
      code: 'unknown_field',
      field: 'asignee',
      detail: expect.stringContaining('Did you mean assignee?'),
    })
    expect(await refused('status=opne')).toMatchObject({ status: 400, field: 'status' })
    expect(await refused('sort=subject')).toMatchObject({ status: 400, field: 'sort' })
    expect(await refused('limit=0')).toMatchObject({ status: 400, field: 'limit' })
    expect(await refused('limit=all')).toMatchObject({ status: 400, field: 'limit' })
    expect(await refused('createdFrom=2026-02-30')).toMatchObject({ status: 400, field: 'createdFrom' })
    expect(await refused('after=nonsense')).toMatchObject({ status: 400, code: 'invalid_cursor' })
    expect(await refused('q=%00')).toMatchObject({ status: 400 })
    const { body } = await bench.call({ url: '/v1/tickets?limit=1&sort=number' })
    expect(await refused(`sort=createdAt&after=${(body as { next: string }).next}`)).toMatchObject({
      code: 'invalid_cursor',
    })
  })
})

describe('one ticket', () => {
  it('D5 has the same keys on every channel, and each fits its schema', async () => {
    const check = Compile(TicketAnswer)
    const keys = new Set<string>()
    const { body } = await bench.call({ url: '/v1/tickets?limit=200' })
    for (const ticket of (body as { items: object[] }).items) {
      keys.add(Object.keys(ticket).join())
      expect([...check.Errors(ticket)]).toEqual([])
    }
    expect(keys.size).toBe(1)
    expect([...keys][0]?.split(',')).toEqual(Object.keys(TicketAnswer.properties))
  })
  it('tells the window of its conversation as it stands now', async () => {
    const now = Date.now()
    const at = (hours: number) => new Date(now - hours * 3_600_000).toISOString()
    for (const [n, hours] of [
      [70, 1],
      [71, 30],
    ] as const)
      await seedTicket(bench, { n, category: 'done', conversation: await seedConversation(bench, n, at(hours)) })
    const windowOf = async (n: number) =>
      ((await bench.call({ url: `/v1/tickets/${ticketId(n)}` })).body as { window: object }).window
    expect(await windowOf(70)).toEqual({ canReply: true, kind: 'free', closesAt: at(-23), why: null })
    expect(await windowOf(71)).toMatchObject({
      canReply: false,
      kind: 'template',
      closesAt: null,
      why: expect.stringContaining('closed'),
    })
    expect(await windowOf(0)).toBeNull()
  })
  it('gives its version as ETag, and 404 for what is no id', async () => {
    const { headers } = await bench.call({ url: `/v1/tickets/${ticketId(0)}` })
    expect(headers['etag']).toBe('"1"')
    for (const id of ['tkt_x', ticketId(999), '1000', "'"])
      expect((await bench.call({ url: `/v1/tickets/${encodeURIComponent(id)}` })).status).toBe(404)
  })
})

describe('messages', () => {
  it('R4 come oldest first by when they were sent, and by when they came where two share a moment', async () => {
    const ticket = await seedTicket(bench, { n: 80 })
    const sent = ['10:00:02', '10:00:01', '10:00:01', '09:59:00', '10:00:01']
    for (const [at, time] of sent.entries())
      await seedMessage(bench, { n: 100 + at, ticket, text: `m${at}`, sentAt: `2026-11-20T${time}Z` })
    const texts: string[] = []
    let after = ''
    do {
      const { body } = await bench.call({ url: `/v1/tickets/${ticket}/messages?limit=2${after}` })
      const page = body as { items: { text: string }[]; next: string | null }
      texts.push(...page.items.map((it) => it.text))
      after = page.next === null ? '' : `&after=${page.next}`
    } while (after !== '')
    expect(texts).toEqual(['m3', 'm1', 'm2', 'm4', 'm0'])
  })
  it('D5 have every key, with their files in order and no key of a person', async () => {
    const ticket = await seedTicket(bench, { n: 81 })
    const message = await seedMessage(bench, {
      n: 200,
      ticket,
      text: 'hi',
      raw: { id: 'raw_1', at: '2026-11-20T10:00:00.000Z', key: 'k' },
    })
    for (const n of [1, 0])
      await bench.sql(
        `insert into attachment (workspace, id, message, n, name, type, size, sha256, state, blob) values ('main', $1, $2, $3, 'a.jpg', 'image/jpeg', 3, 'ab', 'stored', $4)`,
        [`att_${n}`, message, n, `sha256:${'0'.repeat(64)}`],
      )
    const { body, text } = await bench.call({ url: `/v1/tickets/${ticket}/messages` })
    const [item] = (body as { items: { attachments: { id: string }[]; raw: string }[] }).items
    expect([...Compile(MessageAnswer).Errors(item)]).toEqual([])
    expect(Object.keys(item!)).toEqual(Object.keys(MessageAnswer.properties))
    expect(item).toMatchObject({ raw: 'raw_1', attachments: [{ id: 'att_0' }, { id: 'att_1' }] })
    expect(text).not.toContain('phone:905')
    expect((await bench.call({ url: `/v1/messages/${message}` })).body).toEqual(item)
  })
  it('of a ticket that is not there are 404, not an empty page', async () => {
    for (const part of ['messages', 'history', 'replies'])
      expect((await bench.call({ url: `/v1/tickets/${ticketId(998)}/${part}` })).status).toBe(404)
  })
})
