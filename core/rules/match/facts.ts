// What rules look at, read off a ticket, its message and its contact.
import { shownStatus } from '../ticket-status.ts'
import type { Desk } from '../../ports/desk.ts'
import type { TriageRow } from '../../ports/reader.ts'
import type { MessageRow } from '../../ports/rows.ts'
import type { RuleFacts } from '../../ports/rule-book.ts'
import { headerField, type conditionFields } from '../../../schemas/rule.ts'
import type { Part, Party } from '../../../schemas/message.ts'
import { clockAt } from './clock.ts'

type Named = { readonly [field in keyof typeof conditionFields]: RuleFacts[string] }

export const ruleFactsOf = (row: TriageRow, desk: Desk): RuleFacts => ({
  ...headersOf(row.message),
  ...({ ...messageFacts(row), ...ticketFacts(row), ...contactFacts(row), ...timeFacts(row, desk) } satisfies Named),
})

function messageFacts({ message, kind }: TriageRow) {
  const stars = message?.parts.find((it) => it.kind === 'review')?.['stars']
  return {
    'message.text': message?.text,
    'message.subject': message?.subject,
    'message.from': message === null ? null : nameOf(message.from),
    'message.fromName': message?.from.name,
    'message.to': message?.to.map(nameOf),
    'message.cc': message?.cc.map(nameOf),
    'message.kind': message === null ? null : kind,
    'message.automatic': message?.automatic,
    'message.attachments': message?.attachments.length,
    'message.attachmentTypes': message?.attachments.map(({ type }) => type),
    'message.rating': typeof stars === 'number' ? stars : null,
    'message.parts': message === null ? null : [...new Set(message.parts.map((it) => it.kind))],
  }
}
const nameOf = ({ address, id }: Party): string => address ?? id

function ticketFacts({ ticket, messageCount }: TriageRow) {
  return {
    'ticket.channel': ticket.channel,
    'ticket.account': ticket.channel === null || ticket.account === null ? null : `${ticket.channel}/${ticket.account}`,
    'ticket.brand': ticket.brand,
    'ticket.subject': ticket.subject,
    'ticket.status': shownStatus(ticket),
    'ticket.statusCategory': ticket.category,
    'ticket.priority': ticket.priority,
    'ticket.type': ticket.type,
    'ticket.topic': ticket.topic,
    'ticket.tags': ticket.tags,
    'ticket.folders': ticket.folders,
    'ticket.language': ticket.language,
    'ticket.assignee': ticket.assignee,
    'ticket.group': ticket.group,
    'ticket.origin': ticket.origin,
    'ticket.isFollowUp': ticket.parent !== null,
    'ticket.messageCount': messageCount,
  }
}

/** A ticket keeps what its requester was called and where they are reached; a contact that is known better says so itself. */
const contactFacts = ({ contact, ticket }: TriageRow) => ({
  'contact.name': contact?.name ?? ticket.requesterName,
  'contact.address': contact?.address ?? ticket.requesterAddress,
  'contact.language': contact?.language,
})

/** Of a ticket that nobody wrote on yet: when it was made. */
function timeFacts({ message, ticket }: TriageRow, desk: Desk) {
  const timezone = desk.brands.get(ticket.brand ?? '')?.timezone ?? null
  const { clock, weekday } = clockAt(message?.sentAt ?? ticket.createdAt, timezone)
  return { 'time.clock': clock, 'time.weekday': weekday }
}

/** As the channel kept them: name and value, in their order (B3). A name that stands there more than once has all its values. */
function headersOf(message: MessageRow | null): RuleFacts {
  const found: Record<string, string | string[]> = {}
  for (const [name, value] of message?.parts.flatMap(headerLines) ?? []) {
    const field = `${headerField}${name.toLowerCase()}`
    const before = found[field]
    found[field] = before === undefined ? value : [before, value].flat()
  }
  return found
}
const headerLines = ({ headers }: Part): readonly (readonly [string, string])[] =>
  Array.isArray(headers) ? headers.filter(isLine) : []
const isLine = (line: unknown): line is readonly [string, string] =>
  Array.isArray(line) && line.length === 2 && line.every((it) => typeof it === 'string')
