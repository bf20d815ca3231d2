// How long customers waited: the example of the field, what counts and what does not, who sees it; and the same again from the feed's events alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReplyCancelled } from '../schemas/reply.ts'
import type { AnyEvent } from '../schemas/events.ts'
import type { ChannelName, Instant, TicketId } from '../schemas/ids.ts'
import type { ResponseTimesAnswer, SlaReportAnswer } from '../schemas/report-answers.ts'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { put, ticketNamed, waits } from '../test/support/assign-rig.ts'
import { noteSecrets } from '../test/support/canaries.ts'
import { until } from '../test/support/deliver-rig.ts'
import { openDoor } from '../test/support/people-door.ts'
import { seeded } from '../test/support/mutate.ts'
import { seed } from '../test/support/seed.ts'
import { seedMessage, seedTicket, ticketId, messageId, type TicketSeed } from '../test/support/seed-tickets.ts'
import { runLoops, walkHouse, type WalkHouse } from '../test/support/walk-house.ts'

let on: WalkHouse
let bench: Bench
let end: () => Promise<void>
beforeAll(async () => {
  on = await walkHouse({ seed: 91 })
  bench = await apiBench({ database: on.database, api: { commands: on.house.commands } })
  end = runLoops(on.house, { workers: ['feed'], relay: true })
})
afterAll(async () => {
  await end()
  await bench.close()
  await on.close()
})

const report = async (query: string): Promise<ResponseTimesAnswer> => {
  const answer = await bench.call({ url: `/v1/reports/response-times?${query}` })
  expect(answer.status, answer.text).toBe(200)
  return answer.body
}
/** What happened to it, each so many minutes after it was opened. */
type Happening = readonly [minute: number, type: string, data: object]
const opened = (n: number) => `2026-03-02T10:${String(n).padStart(2, '0')}:00.000Z`
const given = (minute: number, to = 'ada'): Happening => [
  minute,
  'ticket.assigned',
  { field: 'assignee', from: null, to },
]
const moved = (minute: number, to: string, category: string): Happening => [
  minute,
  'ticket.status_changed',
  { from: 'open', to, category },
]
let messages = 5_000
async function ticket(n: number, happened: readonly Happening[], more: Partial<TicketSeed> = {}): Promise<void> {
  await seedTicket(bench, { n, createdAt: opened(n), ...more })
  for (const [minute, type, data] of happened)
    await bench.sql(`insert into ticket_event (workspace, ticket, event) values ($1, $2, $3)`, [
      more.workspace ?? 'main',
      ticketId(n),
      JSON.stringify({
        type,
        at: new Date(Date.parse(opened(n)) + minute * 60_000).toISOString(),
        data: { ticket: ticketId(n), ...data },
      }),
    ])
}
async function said(n: number, minute: number, more: object = {}, set: string | null = null): Promise<Happening> {
  const m = (messages += 1)
  await seedMessage(bench, { n: m, ticket: ticketId(n), text: 'x' })
  if (set !== null) await bench.sql(`update message set ${set} where id = $1`, [messageId(m)])
  return [minute, 'ticket.message_added', { message: messageId(m), direction: 'out', kind: 'agent', ...more }]
}
const march = 'createdFrom=2026-03-01&createdTo=2026-04-01'

