// What a ticket names of the desk must be there: its type and topic in the catalogue, its people, its folders (D7, D8, D16).
import type { TicketStatus } from '../../schemas/ticket.ts'
import type { Refusal } from '../ports/command.ts'
import type { Desk } from '../ports/desk.ts'
import type { TicketRow } from '../ports/rows.ts'
import { whyNotInCatalogue } from '../rules/catalogue.ts'
import { foldersChange } from '../rules/folders.ts'
import { unknown } from '../rules/match/did-you-mean.ts'
import { tagsChange } from '../rules/tags.ts'
import { isOpen } from '../rules/ticket-status.ts'
import { invalid } from './refusals.ts'
import { mostByHand, type TicketFields } from './ticket-fields.ts'

type Asked = Pick<TicketFields, 'type' | 'topic' | 'assignee' | 'group' | 'folders' | 'tags'>
type Known = Pick<TicketRow, 'brand'> &
  Partial<Pick<TicketRow, 'type' | 'topic' | 'assignee' | 'group' | 'folders' | 'tags'>>

/** Only what is set now: what a ticket has already may have gone since. */
export function whyNotNamed(asked: Asked, known: Known, desk: Desk): Refusal | null {
  for (const what of ['type', 'topic'] as const) {
    const key = asked[what] ?? null
    if (key === null || key === known[what]) continue
    const why = whyNotInCatalogue(desk, { what, key, brand: known.brand })
    if (why !== null) return invalid(`unknown_${what}`, what, why)
  }
  return whyNobody(asked, known, desk) ?? whyNoFolder(asked, known, desk) ?? whyTooMany(asked, known)
}

/** A workspace that has no agents or groups of its own names those of another tool, as before it had any. */
function whyNobody(asked: Asked, known: Known, desk: Desk): Refusal | null {
  for (const { field, kind, rows } of [
    { field: 'assignee', kind: 'agent', rows: desk.agents },
    { field: 'group', kind: 'group', rows: desk.groups },
  ] as const) {
    const name = asked[field] ?? null
    if (name === null || name === known[field] || rows.size === 0 || rows.has(name)) continue
    return invalid(`unknown_${kind}`, field, unknown(kind, name, [...rows.keys()]))
  }
  return null
}

function whyNoFolder({ folders }: Asked, known: Known, desk: Desk): Refusal | null {
  const nowhere = folders?.find((id) => known.folders?.includes(id) !== true && !desk.folders.has(id))
  if (nowhere === undefined) return null
  return invalid('unknown_folder', 'folders', unknown('folder', nowhere, [...desk.folders.keys()]))
}

/** Rules may put more on it than a person may add: what is there already is sent back and taken off freely. */
function whyTooMany({ tags = [], folders = [] }: Asked, known: Known): Refusal | null {
  const { tags: all, added } = tagsChange(known.tags ?? [], tags)
  const { folders: lies, into } = foldersChange(known.folders ?? [], folders)
  const field = [
    ...(added.length > 0 && all.length > mostByHand ? ['tags'] : []),
    ...(into.length > 0 && lies.length > mostByHand ? ['folders'] : []),
  ][0]
  if (field === undefined) return null
  return invalid(
    `too_many_${field}`,
    field,
    `A ticket has ${mostByHand} ${field} at most. Take some off to add others.`,
  )
}

/** The work is over with either of them; without a topic nobody would ever learn why they wrote (D8). */
const ends: readonly TicketStatus[] = ['resolved', 'closed']
export function whyNoTopic(
  ticket: Pick<TicketRow, 'status' | 'topic'>,
  asked: { readonly to: TicketStatus; readonly topic?: string | null },
  requireTopic: boolean,
): Refusal | null {
  const { to, topic = ticket.topic } = asked
  if (!requireTopic || !ends.includes(to) || !isOpen(ticket.status) || topic !== null) return null
  const why = `A ticket of this workspace needs a topic to become ${to}: send \`topic\` with it. GET /v1/topics lists them.`
  return invalid('topic_required', 'topic', why)
}
