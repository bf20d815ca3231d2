// Who gets what: gives waiting tickets to chairs, one decision at a time a workspace, so that no two give away one chair (D13, D43 to D47, B10 to B12).
import type { TicketId } from '../../schemas/ids.ts'
import { boardLock, lockOf, nothing, worker, type Decision, type Moment } from '../../core/ports/worker.ts'
import { shareOut, type SharedOut } from '../../core/rules/assign/share-out.ts'
import { toldBy, listensTo, type Listened } from './heard.ts'
import { look, type Facts, type Picture } from './read.ts'
import { givenTo, keeping, wakes } from './effects.ts'

/** Shared out once a batch; each event then tells of its own tickets, so that what is done to a ticket goes back to what caused it (M4). */
interface Deal {
  readonly picture: Picture
  readonly out: SharedOut | null
}

export default worker({
  name: 'assignment',
  on: [...listensTo],
  guard: 'inbox',
  everyMs: 25,
  // Of the events of a new ticket one of five is its business; and each look reads every chair.
  batch: 400,
  concerns: (event: Listened) => toldBy(event) !== null,
  locks: () => [boardLock],
  // All tickets by one statement after the board: taken by two, they could wait for each other's.
  moreLocks: (_event, { touched }: Facts) =>
    touched.map((id) => ({ ...lockOf('ticket', id), together: true as const })),
  async facts(events: readonly Listened[], read) {
    const { each, shared: picture } = await look(events, read)
    return { each, shared: picture === undefined ? undefined : ({ picture, out: null } as Deal) }
  },
  decide(event: Listened, facts: Facts, moment, deal): Decision & { readonly shared?: Deal | undefined } {
    if (deal === undefined || toldBy(event) === null) return nothing
    const { picture } = deal
    const out = deal.out ?? shareOut({ ...picture, now: moment.now })
    return { ...tell(facts, { picture, out }, moment), shared: { picture, out } }
  },
})

function tell(
  facts: Facts,
  { picture, out }: { readonly picture: Picture; readonly out: SharedOut },
  moment: Moment,
): Decision {
  const mine = new Set<TicketId>(facts.mine)
  const isTold = (id: TicketId): boolean => mine.has(id) || (facts.isLast && !picture.kept.has(id))
  const parts = [
    ...facts.mine.map((id) => keeping(picture.tickets.get(id), picture, moment)),
    ...out.given.filter(({ ticket }) => isTold(ticket.id)).map((it) => givenTo(it, moment)),
    ...(facts.isLast ? [wakes(picture, out, moment)] : []),
  ]
  return { changes: parts.flatMap((it) => it.changes), events: parts.flatMap((it) => it.events) }
}
