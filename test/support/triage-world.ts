// A desk in memory with triage at work: customers write, agents change, time passes; what triage raises comes back to it as it would by the log.
import type { AgentRow, DeskRows } from '../../core/ports/desk-rows.ts'
import type { TicketRow } from '../../core/ports/rows.ts'
import { fieldsChange, type TicketFields } from '../../core/commands/ticket-fields.ts'
import { raise } from '../../core/runtime/raise.ts'
import { openedBy, messageAdded, ownerChanged, ticketCreated } from '../../core/rules/ticket-events.ts'
import { emptyDesk } from '../../core/rules/make-desk.ts'
import type { AnyEvent, EventData, EventOf, EventType, NewEvent, Origin } from '../../schemas/events.ts'
import { idFrom, messageIdOf, type EventId, type Instant, type TicketId } from '../../schemas/ids.ts'
import type { WakeKind } from '../../schemas/time.ts'
import triage from '../../workers/triage/index.ts'
import { triaged, type Triaged } from '../../workers/triage/question.ts'
import { after, ayse, channel, conversationRow, contactRow, event, start, ticketRow, us, workspace } from './given.ts'
import { agentRow } from './desk-given.ts'
import { emptyWorld, take, type World } from './world.ts'

export interface DeskGiven extends Partial<Omit<DeskRows, 'groups' | 'folders' | 'agents'>> {
  readonly groups?: readonly (string | DeskRows['groups'][number])[]
  readonly folders?: readonly string[]
  readonly agents?: readonly (string | AgentRow)[]
}
export const deskRows = ({ groups = [], folders = [], agents = [], ...more }: DeskGiven): DeskRows => ({
  ...emptyDesk,
  version: 1,
  ...more,
  groups: groups.map((it) =>
    typeof it === 'string' ? { id: it, name: it, description: null, channels: [], isDefault: false, version: 1 } : it,
  ),
  folders: folders.map((id) => ({ id, name: id, version: 1 })),
  agents: agents.map((it) => (typeof it === 'string' ? agentRow(it) : it)),
})

const isTriaged = (it: AnyEvent): it is Triaged => (triaged as readonly string[]).includes(it.type)

