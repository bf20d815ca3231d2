// A desk with one promise, a customer who writes and people who answer, all at hours that the test says; time is what it is told to be.
import type { CalendarRow, SlaPolicyRow } from '../../core/ports/desk-rows.ts'
import type { AnyEvent, EventOf } from '../../schemas/events.ts'
import type { Instant, MessageId, ReplyId, TicketId } from '../../schemas/ids.ts'
import type { SlaClockRow } from '../../core/ports/sla.ts'
import { slaPolicyDefault } from '../../core/rules/desk-defaults.ts'
import { alwaysOpen } from '../../core/rules/working-time.ts'
import { messageAdded } from '../../core/rules/ticket-events.ts'
import { moveStatus } from '../../core/rules/ticket-status.ts'
import { fieldChanged } from '../../core/rules/ticket-events.ts'
import type { NewEvent } from '../../schemas/events.ts'
import type { Priority, TicketStatus } from '../../schemas/ticket.ts'
import { raise } from '../../core/runtime/raise.ts'
import { heard, type Heard } from '../../workers/sla/heard.ts'
import sla from '../../workers/sla/index.ts'
import { triagedAs } from './desk-given.ts'
import { event, id, start, ticketRow, workspace } from './given.ts'
import { messageRow } from './record.ts'
import { apply, emptyWorld, keyOf, take, type World } from './world.ts'

/** What a wall in Istanbul shows, three hours ahead all year. */
export const at = (wall: string): Instant => new Date(`${wall}:00+03:00`).toISOString() as Instant
export const office: CalendarRow = {
  ...alwaysOpen,
  id: 'office',
  timezone: 'Europe/Istanbul',
  weekly: Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [{ from: '09:00', to: '17:00' }]])),
}
export const policyRow = (more: Partial<SlaPolicyRow> = {}): SlaPolicyRow => ({
  ...slaPolicyDefault,
  id: 'gold',
  name: 'Gold',
  targets: {},
  calendar: 'office',
  version: 1,
  ...more,
})

export const clockRow: SlaClockRow = {
  ticket: id('tkt', 'walk') as TicketId,
  metric: 'firstResponse',
  policy: 'gold',
  state: 'running',
  startedAt: start,
  targetMinutes: 60,
  dueAt: start,
  warned: 0,
  endedAt: null,
  nextAt: start,
  because: null,
  deskVersion: 1,
  version: 1,
}

/** `tkt`: the ticket. What happens goes through the worker at once unless `isLate`: then it waits in `waiting`. */
export class SlaWorld {
  readonly world: World = emptyWorld()
  readonly ticket = id('tkt', 'walk') as TicketId
  readonly waiting: { readonly event: Heard; readonly now: Instant }[] = []
  isLate = false
  private n = 0

  constructor(policies: readonly SlaPolicyRow[], calendar: CalendarRow = office) {
    this.world.desk = { ...this.world.desk, version: 1, slaPolicies: policies, calendars: [calendar] }
  }

  clock(metric: string) {
    return this.world.clocks.get(keyOf(this.ticket, metric)) ?? null
  }
  get told(): readonly string[] {
    return this.world.events.flatMap((it) => (it.type.startsWith('sla.') ? [nameOf(it)] : []))
  }

  /** As the threading of a customer's first message and its triage leave it. */
  async open(now: Instant, more: Parameters<typeof ticketRow>[0] = {}, isHeard = true): Promise<void> {
    apply(this.world, [{ do: 'open-ticket', ticket: ticketRow({ id: this.ticket, createdAt: now, ...more }) }])
    if (isHeard) await this.say('in', 'user', now)
    await this.triaged(now)
  }
  async triaged(now: Instant): Promise<void> {
    await this.hear([event('ticket.triaged', `${this.n++}`, triagedAs(this.ticket), { at: now })], now)
  }
  async say(
    direction: 'in' | 'out' | 'internal',
    kind: 'user' | 'agent' | 'bot' | 'auto' | 'note',
    now: Instant,
    more: object = {},
  ): Promise<MessageId> {
    const said = this.saying({ direction, kind, ...more }, now)
    await this.raised(said.events, now)
    return said.id
  }
  async move(status: TicketStatus, now: Instant): Promise<void> {
    await this.raised(this.moving(status, now), now)
  }
  /** In one breath, as it is decided. */
  async sayAndMove(direction: 'in' | 'out', status: TicketStatus, now: Instant): Promise<MessageId> {
    const more = direction === 'in' ? ({ kind: 'user' } as const) : ({ kind: 'agent', state: 'queued' } as const)
    const said = this.saying({ direction, ...more }, now)
    const why = direction === 'in' ? 'customer_wrote' : 'reply_sent'
    await this.raised([...said.events, ...this.moving(status, now, why)], now)
    return said.id
  }
  /** A person answers: the customer's turn. */
  answer = (now: Instant): Promise<MessageId> => this.sayAndMove('out', 'pending', now)
  /** The customer writes: our turn. */
  write = (now: Instant, status: TicketStatus = 'open'): Promise<MessageId> => this.sayAndMove('in', status, now)

  /** What came in then is taken in only now: the customer moves the ticket. */
  async writeLate(came: Instant, now: Instant, status: TicketStatus = 'open'): Promise<void> {
    const said = this.saying({ direction: 'in', kind: 'user', receivedAt: came, sentAt: came }, now)
    await this.raised([...said.events, ...this.moving(status, now, 'customer_wrote')], now)
  }

