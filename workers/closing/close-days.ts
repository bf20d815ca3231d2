// A setting of days that changed reaches what waits already: a piece of the waiting tickets at a time, by their wake-ups, never by looking through tickets.
import type { EventOf } from '../../schemas/events.ts'
import type { Desk } from '../../core/ports/desk.ts'
import type { Closing, Reader } from '../../core/ports/reader.ts'
import type { TicketRow } from '../../core/ports/rows.ts'
import { lockOf, nothing, type Change, type Decision, type LockKey, type Moment } from '../../core/ports/worker.ts'
import { lifecycleOf } from '../../core/rules/lifecycle.ts'
import { closesAt } from '../../core/rules/ticket-status.ts'

type Wake = EventOf<'wake.due'>
export interface Piece {
  readonly waiting: readonly (Closing & { readonly row: TicketRow })[]
  readonly desk: Desk
  /** The last one that was looked at; null: there are no more. */
  readonly goesOnAfter: string | null
}
/** In one transaction, each under the lock of its ticket. */
const atOnce = 200

export async function readPiece({ data }: Wake, read: Reader): Promise<Piece | null> {
  if (data.kind !== 'close_days') return null
  const found = await read.closing(data.basis, atOnce)
  const rows = await read.tickets.byId(found.map(({ ticket }) => ticket))
  const waiting = found.flatMap((it) => {
    const row = rows.get(it.ticket)
    return row === undefined ? [] : [{ ...it, row }]
  })
  const last = found.length < atOnce ? undefined : found.at(-1)
  return { waiting, desk: await read.desk(), goesOnAfter: last?.ticket ?? null }
}

export const pieceLocks = (piece: Piece | null): readonly LockKey[] =>
  piece?.waiting.map(({ ticket }) => lockOf('ticket', ticket)) ?? []

export function countAnew(piece: Piece | null, { now }: Moment): Decision {
  if (piece === null) return nothing
  const moved = piece.waiting.flatMap(({ ticket, dueAt, row }): readonly Change[] => {
    const { resolvedAt } = row
    if (resolvedAt === null || row.status !== 'resolved') return []
    const closes = closesAt(resolvedAt, lifecycleOf(piece.desk, row))
    return closes === dueAt
      ? []
      : [{ do: 'wake-me', kind: 'close_ticket', subject: ticket, dueAt: closes, basis: resolvedAt }]
  })
  const basis = piece.goesOnAfter
  const next: readonly Change[] =
    basis === null ? [] : [{ do: 'wake-me', kind: 'close_days', subject: 'desk', dueAt: now, basis }]
  return { changes: [...moved, ...next], events: [] }
}
