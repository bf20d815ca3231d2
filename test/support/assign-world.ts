// A desk in memory for tests of assignment: agents, tickets that wait, and what is done to them; each step goes through the worker.
import type { EventData, EventType } from '../../schemas/events.ts'
import type { ChannelName, ConversationId, Instant, TicketId } from '../../schemas/ids.ts'
import type { AssignmentMode, Presence } from '../../schemas/agent.ts'
import type { TicketStatus } from '../../schemas/ticket.ts'
import { statusCategories } from '../../schemas/ticket.ts'
import type { AgentRow, WaitingRow } from '../../core/ports/desk-rows.ts'
import assignment from '../../workers/assignment/index.ts'
import type { Listened } from '../../workers/assignment/heard.ts'
import { triagedAs } from './desk-given.ts'
import { after, conversationRow, dm, event, id, ticketRow } from './given.ts'
import { apply, emptyWorld, setTicket, take, type World } from './world.ts'

export type Waits = Partial<Omit<WaitingRow, 'ticket' | 'account'>>
export interface AssignWorld {
  readonly world: World
  /** As each waited at last. */
  readonly rows: ReadonlyMap<string, WaitingRow>
  now(): Instant
  hire(...agents: readonly AgentRow[]): void
  /** A group, with nobody in it yet; one that a ticket waits for is there by itself. */
  founds(group: string): void
  /** Without an event. */
  put(agent: string, presence: Presence): void
  /** A ticket comes and waits. */
  arrives(name: string, waits?: Waits): Promise<TicketId>
  /** Into the queue without anybody looking. */
  lies(name: string, waits?: Waits): TicketId
  goes(agent: string, presence: Presence): Promise<void>
  becomes(ticket: TicketId, status: TicketStatus): Promise<void>
  hear<T extends EventType>(type: T, data: EventData[T], actor?: string): Promise<void>
  /** Its account finds agents in this way from now on; nobody is told. */
  finds(ticket: TicketId, mode: AssignmentMode, autoAfterMinutes?: number): void
  whose(ticket: TicketId): string | null
  held(agent: string): readonly TicketId[]
}

export function assignWorld(): AssignWorld {
  const world = emptyWorld()
  Object.assign(world.kinds, { mail: { ...dm, live: false } })
  const rows = new Map<string, WaitingRow>()
  let turn = 0
  const now = (): Instant => after({ ms: turn * 1000 })
  const hear: AssignWorld['hear'] = async (type, data, actor) => {
    turn += 1
    const who = actor === undefined ? { kind: 'system', id: 'triage' } : { kind: 'agent', id: actor }
    const heard = event(type, `${type}${turn}`, data, { at: now(), actor: who as never })
    await take(world, assignment as never, heard as unknown as Listened as never, now())
  }
  const put = (agent: string, presence: Presence): void => {
    apply(world, [{ do: 'set-presence', agent, presence, at: now() }])
  }
  const founds = (group: string): void => {
    const { groups } = world.desk
    const row = { id: group, name: group, description: null, channels: [], isDefault: false, version: 1 }
    if (!groups.some(({ id }) => id === group)) world.desk = { ...world.desk, groups: [...groups, row] }
  }
  const lies = (name: string, waits: Waits = {}): TicketId => {
    turn += 1
    const ticket = id('tkt', name) as TicketId
    const conversation = id('cnv', name) as ConversationId
    const { isLive = true, since = now() } = waits
    const channel = waits.channel ?? ('pigeon' as ChannelName)
    world.conversations.set(conversation, conversationRow({ id: conversation, channel, kind: isLive ? 'dm' : 'mail' }))
    if (typeof waits.group === 'string') founds(waits.group)
    const of = { brand: waits.brand ?? null, language: waits.language ?? null, priority: waits.priority ?? 'low' }
    world.tickets.set(
      ticket,
      ticketRow({ id: ticket, conversation, channel, createdAt: since, group: waits.group ?? null, ...of }),
    )
    const waiting = {
      ticket,
      channel,
      account: 'main',
      isLive,
      since,
      group: null,
      isGroupByLanguage: false,
      because: null,
      agent: null,
      ...of,
      ...waits,
    }
    apply(world, [{ do: 'queue-ticket', waiting }])
    rows.set(ticket, waiting)
    return ticket
  }
  return {
    world,
    rows,
    now,
    hear,
    put,
    founds,
    lies,
    hire: (...agents) => {
      apply(
        world,
        agents.map((agent) => ({ do: 'put-agent', agent, create: true }) as const),
      )
      for (const { id: agent } of agents) put(agent, 'online')
    },
    async arrives(name, waits) {
      const ticket = lies(name, waits)
      await hear('ticket.triaged', triagedAs(ticket))
      return ticket
    },
    async goes(agent, to) {
      const from = world.presences.get(agent)?.presence ?? 'offline'
      put(agent, to)
      await hear('agent.presence_changed', { agent, from, to, why: null }, agent)
    },
    async becomes(ticket, to) {
      const { status: from } = world.tickets.get(ticket)!
      setTicket(world, ticket, { status: to })
      await hear('ticket.status_changed', { ticket, from, to, category: statusCategories[to], why: null }, 'somebody')
    },
    finds: (ticket, mode, autoAfterMinutes = 0) => {
      const { channel, account, brand } = world.tickets.get(ticket)!
      const row = { channel: channel!, id: account!, brand, mode, autoAfterMinutes }
      world.desk = { ...world.desk, accounts: [row] }
    },
    whose: (ticket) => world.tickets.get(ticket)?.assignee ?? null,
    held: (agent) =>
      [...world.tickets.values()].filter((it) => it.assignee === agent && it.category !== 'done').map((it) => it.id),
  }
}
