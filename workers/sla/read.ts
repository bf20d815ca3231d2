// What a decision about clocks knows: the desk, and of each ticket whatever its clocks are made from. Where nothing is promised nothing is read.
import type { TicketId } from '../../schemas/ids.ts'
import type { Desk } from '../../core/ports/desk.ts'
import type { Reader, TriageRow } from '../../core/ports/reader.ts'
import type { SlaRow } from '../../core/ports/sla.ts'
import { asTheyLivedIt } from '../../core/rules/sla/timeline.ts'
import { choosesPolicy, ticketOf, type Heard } from './heard.ts'
import { isClosed } from './step.ts'

export type Facts =
  | { readonly of: 'ticket'; readonly row: SlaRow; readonly desk: Desk; readonly seen: TriageRow | null }
  | { readonly of: 'desk'; readonly desk: Desk; readonly tickets: readonly TicketId[] }
  | null

/** Of one step of a recount. */
const mostAtOnce = 500

export async function readFacts(events: readonly Heard[], read: Reader) {
  const desk = await read.desk()
  const asked = events.map((event) => (desk.sla.isEmpty && event.type !== 'wake.due' ? null : ticketOf(event)))
  const ids = [...new Set(asked.filter((it) => it !== null))]
  const rows = new Map<string, SlaRow | null>()
  if (ids.length > 0)
    (await read.sla.of(ids)).forEach((row, at) => rows.set(ids[at]!, row === null ? null : asTheyLivedIt(row)))
  const seen = await seenOf(events, rows, { desk, read })
  const each: Facts[] = []
  for (const [at, event] of events.entries()) {
    const row = rows.get(asked[at] ?? '') ?? null
    if (row !== null) each.push({ of: 'ticket', row, desk, seen: seen.get(row.ticket.id) ?? null })
    else if (event.type === 'wake.due' && event.data.kind === 'sla_recount') {
      const tickets = await read.sla.openBefore(desk.rows.version, event.data.basis ?? '', mostAtOnce)
      each.push({ of: 'desk', desk, tickets })
    } else each.push(null)
  }
  return { each, shared: undefined }
}

/**
 * Also where the desk changed since: what is decided on the new one is passed over by the recount, which would have chosen. And where somebody
 * writes on a ticket without clocks: what was promised it may be no more than the next answer, which is owed from now.
 */
export const choosesAnew = (event: Heard, { clocks }: SlaRow, { sla, rows }: Desk): boolean =>
  choosesPolicy(event, sla) ||
  clocks.some((it) => !isClosed(it) && it.deskVersion < rows.version) ||
  (clocks.length === 0 && event.type === 'ticket.message_added' && event.data.opensTicket !== true)

/** Where a policy is chosen, everything that its conditions may look at: the ticket as it is now, and the message that it came with. */
async function seenOf(
  events: readonly Heard[],
  rows: ReadonlyMap<string, SlaRow | null>,
  { desk, read }: { readonly desk: Desk; readonly read: Reader },
): Promise<ReadonlyMap<string, TriageRow | null>> {
  const choosing = events.flatMap((event) => {
    const row = rows.get(ticketOf(event) ?? '') ?? null
    if (row === null || desk.sla.isEmpty) return []
    const isOrphan = row.clocks.some(({ policy, state }) => state !== 'cancelled' && desk.sla.byId(policy) === null)
    return choosesAnew(event, row, desk) || isOrphan ? [row] : []
  })
  const chosen = [...new Set(choosing)]
  if (chosen.length === 0) return new Map()
  const found = await read.triage.of(chosen.map(({ ticket, opening }) => ({ ticket: ticket.id, message: opening })))
  return new Map(chosen.map(({ ticket }, at) => [ticket.id, found[at] ?? null]))
}
