// What assignment does to the record: tickets given and taken back, the queue put right, and when it looks again.
import type { NewEvent } from '../../schemas/events.ts'
import type { HeldRow } from '../../core/ports/desk-rows.ts'
import { nothing, type Change, type Decision, type Moment } from '../../core/ports/worker.ts'
import { awayBecause } from '../../core/rules/assign/reason.ts'
import { rateOpens, type Given, type SharedOut } from '../../core/rules/assign/share-out.ts'
import type { Picture } from './read.ts'

const home = ({ id }: Pick<HeldRow, 'id'>) => ({ key: id, subject: id, slot: id })

/** The queue as it should be of one ticket; what was taken from who left, with why. */
export function keeping(ticket: HeldRow | undefined, { kept, desk }: Picture, { now }: Moment): Decision {
  const it = ticket === undefined ? undefined : kept.get(ticket.id)
  if (ticket === undefined || it === undefined) return nothing
  const { id } = ticket
  switch (it.is) {
    case 'right':
      return nothing
    case 'out':
      return { changes: [{ do: 'unqueue-ticket', ticket: id }], events: [] }
    case 'in':
      return { changes: [{ do: 'queue-ticket', waiting: it.waiting }], events: [] }
    case 'later':
      return {
        changes: [
          { do: 'wake-me', kind: 'assign_ticket', subject: id, dueAt: it.dueAt, basis: null },
          ...(it.leaves ? [{ do: 'unqueue-ticket', ticket: id } as const] : []),
        ],
        events: [],
      }
    case 'back': {
      const taken: Change = { do: 'set-ticket', ticket: id, set: { assignee: null, assignedAt: null }, at: now }
      const data = { ticket: id, field: 'assignee' as const, from: it.from, ...awayBecause(it.from, ticket, desk) }
      const event: NewEvent = { type: 'ticket.unassigned', ...home(ticket), data }
      return { changes: [taken, { do: 'queue-ticket', waiting: it.waiting }], events: [event] }
    }
  }
}

export function givenTo({ ticket, agent, why, because }: Given, { now }: Moment): Decision {
  const { id } = ticket
  const changes: Change[] = [
    { do: 'set-ticket', ticket: id, set: { assignee: agent, assignedAt: now }, at: now },
    { do: 'unqueue-ticket', ticket: id },
    { do: 'note-assignment', agent, ticket: id, at: now },
  ]
  const data = { ticket: id, field: 'assignee' as const, from: null, to: agent, why, because }
  return { changes, events: [{ type: 'ticket.assigned', ...home(ticket), data }] }
}

/** More that may have a chair is given by the next decision; who is kept by a rate alone, when its window has passed. */
export function wakes({ desk, needs, isCut, goesOn }: Picture, { stale, seats }: SharedOut, { now }: Moment): Decision {
  const opens = rateOpens(desk, seats, needs)
  const ask = (subject: string, dueAt: typeof now): Change => ({
    do: 'wake-me',
    kind: 'assign_more',
    subject,
    dueAt,
    basis: null,
  })
  const changes: Change[] = [
    ...stale.map((ticket): Change => ({ do: 'unqueue-ticket', ticket })),
    ...(isCut ? [ask('more', now)] : []),
    ...goesOn.map((it): Change => ({ do: 'wake-me', ...it, dueAt: now })),
    ...(opens === null ? [] : [ask('rate', opens)]),
  ]
  return { changes, events: [] }
}
