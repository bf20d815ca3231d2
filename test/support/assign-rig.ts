// A record with agents and live conversations that wait for one, for tests of assignment on a real database.
import { triagedAs } from './desk-given.ts'
import {
  idFrom,
  type ChannelName,
  type ContactId,
  type ConversationId,
  type Instant,
  type TicketId,
} from '../../schemas/ids.ts'
import type { Presence } from '../../schemas/agent.ts'
import type { AgentRow } from '../../core/ports/desk-rows.ts'
import type { Change } from '../../core/ports/worker.ts'
import type { Store } from '../../core/ports/store.ts'
import { raise } from '../../core/runtime/raise.ts'
import type { Waits } from './assign-world.ts'
import { conversationRow, ticketRow } from './given.ts'
import { applyIn } from './record.ts'
import { main } from './store-over.ts'

export interface Where {
  readonly channel: ChannelName
  readonly account: string
  readonly kind: string
}
export const ticketNamed = (name: string): TicketId => idFrom('tkt', name) as TicketId
const bornAt = (n: number): Instant => new Date(Date.UTC(2026, 10, 20) + n * 1000).toISOString() as Instant

/** The n-th to come; it waits for an agent. Nobody is told. */
export function waits(n: number, where: Where, more: Waits = {}): readonly Change[] {
  const [ticket, name] = [ticketNamed(`w${n}`), `w${n}`]
  const [contact, conversation] = [idFrom('con', name) as ContactId, idFrom('cnv', name) as ConversationId]
  const { channel, account, kind } = where
  const of = { priority: more.priority ?? 'low', brand: more.brand ?? null, language: more.language ?? null } as const
  const since = bornAt(n)
  const isLive = more.isLive ?? true
  return [
    { do: 'make-contact', contact, name, address: null, keys: [`phone:${name}`] },
    {
      do: 'make-conversation',
      conversation: conversationRow({
        id: conversation,
        contact,
        channel,
        account,
        kind,
        lane: `lane:${name}`,
        customerAt: null,
      }),
      threadKeys: [`phone:${name}`],
    },
    {
      do: 'open-ticket',
      ticket: ticketRow({
        id: ticket,
        conversation,
        contact,
        channel,
        account,
        number: 5_000 + n,
        createdAt: since,
        group: more.group ?? null,
        ...of,
      }),
    },
    { do: 'set-conversation', conversation, ticket },
    {
      do: 'queue-ticket',
      waiting: {
        ticket,
        channel,
        account,
        isLive,
        group: null,
        isGroupByLanguage: false,
        because: null,
        agent: null,
        since,
        ...of,
        ...more,
      },
    },
  ]
}

/** In pieces: one transaction of thousands would hold too many locks at once. */
export async function put(store: Store, changes: readonly (readonly Change[])[]): Promise<void> {
  for (let at = 0; at < changes.length; at += 500) await applyIn(store, main, changes.slice(at, at + 500).flat())
}

export const hires = (agents: readonly AgentRow[], presence: Presence = 'online'): readonly Change[] => [
  ...agents.map((agent): Change => ({ do: 'put-agent', agent, create: true })),
  ...agents.map(({ id }): Change => ({ do: 'set-presence', agent: id, presence, at: bornAt(0) })),
]

/** That triage says they wait. */
export const triaged = (tickets: readonly TicketId[], where: Where) =>
  tickets.flatMap((ticket) =>
    raise(
      [
        {
          type: 'ticket.triaged',
          key: ticket,
          subject: ticket,
          data: triagedAs(ticket),
        },
      ],
      {
        workspace: main,
        channel: where.channel,
        account: where.account,
        decider: 'triage',
        name: ticket,
        event: null,
        correlation: ticket,
        actor: { kind: 'system', id: 'triage' },
        origin: 'live',
        now: new Date().toISOString() as Instant,
      },
    ),
  )
export const tell = (store: Store, tickets: readonly TicketId[], where: Where): Promise<void> =>
  store.transaction(async (enter) => (await enter(main)).emit(triaged(tickets, where)))