describe('the mean from when it was given to an agent', () => {
  it('D52 two and four minutes are three, until the first answer and until it is resolved', async () => {
    const done = { status: 'resolved', category: 'done', channel: 'one', assignee: 'ada', brand: 'shop' }
    await ticket(1, [given(5), await said(1, 7), await said(1, 30), moved(7, 'resolved', 'done')], done)
    await ticket(2, [given(1), given(2, 'bob'), await said(2, 5), moved(5, 'resolved', 'done')], done)
    expect(await report(march)).toEqual({
      createdFrom: '2026-03-01T00:00:00.000Z',
      createdTo: '2026-04-01T00:00:00.000Z',
      tickets: 2,
      firstResponse: { tickets: 2, averageSeconds: 180 },
      resolution: { tickets: 2, averageSeconds: 180 },
    })
  })

  it('D52 V9 counts what a person said to the customer after that, and what is resolved now', async () => {
    const done = { status: 'resolved', category: 'done', channel: 'two' }
    const bot = await said(10, 2, { kind: 'bot' })
    const wrote = await said(10, 2, { direction: 'in', kind: 'user' })
    const before = await said(10, 0)
    const failed = await said(10, 3, {}, `state = 'failed'`)
    const forward = await said(10, 4, {}, `parts = '[{"kind":"forwarded"}]'`)
    await ticket(10, [before, given(1), bot, wrote, failed, forward, await said(10, 11)], { channel: 'two' })
    const back = [moved(4, 'resolved', 'done'), moved(6, 'reopened', 'open'), moved(21, 'resolved', 'done')]
    await ticket(11, [given(1), ...back, moved(25, 'closed', 'done')], done)
    await ticket(12, [given(1), ...back.slice(0, 2)], { channel: 'two' })
    await ticket(13, [await said(13, 1), moved(2, 'resolved', 'done')], done)
    await ticket(14, [given(1), moved(2, 'spam', 'junk')], { channel: 'two', status: 'spam', category: 'junk' })
    expect(await report(`${march}&channel=two`)).toMatchObject({
      tickets: 5,
      firstResponse: { tickets: 1, averageSeconds: 600 },
      resolution: { tickets: 1, averageSeconds: 1200 },
    })
  })

  it('D52 by brand, channel, who has it and when it was opened; of none there is no mean', async () => {
    const tickets = async (query: string) => (await report(query)).tickets
    expect(await tickets(`${march}&brand=shop`)).toBe(2)
    expect(await tickets(`${march}&brand=shop&channel=two`)).toBe(0)
    expect(await tickets(`${march}&assignee=ada`)).toBe(2)
    expect(await tickets(`${march}&assignee=none`)).toBe(5)
    expect(await tickets('createdFrom=2026-03-02T10:02:00Z&createdTo=2026-03-02T10:11:00Z')).toBe(2)
    expect(await report(`${march}&brand=nowhere`)).toMatchObject({
      tickets: 0,
      firstResponse: { tickets: 0, averageSeconds: null },
      resolution: { tickets: 0, averageSeconds: null },
    })
    for (const [query, field] of [
      ['createdFrom=2026-03-02&createdTo=2026-03-01', 'createdTo'],
      ['createdFrom=2024-01-01&createdTo=2026-01-01', 'createdFrom'],
      ['createdFrom=yesterday', 'createdFrom'],
    ] as const)
      expect(await bench.call({ url: `/v1/reports/response-times?${query}` })).toMatchObject({
        status: 400,
        body: { field },
      })
  })

  it('D52 D54 D56 S27 holds nothing of another workspace, and of others’ brands nothing for whoever is limited; an agent asks in vain', async () => {
    await bench.sql(`insert into workspace (workspace, name) values ('other', 'Other')`)
    await ticket(20, [given(1)], { workspace: 'other', channel: 'two' })
    expect((await report(`${march}&channel=two`)).tickets).toBe(5)
    const password = 'kedi çatıda uyur 71'
    noteSecrets([password])
    const door = openDoor(bench)
    const seen = async (name: string, role: 'supervisor' | 'agent', limits: object) => {
      const { token } = await door.person({ name, email: `${name}@shop.example`, role, ...limits }, password)
      const { status, body } = await door.get(`/v1/reports/response-times?${march}`, token)
      return [
        status,
        (body as Partial<ResponseTimesAnswer>).tickets,
        (body as Partial<ResponseTimesAnswer>).firstResponse,
      ]
    }
    expect(await seen('all', 'supervisor', {})).toEqual([200, 7, { tickets: 3, averageSeconds: 320 }])
    expect(await seen('part', 'supervisor', { brands: ['shop'] })).toEqual([
      200,
      2,
      { tickets: 2, averageSeconds: 180 },
    ])
    expect(await seen('agent', 'agent', {})).toEqual([403, undefined, undefined])
    // Where there are people, a ticket goes to one of them alone; the next test needs none.
    await bench.sql(`delete from agent where workspace = 'main'`)
  })
})

