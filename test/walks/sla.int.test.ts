// Promises on a real database, by the real workers and two schedulers at once: asked for and looked at over the API.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AnyEvent } from '../../schemas/events.ts'
import type { ChannelName, Instant, TicketId } from '../../schemas/ids.ts'
import { apiBench, type Bench } from '../support/api-bench.ts'
import { put, tell, ticketNamed, waits } from '../support/assign-rig.ts'
import { until } from '../support/deliver-rig.ts'
import { messageRow } from '../support/record.ts'
import { drained, houseOn, runLoops, walkHouse, type WalkHouse } from '../support/walk-house.ts'

const where = { channel: '_template' as ChannelName, account: 'main', kind: 'dm' }
const minute = 60_000
let on: WalkHouse
let bench: Bench
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  on = await walkHouse({ seed: 90 })
  bench = await apiBench({ database: on.database, api: { commands: on.house.commands } })
  const twin = await houseOn(on.database, '')
  // Two of each: what one of them does, the other finds done (F18).
  for (const house of [on.house, twin.house])
    ends.push(runLoops(house, { workers: ['sla', 'triage'], relay: true, wake: true }))
  ends.push(async () => {
    await twin.house.close()
    twin.meter.close()
  })
})
afterAll(async () => {
  for (const end of ends) await end()
  await bench.close()
  await on.close()
})

const ask = async (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object): Promise<never> => {
  const answer = await bench.call({ method, url, ...(payload === undefined ? {} : { payload }) })
  expect(answer.status, answer.text).toBeLessThan(300)
  return answer.body
}
interface Ticket {
  readonly version: number
  readonly sla: readonly { readonly metric: string; readonly state: string; readonly dueAt: string | null }[]
}
const ticket = (id: TicketId) => ask('GET', `/v1/tickets/${id}`) as Promise<Ticket>
const clock = async (id: TicketId, metric: string) => (await ticket(id)).sla.find((it) => it.metric === metric)
const becomes = (id: TicketId, metric: string, state: string) =>
  until(async () => (await clock(id, metric))?.state === state)
const change = async (id: TicketId, set: object): Promise<void> =>
  void (await ask('PATCH', `/v1/tickets/${id}`, { version: (await ticket(id)).version, ...set }))
const told = async (type: string, subjects: readonly TicketId[]): Promise<readonly string[]> =>
  (
    await on.sql<{ subject: string }>(
      `select event ->> 'subject' as subject from inlet.log_event where type = $1 and event ->> 'subject' = any ($2)`,
      type,
      subjects,
    )
  ).map(({ subject }) => subject)

/** Customers who wrote so long ago, as threading leaves them; then triage says so. */
async function write(numbers: readonly number[], msAgo: number, brand?: string): Promise<readonly TicketId[]> {
  const at = new Date(Date.now() - msAgo).toISOString() as Instant
  const tickets = numbers.map((n) => ticketNamed(`w${n}`))
  await put(
    on.house.store,
    numbers.map((n, i) => [
      ...waits(n, where, brand === undefined ? {} : { brand }).flatMap((it) =>
        it.do === 'queue-ticket'
          ? []
          : [it.do === 'open-ticket' ? { ...it, ticket: { ...it.ticket, createdAt: at } } : it],
      ),
      {
        do: 'add-message',
        message: messageRow(`w${n}`, 'hello', {
          ticket: tickets[i]!,
          channel: where.channel,
          sentAt: at,
          receivedAt: at,
        }),
      },
    ]),
  )
  await tell(on.house.store, tickets, where)
  return tickets
}

it('F18 V1 each of forty promises is broken once, at its hour, whichever of two schedulers and two workers comes to it', async () => {
  await ask('POST', '/v1/sla-policies', { id: 'all', name: 'All', targets: { firstResponse: 60 }, warnAt: [50] })
  const tickets = await write(
    Array.from({ length: 40 }, (_, n) => n),
    60 * minute - 2_500,
  )
  await until(async () => (await told('sla.warning', tickets)).length === 40)
  expect(await told('sla.breached', tickets)).toEqual([])
  await until(async () => (await told('sla.breached', tickets)).length >= 40)
  // What is told again, and what rings again, changes nothing.
  await tell(on.house.store, tickets, where).catch(() => undefined)
  await on.sql(
    `insert into inlet.wakeup (workspace, kind, subject, id, due_at) select 'main', 'sla', s, 'wak_' || s, now() from unnest($1::text[]) s`,
    tickets,
  )
  await until(async () => (await on.sql(`select 1 from inlet.wakeup where kind = 'sla'`)).length === 0)
  await drained(on, ['sla', 'triage'])
  for (const type of ['sla.started', 'sla.warning', 'sla.breached'])
    expect((await told(type, tickets)).toSorted(), type).toEqual([...tickets].toSorted())
}, 60_000)

