// What each event says to assignment: which ticket is to be looked at again, whose chair was left, or that there may be a chair now.
import type { EventOf } from '../../schemas/events.ts'
import type { TicketId } from '../../schemas/ids.ts'
import type { Heard } from '../../core/rules/assign/keep-queue.ts'

export const listensTo = [
  'ticket.triaged',
  'ticket.status_changed',
  'ticket.assigned',
  'ticket.unassigned',
  'ticket.priority_changed',
  'ticket.language_changed',
  'agent.presence_changed',
  'wake.due',
] as const
export type Listened = EventOf<(typeof listensTo)[number]>

export interface Told {
  readonly ticket?: { readonly id: TicketId; readonly heard: Heard }
  /** Whoever went offline. */
  readonly left?: string
  /** People may be active no more. */
  readonly desk?: true
  /** Tickets of an account, behind one of them: it finds agents in another way by now. */
  readonly account?: {
    readonly channel: string
    readonly id: string
    readonly subject: string
    readonly after: string | null
  }
}
const about = (id: string, heard: Heard): Told => ({ ticket: { id: id as TicketId, heard } })

/** Null: nothing of it changes who gets what. */
export function toldBy(event: Listened): Told | null {
  if (isBy(event, 'assignment')) return null
  switch (event.type) {
    case 'ticket.triaged':
      return event.data.waits || event.data.on !== 'created' ? about(event.data.ticket, 'changed') : null
    case 'ticket.status_changed':
      return statusChanged(event)
    case 'ticket.assigned':
    case 'ticket.unassigned':
      return isTriages(event) ? null : ownerChanged(event)
    case 'ticket.priority_changed':
    case 'ticket.language_changed':
      return isTriages(event) ? null : about(event.data.ticket, 'changed')
    case 'agent.presence_changed':
      return presenceChanged(event)
    case 'wake.due':
      return wokenFor(event)
  }
}

const isBy = ({ actor }: Listened, worker: string): boolean => actor.kind === 'system' && actor.id === worker
/** `ticket.triaged` follows and says it all: a look at each of five events for one ticket would be five looks at every chair. */
const isTriages = (event: Listened): boolean => event.actor.kind === 'rule' || isBy(event, 'triage')

/** What was brought in from another desk is given to nobody by that. */
function statusChanged(event: EventOf<'ticket.status_changed'>): Told {
  const { data, origin } = event
  if (data.category !== 'open') return about(data.ticket, isTriages(event) ? 'ruled-aside' : 'set-aside')
  return about(data.ticket, origin === 'import' ? 'changed' : 'opened')
}

function ownerChanged({ type, data }: EventOf<'ticket.assigned' | 'ticket.unassigned'>): Told {
  if (data.field === 'assignee') return about(data.ticket, type === 'ticket.unassigned' ? 'given-back' : 'changed')
  return about(data.ticket, 'regrouped')
}

/** Also who goes on a break may open a chair: what waits for their language alone is for others when none who speaks it is there. */
const presenceChanged = ({ data }: EventOf<'agent.presence_changed'>): Told =>
  data.to === 'offline' ? { left: data.agent } : {}

function wokenFor({ data }: EventOf<'wake.due'>): Told | null {
  if (data.kind === 'assign_ticket') return about(data.subject, 'pool-is-over')
  if (data.kind === 'assign_account') return { account: accountOf(data) }
  if (data.kind !== 'assign_more') return null
  return data.subject === 'desk' ? { desk: true } : {}
}

/** `<channel>/<id>/<version>`: a look a change, so that none overtakes another. */
function accountOf({ subject, basis }: EventOf<'wake.due'>['data']): NonNullable<Told['account']> {
  const [channel = '', ...rest] = subject.split('/')
  return { channel, id: rest.slice(0, -1).join('/'), subject, after: basis }
}
