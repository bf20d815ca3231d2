// Whatever people, customers and time do, in whatever order, however late and often it is heard of: a ticket stands, and is woken, as on paper.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AnyEvent } from '../../schemas/events.ts'
import { addNote } from '../../core/commands/add-note.ts'
import { updateTicket, type UpdateTicketInput } from '../../core/commands/update-ticket.ts'
import type { TicketRow } from '../../core/ports/rows.ts'
import { shownStatus } from '../../core/rules/ticket-status.ts'
import { after, echoed, event, reacted, received } from '../../test/support/given.ts'
import { groups, NaiveLife, type Days, type Ring } from '../../test/support/naive-life.ts'
import { seed } from '../../test/support/seed.ts'
import { call, emptyWorld, take, type World } from '../../test/support/world.ts'
import threading from '../threading/index.ts'
import closing from './index.ts'

const statuses = 'new open reopened pending on_hold resolved closed spam parts refunded'.split(' ')
/** `which`: of the tickets, the wake-ups or the events there are by then. */
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('write' as const), late: fc.nat(600) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('machine', 'react', 'note' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('set' as const), which: fc.nat(), status: fc.constantFrom(...statuses) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('snooze' as const),
      which: fc.nat(),
      hours: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unsnooze' as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('group' as const),
      which: fc.nat(),
      group: fc.constantFrom(...Object.keys(groups)),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('ring' as const), which: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('again' as const), which: fc.nat() }) },
)
type Act = typeof act extends fc.Arbitrary<infer It> ? It : never
const step = fc.record({
  act,
  minutes: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 600, max: 30_000 })),
})
const days: fc.Arbitrary<Days> = fc.record({
  onReply: fc.constantFrom('pending', 'open', 'resolved'),
  followUpDays: fc.constantFrom(0, 1, 7),
  closeDays: fc.constantFrom(1, 14),
})

/** The record, and what was ever asked for or heard of it. */
class Course {
  readonly world: World
  readonly paper: NaiveLife
  readonly heard: (readonly [typeof threading | typeof closing, AnyEvent])[] = []
  private readonly asked = new Map<string, Ring>()
  private n = 0

  constructor(set: Days) {
    this.paper = new NaiveLife(set)
    this.world = emptyWorld()
    this.world.workspace = { ...this.world.workspace, ...set }
    const group = { description: null, channels: [], isDefault: false, version: 1 }
    const own = { labels: {}, version: 1 }
    this.world.desk = {
      ...this.world.desk,
      lifecycle: set,
      statuses: [
        { key: 'parts', name: 'Parts', category: 'waiting', ...own },
        { key: 'refunded', name: 'Refunded', category: 'done', ...own },
      ],
      groups: [
        { id: 'loyal', name: 'Loyal', ...group, followUp: { reopen: 'within', days: 30 } },
        { id: 'strict', name: 'Strict', ...group, followUp: { reopen: 'never' } },
      ],
    }
  }

  get tickets(): readonly TicketRow[] {
    return [...this.world.tickets.values()]
  }
  async do(one: Act, now: number): Promise<void> {
    const { paper } = this
    const [name, at] = [`n${this.n++}`, after({ minutes: now })]
    const which = 'which' in one ? one.which % paper.tickets.length : 0
    switch (one.do) {
      case 'write': {
        const sent = Math.max(0, now - one.late)
        paper.customerWrote(now, sent)
        return this.hear(threading, received(name, {}, { at: after({ minutes: sent }), receivedAt: at }), now)
      }
      case 'machine':
        return this.hear(threading, received(name, { automatic: 'away' }, { at }), now)
      case 'react':
        return this.hear(threading, { ...reacted('n0', `${now}`, '👍'), at, receivedAt: at }, now)
      case 'answer':
        paper.weAnswered(now)
        return this.hear(threading, echoed(name, {}, { at }), now)
      case 'note':
        await call(this.world, addNote, { ticket: this.tickets[paper.current]!.id, text: 'so' }, { now: at })
        return
      case 'set':
        paper.set(which, one.status, now)
        return this.patch(which, { status: one.status }, now)
      case 'snooze': {
        const until = now + one.hours * 60
        paper.snooze(which, until, now)
        return this.patch(which, { snoozeUntil: after({ minutes: until }) }, now)
      }
      case 'unsnooze':
        paper.unsnooze(which, now)
        return this.patch(which, { snoozeUntil: null }, now)
      case 'group':
        paper.regroup(which, one.group)
        return this.patch(which, { group: one.group }, now)
      case 'ring':
        return this.ring(one.which, now)
      case 'again': {
        const [worker, event] = this.heard[one.which % this.heard.length]!
        return void (await take(this.world, worker as typeof threading, event as never, at))
      }
    }
  }