describe('one ticket', () => {
  it('V9 V4 V12 V10 is answered, waits, is resolved and comes back; and its history says what was promised and why', async () => {
    const when = { field: 'ticket.channel', op: 'is', value: '_template' }
    const targets = { firstResponse: 240, resolution: 480 }
    const byPriority = { urgent: { resolution: 60 } }
    await ask('POST', '/v1/sla-policies', { id: 'gold', name: 'Gold', weight: -1, when, targets, byPriority })
    const [id] = await write([100], 120 * minute)
    await becomes(id!, 'firstResponse', 'running')
    await ask('POST', `/v1/tickets/${id}/replies`, { text: 'a machine says hello', author: 'bot' })
    await ask('POST', `/v1/tickets/${id}/notes`, { text: 'between us' })
    expect((await clock(id!, 'firstResponse'))?.state).toBe('running')
    await ask('POST', `/v1/tickets/${id}/replies`, { text: 'hello' })
    await becomes(id!, 'firstResponse', 'met')
    await becomes(id!, 'resolution', 'paused')
    await change(id!, { status: 'resolved' })
    await becomes(id!, 'resolution', 'met')
    await change(id!, { status: 'reopened' })
    await becomes(id!, 'resolution', 'running')
    const due = Date.parse((await clock(id!, 'resolution'))?.dueAt ?? '')
    // Six of its eight hours are left, and what it waited for the customer was not counted.
    expect(due - Date.now()).toBeGreaterThan(359 * minute)
    expect(due - Date.now()).toBeLessThanOrEqual(360 * minute + 10_000)
    await change(id!, { priority: 'urgent' })
    await becomes(id!, 'resolution', 'breached')
    const { items } = (await ask('GET', `/v1/tickets/${id}/history`)) as {
      readonly items: readonly { readonly event: string; readonly because?: object }[]
    }
    const clocks = items.filter(({ event }) => event.startsWith('sla.'))
    expect(clocks.map(({ event }) => event)).toEqual([
      'sla.started',
      'sla.started',
      'sla.met',
      'sla.paused',
      'sla.met',
      'sla.resumed',
      'sla.changed',
      'sla.breached',
    ])
    expect(clocks[0]?.because).toMatchObject({ by: 'policy', name: 'Gold', tests: [{ field: 'ticket.channel' }] })
  }, 60_000)

  it('V11 another calendar moves what is open and leaves what is closed', async () => {
    const weekly = Object.fromEntries(
      ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, [{ from: '00:00', to: '24:00' }]]),
    )
    await ask('POST', '/v1/calendars', { id: 'day', name: 'Day', timezone: 'UTC', weekly })
    const policy = {
      id: 'tagged',
      name: 'Tagged',
      weight: -9,
      calendar: 'day',
      targets: { firstResponse: 600, resolution: 600 },
    }
    await ask('POST', '/v1/sla-policies', policy)
    const [answered, open] = await write([200, 201], minute)
    for (const one of [answered, open]) await becomes(one!, 'firstResponse', 'running')
    await ask('POST', `/v1/tickets/${answered}/replies`, { text: 'hello' })
    await becomes(answered!, 'firstResponse', 'met')
    const before = { closed: await clock(answered!, 'firstResponse'), open: await clock(open!, 'firstResponse') }
    const today = new Date(Date.now()).toISOString().slice(0, 10)
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
    await ask('PATCH', '/v1/calendars/day', { version: 1, holidays: [today, tomorrow] })
    // At once; or ten seconds later, where something of the ticket was decided on the desk before and written afterwards.
    await until(async () => (await clock(open!, 'firstResponse'))?.dueAt !== before.open?.dueAt, 30_000)
    const moved = Date.parse((await clock(open!, 'firstResponse'))?.dueAt ?? '')
    expect(moved).toBe(Date.parse(`${tomorrow}T00:00:00Z`) + 86_400_000 + 600 * minute)
    expect(await clock(answered!, 'firstResponse')).toEqual(before.closed)
  }, 60_000)
})

it('V9 what was answered through another tool counts, though question and answer came in late', async () => {
  const [id] = await write([300], minute)
  await becomes(id!, 'firstResponse', 'running')
  await on.sql(`update inlet.message set sent_at = sent_at - interval '1 hour' where ticket = $1`, id)
  const [said, came] = [30 * minute, 0].map((ago) => new Date(Date.now() - ago).toISOString() as Instant)
  const more = { ticket: id!, channel: where.channel, direction: 'out', kind: 'agent' } as const
  const message = messageRow('w300', 'from the phone', { ...more, sentAt: said!, receivedAt: came! })
  await put(on.house.store, [[{ do: 'add-message', message }]])
  // Whatever happens next to it is when it is looked at.
  await change(id!, { priority: 'high' })
  await becomes(id!, 'firstResponse', 'met')
}, 60_000)

