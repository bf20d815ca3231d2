// What assignment reads of a real record: chairs counted from tickets, the first of each kind of need, and that a changed desk wakes it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChannelName, Instant } from '../../../schemas/ids.ts'
import type { Change } from '../../../core/ports/worker.ts'
import type { StoreTx } from '../../../core/ports/store.ts'
import { agentRow } from '../../../test/support/desk-given.ts'
import { hires, put, ticketNamed, waits } from '../../../test/support/assign-rig.ts'
import { applyIn } from '../../../test/support/record.ts'
import { main, openStoreRig, type StoreRig } from '../../../test/support/store-rig.ts'

const where = { channel: 'pigeon' as ChannelName, account: 'main', kind: 'dm' }
const mail = { ...where, kind: 'letter' }
const live = {
  isLive: true,
  isGroupByLanguage: false,
  channel: where.channel,
  brand: null,
  group: null,
  agent: null,
  language: null,
}

describe('what assignment reads', () => {
  let rig: StoreRig
  beforeAll(async () => {
    rig = await openStoreRig()
    await applyIn(rig.store, main, hires([agentRow('ada', { rate: { max: 2, minutes: 60 } }), agentRow('bea')]))
    await applyIn(rig.store, main, hires([agentRow('cem', { isActive: false }), agentRow('dia')], 'break'))
    await put(
      rig.store,
      Array.from({ length: 3 }, (_, n) => waits(n, n === 2 ? mail : where)),
    )
  })
  afterAll(() => rig.close())
  const read = <T>(work: (read: StoreTx['read']) => Promise<T>): Promise<T> =>
    rig.store.transaction(async (enter) => work((await enter(main)).read))
  const give = (n: number, agent: string): Change => ({
    do: 'set-ticket',
    ticket: ticketNamed(`w${n}`),
    set: { assignee: agent },
    at: '2026-11-20T00:00:00.000Z' as Instant,
  })

  it('B10 B12 chairs of who is online, counted from the tickets by channel, with what they were given lately', async () => {
    const now = new Date().toISOString() as Instant
    await applyIn(rig.store, main, [
      ...[0, 1, 2].map((n) => give(n, 'ada')),
      ...[0, 1, 2].map(
        (n) => ({ do: 'note-assignment', agent: 'ada', ticket: ticketNamed(`w${n}`), at: now }) as const,
      ),
      ...[0, 1, 2].map((n) => ({ do: 'unqueue-ticket', ticket: ticketNamed(`w${n}`) }) as const),
    ])
    const { seats, needs } = await read((it) => it.assigning.board(['dia', 'cem']))
    expect(needs).toEqual([])
    expect(seats).toMatchObject([
      { agent: 'ada', presence: 'online', holds: { pigeon: 3 }, live: { pigeon: 2 }, lately: [now, now] },
      { agent: 'bea', presence: 'online', holds: {}, live: {}, lately: [] },
      { agent: 'dia', presence: 'break' },
    ])
    const held = await read((it) => it.assigning.heldBy('ada'))
    expect(held.map(({ id, isLive }) => [id, isLive])).toEqual([0, 1, 2].map((n) => [ticketNamed(`w${n}`), n < 2]))
  })

  it('P15 the first of each kind of need, however many wait before them for nobody', async () => {
    await rig.sql('delete from inlet.waiting')
    await put(
      rig.store,
      Array.from({ length: 10_000 }, (_, n) => waits(100 + n, where, { group: 'empty', priority: 'urgent' })),
    )
    await put(rig.store, [waits(20_000, where), waits(20_001, where, { language: 'en-GB' }), waits(20_002, where)])
    await rig.sql('analyze inlet.waiting')
    const { needs } = await read((it) => it.assigning.board())
    expect(needs).toHaveLength(3)
    expect(needs).toContainEqual({ ...live, language: 'en' })
    const asked = needs.filter(({ group }) => group === null).map((need) => ({ need, count: 1 }))
    const first = await read((it) => it.assigning.next(asked, 200))
    expect(first.map(({ ticket }) => ticket)).toEqual([ticketNamed('w20000'), ticketNamed('w20001')])
    const plan = await rig.sql<{ 'QUERY PLAN': string }>(
      `explain (analyze, costs off, timing off, summary off) with recursive n (need) as (
         (select w.need from inlet.waiting w where w.workspace = 'main' order by w.need limit 1) union all
         select (select w.need from inlet.waiting w where w.workspace = 'main' and w.need > n.need order by w.need limit 1) from n where n.need is not null)
       select need from n where need is not null`,
    )
    const words = plan.map((row) => row['QUERY PLAN']).join('\n')
    expect(words).toContain('waiting_order')
    expect(words).not.toMatch(/Seq Scan|rows=10[0-9]{3}/)
  })

  it('within one transaction meets only those it named first: nobody is given who was not locked', async () => {
    const asked = [{ need: live, count: 10 }]
    await read(async (it) => {
      const first = await it.assigning.next(asked, 10)
      await put(rig.store, [waits(1, where, { priority: 'urgent' }).filter((one) => one.do === 'queue-ticket')])
      await applyIn(rig.store, main, [{ do: 'unqueue-ticket', ticket: ticketNamed('w20002') }])
      const again = await it.assigning.next(asked, 10)
      expect(first.map(({ ticket }) => ticket)).toEqual([ticketNamed('w20000'), ticketNamed('w20002')])
      expect(again.map(({ ticket }) => ticket)).toEqual([ticketNamed('w20000')])
    })
  })

  it('conflict 1: what lies open in an account and is nobody’s, the oldest first, some at a time', async () => {
    await put(
      rig.store,
      Array.from({ length: 5 }, (_, n) => waits(30_000 + n, { ...where, account: 'other' })),
    )
    await applyIn(rig.store, main, [give(30_001, 'ada')])
    const page = (after: string | null) =>
      read((it) => it.assigning.pooled({ channel: where.channel, id: 'other', after }, 2))
    const named = (...ns: readonly number[]) => ns.map((n) => ticketNamed(`w${n}`))
    const pages: (readonly string[])[] = []
    for (let after: string | null | undefined; after !== null;) {
      const { ids, next } = await page(after ?? null)
      pages.push(ids)
      after = next
    }
    // Thousands of others lie there: no page looks at all of them.
    expect(pages.length).toBeGreaterThan(5)
    expect(pages.filter((ids) => ids.length > 0)).toEqual([named(30_000, 30_002), named(30_003, 30_004)])
  })

  it('3.5 conflict 1: what rules were not asked about yet is not among them: they come first, and who it is for may hang on them', async () => {
    await put(
      rig.store,
      [0, 1].map((n) => waits(40_000 + n, { ...where, account: 'fresh' })),
    )
    await rig.sql(`update inlet.ticket set created_at = now() where account = 'fresh'`)
    await rig.sql(`insert into inlet.ticket_event (workspace, ticket, event) values
      ('main', '${ticketNamed('w40000')}', '{"type":"ticket.created"}'), ('main', '${ticketNamed('w40001')}', '{"type":"ticket.triaged"}')`)
    const found = async () => {
      const all: string[] = []
      for (let after: string | null | undefined; after !== null;) {
        const of = { channel: where.channel, id: 'fresh', after: after ?? null }
        const { ids, next } = await read((it) => it.assigning.pooled(of, 5))
        all.push(...ids)
        after = next
      }
      return all
    }
    expect(await found()).toEqual([ticketNamed('w40001')])
    await rig.sql(`update inlet.ticket set created_at = now() - interval '11 minutes' where account = 'fresh'`)
    expect((await found()).toSorted()).toEqual([ticketNamed('w40000'), ticketNamed('w40001')].toSorted())
  })

  it('what is left behind by who is active no more', async () => {
    await applyIn(rig.store, main, [give(1, 'cem')])
    const left = await read((it) => it.assigning.leftBehind(5))
    expect(left.map(({ id }) => id)).toEqual([ticketNamed('w1')])
  })

  it('B11 a new agent, a higher cap, a new member of a group, one who goes and a group that goes each wake assignment; a folder does not', async () => {
    const woken = async (): Promise<boolean> =>
      (await rig.sql(`delete from inlet.wakeup where kind = 'assign_more' and subject = 'desk' returning id`))
        .length === 1
    expect(await woken()).toBe(true)
    const group = { id: 'vip', name: 'VIP', description: null, channels: [], isDefault: false, version: 1 }
    await applyIn(rig.store, main, [{ do: 'put-group', group, create: true }])
    expect(await woken()).toBe(false)
    const bea = agentRow('bea')
    for (const change of [
      { do: 'put-agent', agent: agentRow('eda'), create: true },
      { do: 'put-agent', agent: { ...bea, capacity: { pigeon: 9 } }, create: false },
      { do: 'put-group', group, agents: ['bea'], create: false },
    ] as const) {
      await applyIn(rig.store, main, [change])
      expect(await woken()).toBe(true)
    }
    // The last one of a language or a group may be gone: what waits for them alone is for others then.
    await applyIn(rig.store, main, [{ do: 'drop-agent', agent: 'eda' }])
    expect(await woken()).toBe(true)
    await applyIn(rig.store, main, [{ do: 'put-group', group: { ...group, id: 'empty' }, create: true }])
    expect(await woken()).toBe(false)
    await applyIn(rig.store, main, [{ do: 'drop-group', group: 'empty' }])
    expect(await woken()).toBe(true)
    await applyIn(rig.store, main, [
      { do: 'put-folder', folder: { id: 'other', name: 'Other', version: 1 }, create: true },
    ])
    expect(await woken()).toBe(false)
    // What goes with its workspace wakes nobody.
    await rig.sql(`delete from inlet.workspace where workspace = 'main'`)
    expect(await woken()).toBe(false)
  })
})
