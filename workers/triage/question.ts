// What the rules are asked about an event, and which rules' effects led to it (P14).
import type { EventOf } from '../../schemas/events.ts'
import { messageIdOf, type MessageId, type TicketId } from '../../schemas/ids.ts'
import type { ChangeField } from '../../schemas/rule.ts'
import { machine, type Question } from '../../core/rules/triage/question.ts'
import type { News } from '../../core/rules/triage/snapshot.ts'

const changes = {
  'ticket.status_changed': 'status',
  'ticket.priority_changed': 'priority',
  'ticket.type_changed': 'type',
  'ticket.topic_changed': 'topic',
  'ticket.language_changed': 'language',
  'ticket.tagged': 'tags',
  'ticket.untagged': 'tags',
} as const satisfies Record<string, ChangeField>

export const triaged = [
  'ticket.created',
  'ticket.message_added',
  ...(Object.keys(changes) as (keyof typeof changes)[]),
  'ticket.assigned',
  'ticket.unassigned',
  'wake.due',
] as const
export type Triaged = EventOf<(typeof triaged)[number]>
type Change = EventOf<keyof typeof changes | 'ticket.assigned' | 'ticket.unassigned'>

/** Null: nothing that rules are asked about. */
export function questionOf(event: Triaged): Question | null {
  switch (event.type) {
    case 'ticket.created':
      return { ...about(event.data), on: 'created', message: event.cause === null ? null : messageIdOf(event.cause) }
    case 'ticket.message_added':
      return isNews(event.data)
        ? { ...about(event.data), on: 'message', message: event.data.message as MessageId }
        : null
    case 'wake.due':
      return event.data.kind === 'rule_time' ? { ...about({ ticket: event.data.subject }), on: 'time' } : null
    default:
      return { ...about(event.data), on: 'changed', field: fieldOf(event), after: ledTo(event) }
  }
}

const about = ({ ticket }: { readonly ticket: string }) =>
  ({ ticket: ticket as TicketId, field: null, message: null, after: [] }) as const

/** The customer's own word on a ticket that was there. One that opened it was triaged with it. */
const isNews = (data: EventOf<'ticket.message_added'>['data']): boolean =>
  data.direction === 'in' && data.kind === 'user' && data.opensTicket !== true

const fieldOf = (event: Change): ChangeField =>
  event.type === 'ticket.assigned' || event.type === 'ticket.unassigned' ? event.data.field : changes[event.type]

function ledTo({ type, actor, data: { because } }: Change): readonly string[] {
  const before = because?.after ?? []
  const rule = because?.rule ?? null
  const led = rule === null ? before : [...before, rule]
  return type === 'ticket.assigned' && actor.kind === 'system' && actor.id === 'assignment' ? [...led, machine] : led
}

export const newsOf = (event: Triaged): News => ({
  origin: event.origin,
  opened: event.type === 'ticket.created' ? event.data : null,
  typed:
    event.type === 'ticket.type_changed' && event.actor.kind !== 'rule' && event.data.isGiven !== true
      ? event.data.to
      : null,
})