it('V9 B8 an answer that fails after the ticket came back from the customer was no wait of theirs: it is due when it was', async () => {
  const policy = { id: 'lost', name: 'Lost', weight: -30, targets: { resolution: 600 }, pauses: ['pending'] }
  await ask('POST', '/v1/sla-policies', policy)
  const [id] = await write([340], minute)
  await becomes(id!, 'resolution', 'running')
  const due = (await clock(id!, 'resolution'))?.dueAt
  await ask('POST', `/v1/tickets/${id}/replies`, { text: 'hello' })
  await becomes(id!, 'resolution', 'paused')
  await change(id!, { status: 'open' })
  await becomes(id!, 'resolution', 'running')
  expect((await clock(id!, 'resolution'))?.dueAt).not.toBe(due)
  await on.sql(`update inlet.message set state = 'failed' where ticket = $1 and direction = 'out'`, id)
  await change(id!, { priority: 'high' })
  await until(async () => (await clock(id!, 'resolution'))?.dueAt === due)
  expect((await bench.call({ method: 'DELETE', url: '/v1/sla-policies/lost' })).status).toBe(204)
}, 60_000)

it('V8 what somebody else wrote to the address of a conversation is owed no answer; what its customer wrote is', async () => {
  const policy = { id: 'owed', name: 'Owed', weight: -30, targets: { firstResponse: 600, nextResponse: 600 } }
  await ask('POST', '/v1/sla-policies', policy)
  const [id] = await write([350], minute)
  await becomes(id!, 'firstResponse', 'running')
  await ask('POST', `/v1/tickets/${id}/replies`, { text: 'hello' })
  await becomes(id!, 'firstResponse', 'met')
  const comes = async (name: string, parts: readonly { readonly kind: 'guest' }[]) => {
    const at = new Date(Date.now()).toISOString() as Instant
    const more = { ticket: id!, channel: where.channel, sentAt: at, receivedAt: at, parts }
    await put(on.house.store, [[{ do: 'add-message', message: messageRow('w350', name, more) }]])
  }
  await comes('from a guest', [{ kind: 'guest' }])
  await change(id!, { priority: 'high' })
  await drained(on, ['sla'], ['replies'])
  expect(await clock(id!, 'nextResponse')).toBeUndefined()
  await comes('from the customer', [])
  await change(id!, { priority: 'normal' })
  await until(async () => (await clock(id!, 'nextResponse')) !== undefined)
  expect((await bench.call({ method: 'DELETE', url: '/v1/sla-policies/owed' })).status).toBe(204)
}, 60_000)

it('B7 V10 what chose a policy is the message that opened the ticket: another hour of writing and another word take no promise away', async () => {
  const when = { field: 'message.text', op: 'contains', value: 'iade' }
  const policy = { id: 'refunds', name: 'Refunds', weight: -40, when, targets: { firstResponse: 600 } }
  await ask('POST', '/v1/sla-policies', policy)
  const comes = async (name: string, text: string, msAgo: number): Promise<void> => {
    const at = new Date(Date.now() - msAgo).toISOString() as Instant
    const more = { ticket: ticketNamed('w360'), channel: where.channel, sentAt: at, receivedAt: at, text }
    await put(on.house.store, [[{ do: 'add-message', message: messageRow('w360', name, more) }]])
  }
  const [id] = await write([360], 2 * minute)
  expect(id).toBe(ticketNamed('w360'))
  await until(async () => (await ticket(id!)).sla.length > 0)
  await comes('the first', 'iade istiyorum', 10 * minute)
  await comes('the last', 'Orada mısınız?', minute)
  await change(id!, { priority: 'high' })
  const policies = async () =>
    (await on.sql<{ policy: string }>(`select policy from inlet.sla_clock where ticket = $1`, id)).map(
      (it) => it.policy,
    )
  await until(async () => (await policies()).includes('refunds'))
  expect((await bench.call({ method: 'DELETE', url: '/v1/sla-policies/refunds' })).status).toBe(204)
}, 60_000)