export function triageWorld(given: DeskGiven = {}) {
  const world: World = emptyWorld()
  let calls = 0
  world.desk = deskRows(given)
  for (const brand of given.brands ?? []) world.brands.set(brand.id, brand)
  world.contacts.set(contactRow('Ayşe').id, contactRow('Ayşe'))

  /** Until nothing more comes of it. */
  async function hear(first: AnyEvent, now?: Instant): Promise<void> {
    const waiting = [first]
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      if (isTriaged(next)) waiting.push(...(await take(world, triage, next, now)))
  }
  const from = (
    news: readonly NewEvent[],
    cause: EventId | null,
    by: { actor: AnyEvent['actor']; origin?: Origin; at?: Instant },
  ) =>
    raise(news, {
      workspace,
      channel,
      account: 'main',
      decider: 'test',
      name: `${cause ?? (calls += 1)}`,
      event: cause,
      correlation: 'call-1',
      actor: by.actor,
      origin: by.origin ?? 'live',
      now: by.at ?? start,
    })
  const ticketOf = (id: TicketId): TicketRow => world.tickets.get(id)!
  function message(ticket: TicketId, name: string, text: string, at: Instant): EventId {
    const cause = idFrom('evt', name) as EventId
    const id = messageIdOf(cause)
    const row = {
      id,
      ticket,
      channel,
      account: 'main',
      direction: 'in',
      kind: 'user',
      from: ayse,
      to: [us],
      cc: [],
      text,
    } as const
    const rest = {
      conversation: null,
      subject: null,
      fullText: null,
      html: null,
      parts: [],
      attachments: [],
      externalId: name,
    } as const
    const more = {
      repliesTo: [],
      automatic: null,
      sentAt: at,
      receivedAt: at,
      state: null,
      raw: null,
      correlation: name,
    } as const
    const marks = { textRevision: '', deleted: false, reactions: [], replacedBy: null } as const
    world.messages.set(id, { ...row, ...rest, ...more, ...marks })
    return cause
  }
  const customer = { kind: 'system', id: 'threading' } as const
  /** One more message of the customer, and the event that tells of it. */
  function said(ticket: TicketId, name: string, text: string, at: Instant): AnyEvent {
    const cause = message(ticket, name, text, at)
    const added = messageAdded(ticket, { id: messageIdOf(cause), direction: 'in', kind: 'user' })
    return from([added], cause, { actor: customer, at })[0]!
  }
  function woken(kind: WakeKind, subject: string, dueAt: Instant, at: Instant = dueAt): AnyEvent {
    const data = { wake: `wak_${kind}${subject}${dueAt}`, kind, subject, dueAt, basis: null }
    return event('wake.due', data.wake, data, { at, channel: null, account: null })
  }

  function written(name: string, text: string, more: Partial<TicketRow> & { readonly eventOrigin?: Origin } = {}) {
    const { eventOrigin = 'live', ...set } = more
    const ticket = ticketRow({ id: idFrom('tkt', name) as TicketId, conversation: conversationRow().id, ...set })
    world.tickets.set(ticket.id, ticket)
    world.conversations.set(conversationRow().id, conversationRow({ ticket: ticket.id }))
    const cause = message(ticket.id, name, text, ticket.createdAt)
    const opened = openedBy(ticket, { id: messageIdOf(cause), direction: 'in', kind: 'user' })
    const events = from(opened, cause, { actor: customer, origin: eventOrigin, at: ticket.createdAt })
    return {
      ticket: ticket.id,
      events,
      run: async () => {
        for (const one of events) await hear(one)
      },
    }
  }

  return {
    world,
    hear,
    from,
    written,
    said,
    woken,
    ticket: ticketOf,
    set: (id: TicketId, set: Partial<TicketRow>) => void world.tickets.set(id, { ...ticketOf(id), ...set }),
    events: <T extends EventType>(type: T): readonly EventOf<T>[] =>
      world.events.filter((it): it is EventOf<T> & AnyEvent => it.type === type) as readonly EventOf<T>[],
    told<T extends EventType>(type: T): readonly EventData[T][] {
      return this.events(type).map(({ data }) => data as EventData[T])
    },
    waiting: () => [...world.waiting.values()],
    wakes: () => [...world.wakes.values()].map(({ kind, dueAt }) => [kind, dueAt]),
    /** The customer's first message. */
    async writes(...asked: Parameters<typeof written>): Promise<TicketId> {
      const { ticket, run } = written(...asked)
      await run()
      return ticket
    },
    /** Opened from our side. */
    async opens(more: Partial<TicketRow>): Promise<TicketId> {
      const ticket = ticketRow({ id: idFrom('tkt', 'opened') as TicketId, conversation: null, ...more })
      world.tickets.set(ticket.id, ticket)
      for (const one of from([ticketCreated(ticket)], null, { actor: { kind: 'agent', id: 'agent-7' } }))
        await hear(one)
      return ticket.id
    },
    async adds(ticket: TicketId, name: string, text: string, at: Instant = after({ minutes: 1 })): Promise<void> {
      await hear(said(ticket, name, text, at))
    },
    /** An agent's change. */
    async changes(ticket: TicketId, asked: TicketFields): Promise<void> {
      const { set, events } = fieldsChange(ticketOf(ticket), asked)
      world.tickets.set(ticket, { ...ticketOf(ticket), ...set })
      const raised = from(events, null, { actor: { kind: 'agent', id: 'agent-7' } })
      world.events.push(...raised)
      for (const one of raised) await hear(one)
    },
    /** That somebody has it now, by whom. */
    async assigns(ticket: TicketId, to: string, actor: AnyEvent['actor']): Promise<void> {
      for (const one of from([ownerChanged({ ...ticketOf(ticket), assignee: null }, 'assignee', to)], null, { actor }))
        await hear(one)
    },
    /** What is due by then fires. */
    async wake(at: Instant): Promise<void> {
      for (const [key, { kind, subject, dueAt }] of world.wakes.entries().toArray()) {
        if (dueAt > at) continue
        world.wakes.delete(key)
        await hear(woken(kind, subject, dueAt, at))
      }
    },
  }
}
