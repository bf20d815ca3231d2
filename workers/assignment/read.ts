// What assignment looks at for a batch: the tickets that were heard of as they stand now, the chairs, and the first of each kind that waits.
import type { TicketId } from '../../schemas/ids.ts'
import type { HeldRow, Need, PresenceRow, SeatRow, WaitingRow } from '../../core/ports/desk-rows.ts'
import type { Desk } from '../../core/ports/desk.ts'
import type { Reader } from '../../core/ports/reader.ts'
import { groupedBy, keepQueue, type Heard, type Kept } from '../../core/rules/assign/keep-queue.ts'
import { needOf, wordOf } from '../../core/rules/assign/need.ts'
import { worthLooking } from '../../core/rules/assign/share-out.ts'
import { toldBy, type Listened, type Told } from './heard.ts'

/** Given away by one decision at most; the rest by the next. */
export const most = 200

export interface Facts {
  /** Tickets this event is the first of its batch to speak of. */
  readonly mine: readonly TicketId[]
  /** Its decision gives away what no other one of the batch does. */
  readonly isLast: boolean
  /** Every ticket the batch may touch; of one event alone, since locks are of the whole batch. */
  readonly touched: readonly TicketId[]
}
export interface GoesOn {
  readonly kind: 'assign_more' | 'assign_account'
  readonly subject: string
  readonly basis: string | null
}
export interface Picture {
  readonly desk: Desk
  readonly seats: readonly SeatRow[]
  readonly tickets: ReadonlyMap<TicketId, HeldRow>
  readonly kept: ReadonlyMap<TicketId, Kept>
  /** For whom a chair may be free, those among them that wait since this batch. */
  readonly rows: readonly WaitingRow[]
  /** There may be more than were looked at. */
  readonly isCut: boolean
  /** What could not be looked at in one go. */
  readonly goesOn: readonly GoesOn[]
  /** Needs that wait, those of this batch among them. */
  readonly needs: readonly Need[]
  readonly seed: string
}
/** Undefined: nothing of this batch changes who gets what. */
export async function look(
  events: readonly Listened[],
  read: Reader,
): Promise<{ readonly each: readonly Facts[]; readonly shared: Picture | undefined }> {
  const told = events.map(toldBy)
  const last = told.findLastIndex((it) => it !== null)
  if (last === -1) return { each: events.map(() => idle), shared: undefined }
  const desk = await read.desk()
  // Where nobody is, nobody gets anything; what waits came with its place in the queue, and whoever is added has it looked at.
  const isNobodys =
    desk.agents.size === 0 && events.every(({ type }, at) => told[at] === null || type === 'ticket.triaged')
  if (isNobodys) return { each: events.map(() => idle), shared: undefined }
  const spoken = await spokenOf(events, read)
  const kept = await keptOf(spoken, desk, read)
  const picture = await pictureOf(
    { desk, kept, tickets: spoken.tickets, goesOn: spoken.goesOn, seed: events[0]!.id },
    read,
  )
  const touched = [...new Set([...spoken.tickets.keys(), ...picture.rows.map(({ ticket }) => ticket)])]
  const each = events.map((_event, at): Facts => {
    if (told[at] === null) return idle
    const mine = [...spoken.by].filter(([, by]) => by === at).map(([id]) => id)
    return { mine, isLast: at === last, touched: at === last ? touched : [] }
  })
  return { each, shared: picture }
}
const idle: Facts = { mine: [], isLast: false, touched: [] }

interface Spoken {
  readonly heard: ReadonlyMap<TicketId, { readonly words: ReadonlySet<Heard>; readonly at: Listened['receivedAt'] }>
  /** Which event was the first to speak of it. */
  readonly by: ReadonlyMap<TicketId, number>
  readonly tickets: ReadonlyMap<TicketId, HeldRow>
  readonly goesOn: readonly GoesOn[]
}

async function spokenOf(events: readonly Listened[], read: Reader): Promise<Spoken> {
  const heard = new Map<TicketId, { words: Set<Heard>; at: Listened['receivedAt'] }>()
  const by = new Map<TicketId, number>()
  const held: HeldRow[] = []
  const goesOn: GoesOn[] = []
  for (const [at, event] of events.entries()) {
    const told = toldBy(event)
    const left = told?.left === undefined ? [] : await read.assigning.heldBy(told.left)
    const behind = told?.desk === true ? await read.assigning.leftBehind(most) : []
    if (behind.length === most) goesOn.push({ kind: 'assign_more', subject: 'desk', basis: null })
    held.push(...left, ...behind)
    const other = await pooledBy(told, read, goesOn)
    const named = [...[...left, ...behind].map(({ id }) => ({ id, heard: 'left' as const })), ...other]
    for (const it of told?.ticket === undefined ? named : [told.ticket, ...named]) {
      const known = heard.get(it.id) ?? { words: new Set(), at: event.receivedAt }
      known.words.add(it.heard)
      heard.set(it.id, known)
      if (!by.has(it.id)) by.set(it.id, at)
    }
  }
  const tickets = new Map(await read.assigning.tickets([...heard.keys()]))
  for (const row of held) tickets.set(row.id, row)
  return { heard, by, tickets, goesOn }
}

