// What of an event somebody of the team may be told: which kind of news, of which ticket or account, and who did it themselves.
import type { EventOf } from '../../schemas/events.ts'
import type { TicketId } from '../../schemas/ids.ts'
import type { NoticeKind } from '../../schemas/notification.ts'
import type { SlaMetric } from '../../schemas/sla.ts'

export const heard = [
  'ticket.assigned',
  'ticket.message_added',
  'channel.health_changed',
  'sla.warning',
  'sla.breached',
] as const
export type Heard = EventOf<(typeof heard)[number]>
export interface News {
  readonly kind: NoticeKind
  readonly ticket: TicketId | null
  /** Whose it is by the event itself: the agent, or the group. */
  readonly owner: string | null
  /** Whoever did it knows it. */
  readonly doer: string | null
  /** Why an account is down, as its channel says it. */
  readonly why: string | null
  readonly target: NewsOfTarget | null
}
export interface NewsOfTarget {
  readonly metric: SlaMetric
  /** How much of its time is over; null: it was missed. */
  readonly percent: number | null
  readonly dueAt: string | null
}

/** Null: no news. What is replayed or brought in from elsewhere is none. */
export function newsIn(event: Heard): News | null {
  if (event.origin !== 'live') return null
  const doer = event.actor.kind === 'agent' ? event.actor.id : null
  const none = { ticket: null, owner: null, doer, why: null, target: null } as const
  switch (event.type) {
    case 'ticket.assigned': {
      const kind = event.data.field === 'group' ? 'newInGroup' : 'assigned'
      return { ...none, kind, ticket: event.data.ticket as TicketId, owner: event.data.to }
    }
    case 'ticket.message_added': {
      const { direction, kind, opensTicket, ticket } = event.data
      const isNews = direction === 'in' && kind === 'user' && opensTicket !== true
      return isNews ? { ...none, kind: 'customerReplied', ticket: ticket as TicketId } : null
    }
    case 'channel.health_changed': {
      const { state, from, why } = event.data
      return state === 'auth_failed' && from !== state ? { ...none, kind: 'accountDown', why } : null
    }
    case 'sla.warning': {
      const { ticket, metric, percent, dueAt } = event.data
      return { ...none, kind: 'slaWarning', ticket: ticket as TicketId, target: { metric, percent, dueAt } }
    }
    case 'sla.breached': {
      const { ticket, metric, dueAt } = event.data
      return { ...none, kind: 'slaBreached', ticket: ticket as TicketId, target: { metric, percent: null, dueAt } }
    }
  }
}