  private saying(more: Partial<Parameters<typeof messageRow>[2]>, now: Instant) {
    const row = messageRow('walk', `m${this.n++}`, { sentAt: now, receivedAt: now, ticket: this.ticket, ...more })
    apply(this.world, [{ do: 'add-message', message: row }])
    return { id: row.id, events: [messageAdded(this.ticket, row)] }
  }
  private moving(status: TicketStatus, now: Instant, why = 'test'): readonly NewEvent[] {
    const moved = moveStatus(this.world.tickets.get(this.ticket)!, status, {
      why,
      at: now,
      life: { closeDays: 14 },
    })
    apply(this.world, moved.changes)
    return moved.events
  }
  async fail(message: MessageId, now: Instant): Promise<void> {
    this.world.messages.set(message, { ...this.world.messages.get(message)!, state: 'failed' })
    const data = {
      reply: id('rep', 'x') as ReplyId,
      message,
      ticket: this.ticket,
      conversation: 'cnv',
      code: 'x',
      why: 'x',
    }
    await this.hear([event('reply.refused', `${this.n++}`, data, { at: now })], now)
  }
  /** It is an agent's turn again, as where what became of a reply is heard. */
  async failAndShow(message: MessageId, now: Instant, status: TicketStatus = 'open'): Promise<void> {
    await this.fail(message, now)
    await this.raised(this.moving(status, now, 'reply_failed'), now)
  }
  async prioritise(priority: Priority, now: Instant): Promise<void> {
    const row = this.world.tickets.get(this.ticket)!
    apply(this.world, [{ do: 'set-ticket', ticket: this.ticket, set: { priority }, at: now }])
    await this.raised([fieldChanged(row, 'priority', priority)], now)
  }
  /** It has the tag, or has it no more. */
  async tag(tag: string, has: boolean, now: Instant): Promise<void> {
    const { tags } = this.world.tickets.get(this.ticket)!
    const set = { tags: has ? [...tags, tag] : tags.filter((it) => it !== tag) }
    apply(this.world, [{ do: 'set-ticket', ticket: this.ticket, set, at: now }])
    const type = has ? 'ticket.tagged' : 'ticket.untagged'
    await this.raised([{ type, key: this.ticket, subject: this.ticket, data: { ticket: this.ticket, tag } }], now)
  }
  async give(group: string, now: Instant): Promise<void> {
    apply(this.world, [{ do: 'set-ticket', ticket: this.ticket, set: { group }, at: now }])
    const data = { ticket: this.ticket, field: 'group', from: null, to: group } as const
    await this.raised([{ type: 'ticket.assigned', key: this.ticket, subject: this.ticket, data }], now)
  }
  /** Time goes on until then: what is due rings at its hour, everything at its turn. */
  async until(now: Instant): Promise<void> {
    for (;;) {
      const due = [...this.world.wakes.values()].filter(({ dueAt }) => dueAt <= now).toSorted(byDue)[0]
      if (due === undefined) return
      this.world.wakes.delete(keyOf(due.kind, due.subject))
      await this.ring(due, due.dueAt)
    }
  }
  async ring(
    due: {
      readonly kind: 'sla' | 'sla_recount' | string
      readonly subject: string
      readonly dueAt: Instant
      readonly basis: string | null
    },
    now: Instant,
  ) {
    const data = {
      wake: `wak_${this.n++}`,
      kind: due.kind as 'sla',
      subject: due.subject,
      dueAt: due.dueAt,
      basis: due.basis,
    }
    await this.hear([event('wake.due', data.wake, data, { at: now, channel: null })], now)
  }
  async change(desk: Partial<World['desk']>, now: Instant): Promise<void> {
    this.world.desk = { ...this.world.desk, ...desk, version: this.world.desk.version + 1 }
    await this.ring({ kind: 'sla_recount', subject: 'desk', dueAt: now, basis: '' }, now)
  }

  private async raised(news: readonly NewEvent[], now: Instant): Promise<void> {
    const events = raise(news, {
      workspace,
      channel: null,
      account: null,
      decider: 'test',
      name: `${this.n++}`,
      event: null,
      correlation: 'c',
      actor: { kind: 'agent', id: null },
      origin: 'live',
      now,
    })
    this.world.events.push(...events)
    await this.hear(events.filter(isHeard), now)
  }
  private async hear(events: readonly AnyEvent[], now: Instant): Promise<void> {
    for (const one of events.filter(isHeard)) {
      if (this.isLate && one.type !== 'wake.due') this.waiting.push({ event: one, now })
      else await this.take(one, now)
    }
  }
  async take(one: Heard, now: Instant): Promise<void> {
    if (sla.concerns?.(one) !== false) await take(this.world, sla, one, now)
  }
}

const byDue = (a: { readonly dueAt: string }, b: { readonly dueAt: string }): number => (a.dueAt < b.dueAt ? -1 : 1)
const isHeard = (one: AnyEvent): one is EventOf<(typeof heard)[number]> =>
  (heard as readonly string[]).includes(one.type)
const nameOf = (one: AnyEvent): string => {
  const { metric } = one.data as { readonly metric: string }
  return `${one.type.slice(4)} ${metric}`
}