async function pooledBy(told: Told | null, read: Reader, goesOn: GoesOn[]) {
  if (told?.account === undefined) return []
  const { subject, ...account } = told.account
  const { ids, next } = await read.assigning.pooled(account, most)
  if (next !== null) goesOn.push({ kind: 'assign_account', subject, basis: next })
  return ids.map((id) => ({ id, heard: 'another-way' as const }))
}

async function keptOf(spoken: Spoken, desk: Desk, read: Reader): Promise<ReadonlyMap<TicketId, Kept>> {
  const ids = [...spoken.tickets.keys()]
  const waiting = await read.assigning.waiting(ids)
  const owners = [...spoken.tickets.values()].flatMap(({ assignee }) => assignee ?? [])
  const presences =
    owners.length === 0 ? new Map<string, PresenceRow>() : await read.assigning.presence([...new Set(owners)])
  const kept = new Map<TicketId, Kept>(
    [...spoken.tickets].flatMap(([id, ticket]) => {
      const told = spoken.heard.get(id)
      if (told === undefined) return []
      const presence = ticket.assignee === null ? null : (presences.get(ticket.assignee) ?? null)
      const looked = { heard: told.words, at: told.at, ticket, waiting: waiting.get(id) ?? null, presence }
      return [[id, keepQueue(looked, desk)] as const]
    }),
  )
  return withGroups(kept, waiting, read)
}

/** What comes into the queue without triage waits for its group as triage meant it. */
async function withGroups(
  kept: ReadonlyMap<TicketId, Kept>,
  waiting: ReadonlyMap<TicketId, WaitingRow>,
  read: Reader,
): Promise<ReadonlyMap<TicketId, Kept>> {
  const anew = [...kept]
    .flatMap(([id, it]) => (it.is === 'back' || (it.is === 'in' && !waiting.has(id)) ? [{ id, it }] : []))
    .filter(({ it }) => it.waiting.group !== null)
  if (anew.length === 0) return kept
  const said = await read.assigning.groupedBy(anew.map(({ id }) => id))
  const again = anew.map(({ id, it }) => [id, { ...it, waiting: groupedBy(it.waiting, said.get(id) ?? null) }] as const)
  return new Map<TicketId, Kept>([...kept, ...again])
}

async function pictureOf(
  known: Pick<Picture, 'desk' | 'kept' | 'tickets' | 'goesOn' | 'seed'>,
  read: Reader,
): Promise<Picture> {
  const { desk, kept } = known
  const board = await read.assigning.board()
  const fresh = [...kept.values()].flatMap((it) => (it.is === 'in' || it.is === 'back' ? [it.waiting] : []))
  const all = [...board.needs, ...fresh.map(needOf)]
  const needs = [...new Map(all.map((need) => [wordOf(need), need])).values()]
  const asked = worthLooking(desk, board.seats, needs).map((it) => ({ ...it, count: Math.min(it.count, most) }))
  const waiting = await read.assigning.next(asked, most)
  const rows = [...waiting.filter(({ ticket }) => (kept.get(ticket) ?? untouched).is === 'right'), ...fresh]
  const tickets = new Map(await read.assigning.tickets(waiting.map(({ ticket }) => ticket)))
  for (const [id, ticket] of known.tickets) tickets.set(id, ticket)
  return { ...known, seats: board.seats, needs, rows, tickets: asTaken(tickets, kept), isCut: waiting.length === most }
}
const untouched: Kept = { is: 'right' }

/** What was taken from somebody who left is nobody's by now. */
function asTaken(
  tickets: ReadonlyMap<TicketId, HeldRow>,
  kept: ReadonlyMap<TicketId, Kept>,
): ReadonlyMap<TicketId, HeldRow> {
  return new Map(
    [...tickets].map(([id, ticket]) =>
      kept.get(id)?.is === 'back' ? [id, { ...ticket, assignee: null, version: ticket.version + 1 }] : [id, ticket],
    ),
  )
}
