// The history of a ticket from its events alone: what was done, by whom, when, and what changed from what to what (D10).
import type { Because } from '../../schemas/because.ts'
import type { Actor, AnyEvent } from '../../schemas/events.ts'
import type { Instant } from '../../schemas/ids.ts'

export interface HistoryEntry {
  readonly at: Instant
  readonly actor: Actor
  readonly event: AnyEvent['type']
  readonly change: { readonly field: string; readonly from: unknown; readonly to: unknown } | null
  readonly why?: string
  readonly because?: Because
}

/** One entry an event, in the order given. */
export const historyOf = (events: readonly AnyEvent[]): readonly HistoryEntry[] => events.map(entryOf)

function entryOf(event: AnyEvent): HistoryEntry {
  const why = 'why' in event.data && typeof event.data.why === 'string' ? { why: event.data.why } : {}
  const because = 'because' in event.data && event.data.because !== undefined ? { because: event.data.because } : {}
  return { at: event.at, actor: event.actor, event: event.type, change: changeOf(event), ...why, ...because }
}

function changeOf(event: AnyEvent): HistoryEntry['change'] {
  switch (event.type) {
    case 'ticket.created':
      return { field: 'status', from: null, to: event.data.status }
    case 'ticket.status_changed':
      return {
        field: 'status',
        from: event.data.custom?.from ?? event.data.from,
        to: event.data.custom?.to ?? event.data.to,
      }
    case 'ticket.snoozed':
      return { field: 'snoozedUntil', from: event.data.from, to: event.data.until }
    case 'ticket.unsnoozed':
      return { field: 'snoozedUntil', from: event.data.until, to: null }
    case 'ticket.assigned':
      return { field: event.data.field, from: event.data.from, to: event.data.to }
    case 'ticket.unassigned':
      return { field: event.data.field, from: event.data.from, to: null }
    case 'ticket.priority_changed':
    case 'ticket.type_changed':
    case 'ticket.topic_changed':
    case 'ticket.language_changed':
      return { field: event.type.slice('ticket.'.length, -'_changed'.length), from: event.data.from, to: event.data.to }
    case 'ticket.tagged':
      return { field: 'tags', from: null, to: event.data.tag }
    case 'ticket.untagged':
      return { field: 'tags', from: event.data.tag, to: null }
    case 'ticket.foldered':
      return event.data.isIn
        ? { field: 'folders', from: null, to: event.data.folder }
        : { field: 'folders', from: event.data.folder, to: null }
    case 'ticket.message_replaced':
      return { field: 'messages', from: event.data.message, to: event.data.by }
    case 'ticket.message_added':
    case 'ticket.note_added':
      return { field: 'messages', from: null, to: event.data.message }
    default:
      return clockOf(event)
  }
}

/** What was promised, and what became of it. */
function clockOf(event: AnyEvent): HistoryEntry['change'] {
  if (event.type === 'sla.started') return { field: `sla.${event.data.metric}`, from: null, to: event.data.dueAt }
  if (!event.type.startsWith('sla.') || !('metric' in event.data)) return null
  return { field: `sla.${event.data.metric}`, from: null, to: event.type.slice('sla.'.length) }
}