it('V11 D18 a brand that goes takes its hours along: what it promised is due by the clock, at once; until it is back', async () => {
  const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
  const far = days[(new Date(Date.now()).getUTCDay() + 3) % 7]!
  const weekly = { [far]: [{ from: '00:00', to: '24:00' }] }
  await ask('POST', '/v1/calendars', { id: 'far', name: 'Far', timezone: 'UTC', weekly })
  await ask('POST', '/v1/brands', { id: 'leaving', name: 'Leaving', calendar: 'far' })
  await ask('POST', '/v1/sla-policies', { id: 'ten', name: 'Ten', weight: -20, targets: { firstResponse: 600 } })
  const [id] = await write([400], minute, 'leaving')
  await becomes(id!, 'firstResponse', 'running')
  const left = async () => Date.parse((await clock(id!, 'firstResponse'))?.dueAt ?? '') - Date.now()
  expect(await left()).toBeGreaterThan(2 * 24 * 60 * minute)
  // Ten seconds after a recount it is looked once more, and that would find it too: it is taken away.
  await ask('PATCH', '/v1/calendars/far', { version: 1, name: 'Further' })
  const noLastLook = async (): Promise<void> => {
    const recount = `from inlet.wakeup where kind = 'sla_recount' and due_at > now()`
    await until(async () => (await on.sql(`select 1 ${recount}`)).length === 1)
    await on.sql(`delete ${recount}`)
  }
  await noLastLook()
  expect((await bench.call({ method: 'DELETE', url: '/v1/brands/leaving' })).status).toBe(204)
  await until(async () => (await left()) <= 600 * minute, 30_000)
  await noLastLook()
  await ask('POST', '/v1/brands', { id: 'leaving', name: 'Back', calendar: 'far' })
  await until(async () => (await left()) > 2 * 24 * 60 * minute, 30_000)
}, 60_000)

describe('the report of promises', () => {
  interface Line {
    readonly policy: string
    readonly metric: string
    readonly value: string | null
    readonly clocks: number
    readonly met: number
    readonly missed: number
    readonly withdrawn: number
    readonly open: number
    readonly metPercent: number | null
  }
  const report = async (query: string) =>
    (await ask('GET', `/v1/reports/sla?${query}`)) as { readonly items: readonly Line[] }
  /** As somebody would who has the stream and nothing else. */
  async function recomputed(): Promise<readonly Omit<Line, 'value' | 'metPercent'>[]> {
    const rows = await on.sql<{ event: AnyEvent }>(
      `select event from inlet.log_event where type like 'sla.%' order by topic, partition, position`,
    )
    const clocks = Map.groupBy(rows, ({ event }) => {
      const { metric, startedAt } = event.data as { readonly metric: string; readonly startedAt: string }
      return `${event.subject} ${metric} ${startedAt}`
    })
    const ends = [...clocks.values()].map((all) => {
      const types = all.map(({ event }) => event.type)
      const { policy, metric } = all.at(-1)!.event.data as { readonly policy: string; readonly metric: string }
      const last = types.at(-1)
      const end = last === 'sla.met' ? 'met' : last === 'sla.cancelled' ? 'withdrawn' : 'open'
      return { policy, metric, end: types.includes('sla.breached') ? 'missed' : end }
    })
    return [...Map.groupBy(ends, ({ policy, metric }) => `${policy} ${metric}`).values()].map((all) => {
      const count = (end: string): number => all.filter((it) => it.end === end).length
      const { policy, metric } = all[0]!
      return {
        policy,
        metric,
        clocks: all.length,
        met: count('met'),
        missed: count('missed'),
        withdrawn: count('withdrawn'),
        open: count('open'),
      }
    })
  }
  const byName = (a: { policy: string; metric: string }, b: { policy: string; metric: string }) =>
    `${a.policy} ${a.metric}` < `${b.policy} ${b.metric}` ? -1 : 1

  it('D17 kept and missed, by policy and metric, is what the stream of events gives; of another channel there is nothing', async () => {
    const { items } = await report('')
    const wanted = (await recomputed()).toSorted(byName)
    expect(items.toSorted(byName)).toMatchObject(wanted)
    expect(items).toHaveLength(wanted.length)
    expect(items.find(({ policy, metric }) => policy === 'all' && metric === 'firstResponse')).toMatchObject({
      clocks: 40,
      missed: 40,
      met: 0,
      metPercent: 0,
    })
    expect((await report('channel=elsewhere')).items).toEqual([])
    expect((await report('createdTo=2020-01-02&createdFrom=2020-01-01')).items).toEqual([])
  })

  it.each(['brand', 'channel', 'priority', 'group'])(
    'D17 by %s it is told apart, and adds up to the same',
    async (by) => {
      const sum = (items: readonly Line[]) => items.reduce((all, it) => all + it.clocks, 0)
      expect(sum((await report(`by=${by}`)).items)).toBe(sum((await report('')).items))
    },
  )
  it('D17 by channel and by priority each line says whose it is', async () => {
    const { items } = await report('by=channel')
    expect(new Set(items.map(({ value }) => value))).toEqual(new Set(['_template']))
    const urgent = { policy: 'gold', value: 'urgent', metric: 'resolution', missed: 1 }
    expect((await report('by=priority')).items).toContainEqual(expect.objectContaining(urgent))
  })
})