describe('what became of promises', () => {
  const started = '2026-03-02T10:00:00.000Z'
  const told = (minute: number, type: string): Happening => [
    minute,
    `sla.${type}`,
    { metric: 'firstResponse', policy: 'gold', startedAt: started, targetMinutes: 60 },
  ]
  it('D17 D54 D56 S27 holds nothing of another workspace, and of others’ brands and channels nothing for whoever is limited; an agent asks in vain', async () => {
    await ticket(30, [told(0, 'started'), told(5, 'met')], { brand: 'shop', channel: 'one' })
    await ticket(31, [told(0, 'started'), told(60, 'breached')], { brand: 'bank', channel: 'two' })
    await ticket(32, [told(0, 'started')], { brand: 'shop', channel: 'two' })
    await ticket(33, [told(0, 'started')], { channel: 'two' })
    await ticket(34, [told(0, 'started')], { workspace: 'other', brand: 'shop', channel: 'one' })
    const password = 'kedi çatıda uyur 72'
    noteSecrets([password])
    const door = openDoor(bench)
    const tokenOf = async (name: string, role: 'supervisor' | 'agent', limits: object) =>
      (await door.person({ name, email: `${name}.sla@shop.example`, role, ...limits }, password)).token
    const seen = async (token: string, more = '') => {
      const { status, body } = await door.get(`/v1/reports/sla?${march}&by=brand${more}`, token)
      const { items = [] } = body as Partial<SlaReportAnswer>
      return [status, items.map(({ value, clocks, met, missed }) => [value, clocks, met, missed])]
    }
    const all = await tokenOf('all', 'supervisor', {})
    const bank = ['bank', 1, 0, 1]
    const [one, both] = [
      ['shop', 1, 1, 0],
      ['shop', 2, 1, 0],
    ]
    expect(await seen(all)).toEqual([200, [[null, 1, 0, 0], bank, both]])
    const brand = await tokenOf('brand', 'supervisor', { brands: ['shop'] })
    expect(await seen(brand)).toEqual([200, [both]])
    // Nor by naming what is not theirs.
    expect(await seen(brand, '&brand=bank')).toEqual([200, []])
    const channel = await tokenOf('channel', 'supervisor', { channels: ['one'] })
    expect(await seen(channel)).toEqual([200, [one]])
    const part = await tokenOf('part', 'supervisor', { brands: ['bank'], channels: ['one'] })
    expect(await seen(part)).toEqual([200, []])
    expect(await seen(await tokenOf('agent', 'agent', {}))).toEqual([403, []])
    await bench.sql(`delete from agent where workspace = 'main'`)
  })
})

it.each(['response-times', 'sla'])(
  'D52 D17 %s of more than the database counts in its time is refused in words that help, and not as trouble that passes',
  async (name) => {
    const holding = await bench.database.pool('owner').connect()
    try {
      await holding.query('begin; lock table inlet.ticket_event in access exclusive mode')
      const answer = bench.call({ url: `/v1/reports/${name}?${march}` })
      // As it does itself after half a minute, by the same word.
      await until(async () => {
        const ended = await bench.sql(
          `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%ticket_event h%'`,
        )
        return ended.length === 1
      })
      const { status, body } = await answer
      expect([status, body]).toMatchObject([400, { code: 'too_many', field: 'createdFrom' }])
    } finally {
      await holding.query('rollback')
      holding.release()
    }
  },
)

const where = { channel: '_template' as ChannelName, account: 'main', kind: 'dm' }
it('D52 is what the feed’s events give, whatever is done to tickets', async () => {
  const chance = seeded(seed)
  const start = new Date(Date.now() - 1_000).toISOString() as Instant
  const ids = Array.from({ length: 8 }, (_, n) => ticketNamed(`w${n}`))
  await put(
    on.house.store,
    ids.map((_, n) =>
      waits(n, where).flatMap((it) =>
        it.do === 'queue-ticket'
          ? []
          : [it.do === 'open-ticket' ? { ...it, ticket: { ...it.ticket, createdAt: start } } : it],
      ),
    ),
  )
  for (let n = 0; n < 90; n += 1) await act(ids[chance(ids.length)]!, chance)
  const made = await bench.sql(`select count(*)::int as n from ticket_event where ticket = any ($1)`, [ids])
  let events: readonly AnyEvent[] = []
  await until(async () => {
    events = await feed()
    return events.filter((it) => it.type.startsWith('ticket.') && ids.includes(ticketOf(it)!)).length === made[0]!['n']
  })
  const found = await report(`createdFrom=${start}`)
  const wanted = recompute(events, ids)
  expect(found.tickets).toBe(ids.length)
  for (const mean of ['firstResponse', 'resolution'] as const) {
    expect([mean, found[mean].tickets]).toEqual([mean, wanted[mean].tickets])
    expect(found[mean].averageSeconds ?? -1).toBeCloseTo(wanted[mean].averageSeconds ?? -1, 5)
  }
  expect(wanted.firstResponse.tickets).toBeGreaterThan(0)
}, 60_000)

