// What is said about a message that is here, or will come: edits, deletions, reactions, and a mended reading of its bytes.
import type { EventData, EventOf } from '../../schemas/events.ts'
import { messageIdOf, type EventId } from '../../schemas/ids.ts'
import type { TargetFacts } from '../../core/ports/rows.ts'
import { nothing, type Decision, type Moment } from '../../core/ports/worker.ts'
import { changesOf, type MessageFact } from '../../core/rules/message-facts.ts'
import { outcomeOf } from '../../core/rules/status-machine.ts'
import { moveStatus } from '../../core/rules/ticket-status.ts'
import type { Facts } from './read.ts'

export function takeFact(event: MessageFact, facts: Facts, moment: Moment): Decision {
  const { target } = facts.thread
  if (target?.message) {
    const changes = changesOf(target.message, target, [event])
    const seen = changes.length === 0 ? nothing : seenAgain(event, facts, moment)
    return { changes: [...changes, ...seen.changes], events: seen.events }
  }
  const { channel, account } = event
  if (channel === null || account === null)
    throw new Error(`${event.type} ${event.id} names no channel account; ingest gives every message one`)
  return {
    changes: [{ do: 'await-target', channel, account, externalId: event.data.target, fact: event }],
    events: [],
  }
}

/** Under a review nothing can be written but the review itself: whoever changes it has spoken, and it is an agent's turn (D34, P19). */
function seenAgain(event: MessageFact, { can, thread, life }: Facts, moment: Moment): Decision {
  const { ticket, target } = thread
  const isTheirWord = event.type === 'message.edited' && can?.replies === 'one-editable'
  if (!isTheirWord || ticket === null || target?.ticket !== ticket.id || event.origin === 'import') return nothing
  const next = outcomeOf('customer_wrote', ticket, { life, at: event.at })
  return next === 'stay' || next === 'follow-up'
    ? nothing
    : moveStatus(ticket, next, { why: 'customer_wrote', at: moment.now, life })
}

/**
 * A mended normalizer reads the same bytes differently. The text keeps its revision: what the customer edited since stays, and their next
 * edit is still newer.
 */
export function takeCorrection(event: EventOf<'message.corrected'>, facts: Facts): Decision {
  const { target } = facts.thread
  if (target === null || target.message === null || target.deleted) return nothing
  if (!isWhatStands(event, target)) return nothing
  const { text, fullText, html, parts } = event.data.data as EventData['message.edited']
  const edit = { revision: target.textRevision, text, fullText, html, parts }
  return { changes: [{ do: 'change-message', message: target.message, edit }], events: [] }
}

/** Is the event that was read wrongly the one whose text is shown? */
function isWhatStands({ data }: EventOf<'message.corrected'>, target: TargetFacts): boolean {
  if (data.originalType === 'message.edited')
    return (data.data as EventData['message.edited']).revision === target.textRevision
  const isMessage = data.originalType === 'message.received' || data.originalType === 'message.echoed'
  return isMessage && target.textRevision === '' && messageIdOf(data.original as EventId) === target.message
}
