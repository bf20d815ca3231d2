// The fields of a ticket that a person sets, and the event that tells of each change.
import { Type, type Static } from 'typebox'
import type { NewEvent } from '../../schemas/events.ts'
import { nullable, oneOf } from '../../schemas/shapes.ts'
import { priorities } from '../../schemas/ticket.ts'
import type { TicketRow } from '../ports/rows.ts'
import type { TicketSet } from '../ports/worker.ts'
import { foldersChange } from '../rules/folders.ts'
import { languageTag } from '../rules/language-tag.ts'
import { tagsChange } from '../rules/tags.ts'
import { fieldChanged, foldered, ownerChanged, tagged, typeGiven } from '../rules/ticket-events.ts'
import { word } from './inputs.ts'

/** The word by which lists ask for what has nothing there: nobody and nothing may be called so. */
const unreserved = { pattern: '^(?!none$)' } as const
const optionalWord = (description: string) =>
  Type.Optional(nullable({ ...word(description), ...unreserved }, `${description} null: none, which is also no name.`))
/** So many of a person; rules may have added more, and who sends back what they saw is not refused for it. */
export const mostByHand = 50
const mostSentBack = 1_000
export const ticketFields = {
  priority: Type.Optional(oneOf(priorities, 'How urgent.')),
  type: optionalWord('What kind of request.'),
  topic: optionalWord('Why the customer wrote.'),
  assignee: optionalWord('The agent whose it is.'),
  group: optionalWord('The group whose it is.'),
  tags: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 60 }), {
      maxItems: mostSentBack,
      description: 'All of its tags, 50 at most where one is new; İ, I, ı and i are the same letter.',
    }),
  ),
  folders: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
      maxItems: mostSentBack,
      uniqueItems: true,
      description: 'All of the folders it lies in, by their ids, 50 at most where one is new.',
    }),
  ),
  language: Type.Optional(
    nullable(Type.String({ pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$', description: 'BCP 47: tr, en-GB.' })),
  ),
}
const fieldsObject = Type.Object(ticketFields)
export type TicketFields = Static<typeof fieldsObject>

export interface FieldsChange {
  readonly set: TicketSet
  readonly events: readonly NewEvent[]
}

/** Only what really changes. */
export function fieldsChange(ticket: TicketRow, given: TicketFields): FieldsChange {
  const asked = inTag(given)
  const { set, events } = tagsOf(ticket, asked.tags)
  const folders = foldersOf(ticket, asked.folders)
  const plain = (['priority', 'type', 'topic', 'language'] as const).filter((it) => differs(ticket, asked, it))
  const owned = (['assignee', 'group'] as const).filter((it) => differs(ticket, asked, it))
  const isGiven = typeof asked.assignee === 'string' || typeof asked.group === 'string'
  const plainly = Object.fromEntries([...plain, ...owned].map((it) => [it, asked[it]])) as TicketSet
  return {
    set: { ...plainly, ...set, ...folders.set },
    events: [
      ...plain.map((it) =>
        it === 'type' && isGiven ? typeGiven(ticket, asked.type ?? null) : fieldChanged(ticket, it, asked[it] ?? null),
      ),
      ...owned.map((it) => ownerChanged(ticket, it, asked[it] ?? null)),
      ...events,
      ...folders.events,
    ],
  }
}

/** A language by its tag, however it was typed. */
const inTag = (asked: TicketFields): TicketFields =>
  typeof asked.language === 'string' ? { ...asked, language: languageTag(asked.language) } : asked

type Field = Exclude<keyof TicketFields, 'tags' | 'folders'>
const differs = (ticket: TicketRow, asked: TicketFields, field: Field): boolean =>
  asked[field] !== undefined && asked[field] !== ticket[field]

function tagsOf(ticket: TicketRow, asked: readonly string[] | undefined): FieldsChange {
  if (asked === undefined) return { set: {}, events: [] }
  const { tags, added, removed } = tagsChange(ticket.tags, asked)
  if (added.length === 0 && removed.length === 0) return { set: {}, events: [] }
  return {
    set: { tags },
    events: [
      ...added.map((tag) => tagged('ticket.tagged', ticket, tag)),
      ...removed.map((tag) => tagged('ticket.untagged', ticket, tag)),
    ],
  }
}

function foldersOf(ticket: TicketRow, asked: readonly string[] | undefined): FieldsChange {
  if (asked === undefined) return { set: {}, events: [] }
  const { folders, into, out } = foldersChange(ticket.folders, asked)
  if (into.length === 0 && out.length === 0) return { set: {}, events: [] }
  return {
    set: { folders },
    events: [
      ...into.map((folder) => foldered(ticket, folder)),
      ...out.map((folder) => foldered(ticket, folder, { isIn: false })),
    ],
  }
}