/** One thing that people, tools and machines do; what cannot be done now is refused, and nothing has happened. */
async function act(id: TicketId, chance: (below: number) => number): Promise<void> {
  const call = (method: 'POST' | 'PATCH' | 'GET', path: string, payload?: object) =>
    bench.call({ method, url: `/v1/${path}`, ...(payload === undefined ? {} : { payload }) })
  const change = async (set: object) => {
    const { version } = (await call('GET', `tickets/${id}`)).body as { version: number }
    await call('PATCH', `tickets/${id}`, { version, ...set })
  }
  const acts = [
    () => change({ assignee: chance(2) === 0 ? 'ada' : 'bob' }),
    () => change({ assignee: null }),
    () => change({ status: 'resolved' }),
    () => change({ status: 'reopened' }),
    () => change({ status: 'open' }),
    () => call('POST', `tickets/${id}/replies`, { text: 'hello' }),
    () => call('POST', `tickets/${id}/replies`, { text: 'beep', author: 'bot' }),
    () => call('POST', `tickets/${id}/notes`, { text: 'between us' }),
    async () => {
      const { body } = await call('POST', `tickets/${id}/replies`, { text: 'oh' })
      await call('POST', `replies/${(body as { id: string }).id}/cancel`, {})
    },
  ]
  await acts[chance(acts.length)]!()
}

const ticketOf = ({ data }: AnyEvent): TicketId | null => ('ticket' in data ? (data.ticket as TicketId) : null)
async function feed(): Promise<readonly AnyEvent[]> {
  const events: AnyEvent[] = []
  for (let after: string | null = null; ;) {
    const { body } = await bench.call({ url: `/v1/events?limit=200${after === null ? '' : `&after=${after}`}` })
    const page = body as { items: readonly (AnyEvent & { readonly time: Instant })[]; cursor: string }
    events.push(...page.items.map((it) => ({ ...it, at: it.time })))
    if (page.items.length === 0) return events
    after = page.cursor
  }
}

/** As somebody would who has the stream and nothing else. */
function recompute(events: readonly AnyEvent[], ids: readonly TicketId[]) {
  const cancelled = new Set(
    events.flatMap((it) => (it.type === 'reply.cancelled' ? [(it.data as ReplyCancelled).message] : [])),
  )
  const [answers, resolutions]: [number[], number[]] = [[], []]
  for (const id of ids) {
    const own = events.filter((it) => ticketOf(it) === id)
    const given = own.find((it) => it.type === 'ticket.assigned' && it.data.field === 'assignee')
    if (given === undefined) continue
    const since = (it: AnyEvent) => (Date.parse(it.at) - Date.parse(given.at)) / 1000
    const answer = own.find(
      (it) =>
        it.type === 'ticket.message_added' &&
        it.data.direction === 'out' &&
        it.data.kind === 'agent' &&
        !cancelled.has(it.data.message) &&
        since(it) >= 0,
    )
    if (answer !== undefined) answers.push(since(answer))
    const moves = own.flatMap((it) => (it.type === 'ticket.status_changed' ? [it] : []))
    const done = moves[moves.findLastIndex((it) => it.data.category !== 'done') + 1]
    if (done !== undefined && since(done) >= 0) resolutions.push(since(done))
  }
  const mean = (all: readonly number[]) => ({
    tickets: all.length,
    averageSeconds: all.length === 0 ? null : all.reduce((a, b) => a + b, 0) / all.length,
  })
  return { firstResponse: mean(answers), resolution: mean(resolutions) }
}