  async ringAll(now: number): Promise<void> {
    for (const one of this.asked.values()) if (one.dueAt <= now) await this.rings(one, now)
  }
  /** What was ever asked for and whose hour is over; it may be about what is over long since. */
  private async ring(which: number, now: number): Promise<void> {
    const due = [...this.asked.values()].filter((it) => it.dueAt <= now)
    const one = due[which % due.length]
    if (one !== undefined) await this.rings(one, now)
  }
  private async rings(one: Ring, now: number): Promise<void> {
    const { kind, ticket } = one
    const subject = this.tickets[ticket]!.id
    const of = { dueAt: after({ minutes: one.dueAt }), basis: after({ minutes: one.basis }) }
    for (const [key, row] of this.world.wakes)
      if (row.kind === kind && row.subject === subject && row.dueAt === of.dueAt) this.world.wakes.delete(key)
    this.paper.rang(one, now)
    const about = { channel: null, at: of.dueAt, receivedAt: after({ minutes: now }) }
    await this.hear(closing, event('wake.due', `n${this.n++}`, { wake: 'wak_1', kind, subject, ...of }, about), now)
  }
  private async patch(which: number, more: Partial<UpdateTicketInput>, now: number): Promise<void> {
    const { id: ticket, version } = this.tickets[which]!
    await call(this.world, updateTicket, { ticket, version, ...more }, { now: after({ minutes: now }) })
  }
  private async hear(worker: typeof threading | typeof closing, event: AnyEvent, now: number): Promise<void> {
    this.heard.push([worker, event])
    await take(this.world, worker as typeof threading, event as never, after({ minutes: now }))
  }

  /** As it is found, in the words of the paper. */
  look() {
    const places = new Map(this.tickets.map(({ id }, at) => [id as string, at]))
    const rings = [...this.world.wakes.values()].flatMap(({ kind, subject, dueAt, basis }): Ring[] =>
      kind === 'close_ticket' || kind === 'snooze'
        ? [{ kind, ticket: places.get(subject)!, dueAt: minutesOf(dueAt)!, basis: minutesOf(basis)! }]
        : [],
    )
    for (const it of rings) this.asked.set(JSON.stringify(it), it)
    const tickets = this.tickets.map((it) => ({
      status: shownStatus(it),
      resolvedAt: minutesOf(it.resolvedAt),
      snoozedUntil: minutesOf(it.snoozedUntil),
      group: it.group,
      parent: it.parent === null ? null : places.get(it.parent)!,
    }))
    return { tickets, rings: rings.toSorted(byPlace) }
  }
}
const minutesOf = (at: string | null): number | null =>
  at === null ? null : (Date.parse(at) - Date.parse(after({}))) / 60_000
const byPlace = (a: Ring, b: Ring): number => a.ticket - b.ticket || (a.kind < b.kind ? -1 : 1)
const written = ({ tickets, rings }: NaiveLife) => ({
  tickets: tickets.map(({ status, resolvedAt, snoozedUntil, group, parent }) => ({
    status,
    resolvedAt,
    snoozedUntil,
    group,
    parent,
  })),
  rings: rings.toSorted(byPlace),
})

it(`3.3 B6 B9 B24 D46 any course of a ticket, repeated and late, stands and is woken as on paper (seed ${seed})`, async () => {
  const met = new Set<string>()
  const property = fc.asyncProperty(days, fc.array(step, { minLength: 1, maxLength: 25 }), async (set, steps) => {
    const course = new Course(set)
    let now = 0
    await course.do({ do: 'write', late: 0 }, now)
    course.paper.tickets.length = 1
    for (const { act: one, minutes } of steps) {
      now += minutes
      await course.do(one, now)
      expect(course.look()).toEqual(written(course.paper))
      for (const it of course.paper.tickets) met.add(it.status)
    }
    // When all that was ever asked for has rung, nothing that is over is left.
    await course.ringAll(now + 60_000)
    expect(course.look()).toEqual(written(course.paper))
    expect(course.paper.rings.filter(({ dueAt }) => dueAt <= now + 60_000)).toEqual([])
  })
  await fc.assert(property, { seed, numRuns: 250 })
  expect([...met].toSorted()).toEqual(statuses.toSorted())
})
