// Writes a note on a ticket: seen by agents only, and nothing else changes.
import { Type, type Static } from 'typebox'
import type { AttachmentId, MessageId, TicketId } from '../../schemas/ids.ts'
import type { Attachment } from '../../schemas/message.ts'
import { command, type Asker } from '../ports/command.ts'
import type { MessageRow, TicketRow } from '../ports/rows.ts'
import { lockOf, type Moment } from '../ports/worker.ts'
import * as inputs from './inputs.ts'
import { invalid, notFound } from './refusals.ts'
import { writerOf } from './reply.ts'

export const AddNoteInput = Type.Object(
  {
    ticket: inputs.ticketId,
    text: Type.String({ pattern: '\\S', maxLength: 100_000, description: 'The note; not blank.' }),
    attachments: Type.Optional(inputs.attachmentsInput),
  },
  { ...inputs.closed, description: 'A note on a ticket.' },
)
export type AddNoteInput = Static<typeof AddNoteInput>

interface Facts {
  readonly ticket: TicketRow | null
  readonly files: readonly (Attachment | null)[]
}

export const addNote = command({
  name: 'add-note',
  input: AddNoteInput,
  scope: 'tickets:write',
  locks: ({ ticket }: AddNoteInput) => [lockOf('ticket', ticket)],
  async facts(input: AddNoteInput, read): Promise<Facts> {
    const id = input.ticket as TicketId
    const asked = (input.attachments ?? []) as AttachmentId[]
    const uploads = asked.length === 0 ? new Map() : await read.uploads.byId(asked)
    const files = asked.map((it) => uploads.get(it)?.attachment ?? null)
    return { ticket: (await read.tickets.byId([id])).get(id) ?? null, files }
  },
  decide(input: AddNoteInput, { ticket, files }, moment, by) {
    if (ticket === null) return notFound('ticket')
    if (ticket.status === 'closed')
      return { refuse: 'conflict', code: 'ticket_closed', why: `Ticket ${ticket.number} is closed and takes no notes.` }
    const attachments = files.filter((it) => it !== null)
    if (attachments.length < files.length)
      return invalid('unknown_attachment', 'attachments', 'An upload is not there or used already. Upload it again.')
    const message = noteOn(ticket, { text: input.text, attachments, by }, moment)
    const data = { ticket: ticket.id, message: message.id, text: input.text }
    return {
      changes: [{ do: 'add-message', message }],
      events: [{ type: 'ticket.note_added', key: ticket.id, subject: ticket.id, data }],
      about: { channel: ticket.channel, account: ticket.account },
      answer: { status: 201, show: 'message', id: message.id } as const,
    }
  },
})

export function noteOn(
  ticket: Pick<TicketRow, 'id' | 'conversation' | 'channel' | 'account'>,
  note: { readonly text: string; readonly attachments: readonly Attachment[]; readonly by: Asker },
  moment: Moment,
): MessageRow {
  return {
    id: moment.newId('msg') as MessageId,
    ticket: ticket.id,
    conversation: ticket.conversation,
    channel: ticket.channel,
    account: ticket.account,
    direction: 'internal',
    kind: 'note',
    from: writerOf(note.by),
    to: [],
    cc: [],
    subject: null,
    text: note.text,
    fullText: null,
    html: null,
    parts: [],
    attachments: note.attachments,
    externalId: null,
    repliesTo: [],
    automatic: null,
    sentAt: moment.now,
    receivedAt: moment.now,
    state: null,
    raw: null,
    correlation: note.by.correlation,
  }
}
