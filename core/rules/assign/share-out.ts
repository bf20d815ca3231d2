// Gives waiting tickets to chairs, one after the other by their place in the queue: pure, the whole of who gets what (D13, D43, D44, B10 to B12, P15).
import type { HeldRow, Need, SeatRow, WaitingRow } from '../../ports/desk-rows.ts'
import type { Desk } from '../../ports/desk.ts'
import type { Because } from '../../../schemas/because.ts'
import type { Instant, TicketId } from '../../../schemas/ids.ts'
import { capRoom, chairsOf, given, rateEnds, rateRoom, room, type Chair } from './chairs.ts'
import { askedFor, leastLoaded, type Asked } from './choose.ts'
import { isWork } from './keep-queue.ts'
import { byPlace, needOf, wordOf } from './need.ts'
import { reasonOf } from './reason.ts'

export interface Given {
  readonly ticket: HeldRow
  readonly waiting: WaitingRow
  readonly agent: string
  readonly why: string
  readonly because: Because
}
export interface SharedOut {
  readonly given: readonly Given[]
  /** Waited, and should not have: somebody has them, or they are not open. */
  readonly stale: readonly TicketId[]
  /** The chairs as they are then. */
  readonly seats: readonly SeatRow[]
}

export interface ToShare {
  readonly desk: Desk
  readonly seats: readonly SeatRow[]
  readonly rows: readonly WaitingRow[]
  /** As they stand: a row may be older than what was done to its ticket. */
  readonly tickets: ReadonlyMap<TicketId, HeldRow>
  readonly seed: string
  readonly now: Instant
}

export function shareOut(share: ToShare): SharedOut {
  const chairs = new Map(chairsOf(share.desk, share.seats).map((chair) => [chair.agent.id, chair]))
  const table: Table = { chairs, asked: new Map(), full: new Set() }
  const all: Given[] = []
  const stale: TicketId[] = []
  for (const waiting of share.rows.toSorted(byPlace)) {
    const ticket = share.tickets.get(waiting.ticket)
    if (ticket?.assignee === null && isWork(ticket)) all.push(...giveOne(waiting, ticket, table, share))
    else stale.push(waiting.ticket)
  }
  return { given: all, stale, seats: [...chairs.values()].map(({ seat }) => seat) }
}

interface Table {
  /** As they are by now. */
  readonly chairs: Map<string, Chair>
  /** Found once a kind of need: nobody comes or goes meanwhile. */
  readonly asked: Map<string, Asked>
  /** Kinds for which nobody has room any more. They keep nobody of another kind waiting. */
  readonly full: Set<string>
}

function giveOne(waiting: WaitingRow, ticket: HeldRow, table: Table, { desk, seed, now }: ToShare): readonly Given[] {
  const need = needOf(waiting)
  const word = wordOf(need)
  if (table.full.has(word)) return []
  const asked = table.asked.get(word) ?? askedFor(need, [...table.chairs.values()])
  table.asked.set(word, asked)
  const chairs = asked.chairs.flatMap(({ agent }) => table.chairs.get(agent.id) ?? [])
  const chair = leastLoaded(need, chairs, `${seed}\n${waiting.ticket}`)
  if (chair === null) {
    table.full.add(word)
    return []
  }
  table.chairs.set(chair.agent.id, given(chair, need, now))
  return [
    {
      ticket,
      waiting,
      agent: chair.agent.id,
      ...reasonOf({ need, said: waiting.because, asked, chair, chairs, desk }),
    },
  ]
}

/** How many of each kind are worth looking at: those for whom a chair is free. */
export function worthLooking(
  desk: Desk,
  seats: readonly SeatRow[],
  needs: readonly Need[],
): readonly { readonly need: Need; readonly count: number }[] {
  const chairs = chairsOf(desk, seats)
  return needs
    .map((need) => ({ need, count: total(askedFor(need, chairs).chairs, (chair) => room(chair, need)) }))
    .filter(({ count }) => count > 0)
}

/** When the first of those whose rate alone keeps them from what waits may be given something again (B12); null: nobody is kept by it. */
export function rateOpens(desk: Desk, seats: readonly SeatRow[], needs: readonly Need[]): Instant | null {
  const all = chairsOf(desk, seats)
  if (!all.some((chair) => rateRoom(chair) === 0)) return null
  const kept = needs.flatMap((need) =>
    askedFor(need, all).chairs.filter((chair) => rateRoom(chair) === 0 && capRoom(chair, need) > 0),
  )
  const ends = kept.flatMap((chair) => rateEnds(chair) ?? [])
  return ends.toSorted()[0] ?? null
}

const total = (chairs: readonly Chair[], of: (chair: Chair) => number): number =>
  chairs.reduce((sum, chair) => sum + of(chair), 0)
