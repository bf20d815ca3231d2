// The parts of a ticket that is opened from our side: its row, its customer, its conversation, its first message.
import type { ContactId, ConversationId, MessageId, ReplyId, TicketId } from '../../schemas/ids.ts'
import { statusCategories, type TicketStatus } from '../../schemas/ticket.ts'
import type { Asker, Refusal } from '../ports/command.ts'
import type { ConversationRow, TicketRow } from '../ports/rows.ts'
import type { Change, Decision, Moment } from '../ports/worker.ts'
import { contactOf } from '../rules/contact.ts'
import { fit } from '../rules/fit.ts'
import { queueReply } from '../rules/outgoing.ts'
import { subjectFrom } from '../rules/subject.ts'
import { languageTag } from '../rules/language-tag.ts'
import { tagsChange } from '../rules/tags.ts'
import { openedBy, ticketCreated } from '../rules/ticket-events.ts'
import { noteOn } from './add-note.ts'
import { isSaying, type CreateFacts, type Place } from './create-ticket-facts.ts'
import type { CreateTicketInput } from './create-ticket.ts'
import { draftOf, outboundOf, textOf } from '../rules/reply-draft.ts'
import { writerOf } from './reply.ts'

interface Wanted {
  readonly id: TicketId
  readonly input: CreateTicketInput
  readonly facts: CreateFacts
}
interface Asked {
  readonly moment: Moment
  readonly by: Asker
}
type Row = Partial<TicketRow> & { readonly status: TicketStatus }

function ticketRow({ id, input, facts }: Wanted, row: Row, { moment, by }: Asked): TicketRow {
  return {
    id,
    number: facts.number,
    brand: input.brand ?? facts.account?.brand ?? null,
    channel: facts.place?.channel ?? null,
    account: facts.place?.account ?? null,
    conversation: null,
    contact: null,
    requesterName: input.name ?? null,
    requesterAddress: input.address ?? null,
    subject: input.subject ?? subjectFrom(textOf(input)),
    customStatus: null,
    category: statusCategories[row.status],
    priority: input.priority ?? 'low',
    type: input.type ?? null,
    topic: input.topic ?? null,
    tags: tagsChange([], input.tags ?? []).tags,
    folders: input.folders ?? [],
    language: typeof input.language === 'string' ? languageTag(input.language) : null,
    assignee: input.assignee ?? null,
    assignedAt: (input.assignee ?? null) === null ? null : moment.now,
    group: input.group ?? null,
    origin: by.actor.kind === 'agent' ? 'agent' : 'tool',
    parent: facts.parent?.id ?? null,
    createdAt: moment.now,
    updatedAt: moment.now,
    resolvedAt: null,
    snoozedUntil: null,
    version: 1,
    ...row,
  }
}

/** What the customer said elsewhere is kept as a note: there is nothing to send it through. */
export function openWithoutChannel(wanted: Wanted, asked: Asked): Decision {
  const ticket = ticketRow(wanted, { status: 'new' }, asked)
  const { input, facts } = wanted
  const open: Change = { do: 'open-ticket', ticket }
  if (!isSaying(input)) return { changes: [open], events: [ticketCreated(ticket)] }
  const attachments = facts.files.filter((it) => it !== null)
  const message = noteOn(ticket, { text: input.text ?? '', attachments, by: asked.by }, asked.moment)
  return {
    changes: [open, { do: 'add-message', message }],
    events: openedBy(ticket, message),
  }
}

/** Outbound first: with a message the ticket waits for the customer; without one it is new. */
export function openOnChannel(wanted: Wanted, asked: Asked): Decision | Refusal {
  const { input, facts, id } = wanted
  const { place, thread } = facts
  if (place === null || thread === null) throw new Error('a ticket on a channel needs a place; whyNotCreate sees to it')
  const person = contactOf({ ...place.to, name: input.name ?? place.to.name }, thread.contacts, asked.moment)
  const talk = conversationFor(place, facts, { contact: person.contact, moment: asked.moment })
  const isSaid = isSaying(input)
  const ticket = ticketRow(
    wanted,
    {
      status: isSaid ? 'pending' : 'new',
      conversation: talk.row.id,
      contact: person.contact,
      requesterName: person.name,
      requesterAddress: person.address,
      parent: facts.parent?.id ?? thread.ticket?.id ?? null,
    },
    asked,
  )
  const said = isSaid ? firstMessage({ wanted, ticket, talk: talk.row }, asked) : { changes: [], events: [] }
  if ('refuse' in said) return said
  const leads: Change = { do: 'set-conversation', conversation: talk.row.id, ticket: id, ...talk.keys }
  return {
    changes: [...person.changes, ...talk.made, leads, { do: 'open-ticket', ticket }, ...said.changes],
    events: [...person.events, ticketCreated(ticket), ...said.events],
  }
}

function conversationFor(
  place: Place,
  { thread }: CreateFacts,
  of: { readonly contact: ContactId; readonly moment: Moment },
): {
  readonly row: ConversationRow
  readonly made: readonly Change[]
  readonly keys: { readonly addKeys?: readonly string[] }
} {
  const known = thread?.conversation ?? null
  if (known !== null && thread !== null) {
    const leads = new Set(thread.keys.map((it) => it.key))
    const addKeys = place.threadKeys.filter((key) => !leads.has(key))
    return { row: known, made: [], keys: addKeys.length === 0 ? {} : { addKeys } }
  }
  const { channel, account, kind, lane, to: party, threadKeys } = place
  const id = of.moment.newId('cnv') as ConversationId
  const row = { id, channel, account, kind, lane, contact: of.contact, party, vendor: {}, customerAt: null }
  return { row: { ...row, ticket: null }, made: [{ do: 'make-conversation', conversation: row, threadKeys }], keys: {} }
}

interface First {
  readonly wanted: Wanted
  readonly ticket: TicketRow
  readonly talk: ConversationRow
}

function firstMessage({ wanted, ticket, talk }: First, { moment, by }: Asked): Decision | Refusal {
  const { input, facts } = wanted
  const { can, template, last } = facts
  if (can === null) throw new Error(`no capabilities for ${talk.kind}; whyNotCreate sees to it`)
  const files = facts.files.filter((it) => it !== null)
  const { text, html, parts, author } = input
  const draft = draftOf(
    {
      ...(text === undefined ? {} : { text }),
      ...(html === undefined ? {} : { html }),
      ...(parts === undefined ? {} : { parts }),
      ...(author === undefined ? {} : { author }),
      ...(input.template === undefined ? {} : { template: input.template }),
    },
    files,
  )
  const fits = fit(draft, { can, customerAt: talk.customerAt, now: moment.now, template, last })
  if ('misfit' in fits) return { refuse: 'invalid', ...fits.misfit }
  const reply = moment.newId('rep') as ReplyId
  const contact = facts.thread?.contacts[0] ?? null
  const about = { conversation: talk, contact, can, standing: null, answered: null, addressed: [], ticket }
  const outbound = outboundOf(draft, about, { ours: reply, to: 0 })
  return queueReply({
    reply,
    message: moment.newId('msg') as MessageId,
    ticket: ticket.id,
    conversation: talk,
    outbound,
    keys: facts.keysOf(outbound),
    as: fits.as,
    from: writerOf(by),
    correlation: by.correlation,
    at: moment.now,
  })
}
