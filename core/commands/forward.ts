// Sends a ticket on to somebody else, with all its files where asked: neither its status nor whose turn it is changes (D23, D24).
import { Type, type Static } from 'typebox'
import type { AttachmentId, MessageId, ReplyId, TicketId } from '../../schemas/ids.ts'
import type { Attachment, Party } from '../../schemas/message.ts'
import type { OutboundMessage } from '../ports/channel.ts'
import { command, type Asker, type Refusal } from '../ports/command.ts'
import { lockOf, type Moment } from '../ports/worker.ts'
import { fit } from '../rules/fit.ts'
import { queueReply } from '../rules/outgoing.ts'
import * as inputs from './inputs.ts'
import { draftOf } from '../rules/reply-draft.ts'
import { readReplyFacts } from '../reads/reply-facts.ts'
import { whyNoReply, type ReadyFacts, type ReplyFacts } from '../rules/reply-facts.ts'
import { writerOf } from './reply.ts'

export const ForwardInput = Type.Object(
  {
    ticket: inputs.ticketId,
    to: Type.Array(inputs.addressInput, { minItems: 1, maxItems: 50, description: 'Whom it is forwarded to.' }),
    subject: Type.Optional(
      Type.String({ minLength: 1, maxLength: 998, description: 'The ticket’s own when left out.' }),
    ),
    text: Type.Optional(inputs.messageText),
    html: Type.Optional(
      Type.String({
        maxLength: 500_000,
        description: 'The same as `text` with form. Without `text` its words are the text.',
      }),
    ),
    attachments: Type.Optional(inputs.attachmentsInput),
    allFiles: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Every file that was ever received or sent on the ticket goes along, each once.',
      }),
    ),
  },
  { ...inputs.closed, description: 'A ticket that is sent on to somebody else.' },
)
export type ForwardInput = Static<typeof ForwardInput>

interface ForwardFacts extends ReplyFacts {
  readonly files: readonly Attachment[]
}
/** No ticket has so many messages that are worth sending on. */
const mostMessages = 1_000

export const forward = command({
  name: 'forward',
  input: ForwardInput,
  scope: 'tickets:write',
  locks: () => [],
  moreLocks: (_input, facts: ForwardFacts) => [
    ...(facts.conversation === null ? [] : [lockOf('conversation', facts.conversation.id)]),
    ...(facts.ticket === null ? [] : [lockOf('ticket', facts.ticket.id)]),
  ],
  async facts(input: ForwardInput, read): Promise<ForwardFacts> {
    const ticket = input.ticket as TicketId
    const attachments = (input.attachments ?? []) as AttachmentId[]
    const facts = await readReplyFacts({ ticket, replyTo: null, attachments, addresses: input.to }, read)
    const messages = input.allFiles === true ? await read.messages.lastOf(ticket, mostMessages) : []
    return { ...facts, files: eachOnce(messages.toReversed().flatMap((it) => it.attachments)) }
  },
  decide(input: ForwardInput, facts, moment, by) {
    const ready = whyNoReply(facts)
    return 'refuse' in ready ? ready : sendOn(input, { ...ready, all: facts.files }, { moment, by })
  },
})

/** By content where it is known: one file may have been sent back and forth. What is not stored cannot be sent. */
function eachOnce(files: readonly Attachment[]): readonly Attachment[] {
  const stored = files.filter((it) => 'blob' in it.source)
  return [...new Map(stored.map((it) => [it.sha256 ?? it.id, it])).values()]
}

type Ready = ReadyFacts & { readonly all: readonly Attachment[] }

function sendOn(input: ForwardInput, facts: Ready, { moment, by }: { readonly moment: Moment; readonly by: Asker }) {
  const { can, conversation, ticket, addressed } = facts
  const [to, ...also] = addressed
  if (can.copies !== true || to === undefined) return notHere
  const draft = { ...draftOf(input, facts.files), copies: input.to.length }
  const isFilesOnly = draft.text.trim() === '' && draft.html === undefined && facts.all.length > 0
  const fits = fit(isFilesOnly ? { ...draft, text: '.' } : draft, {
    ...facts,
    customerAt: conversation.customerAt,
    now: moment.now,
  })
  if ('misfit' in fits) return { refuse: 'invalid', ...fits.misfit } as Refusal
  const reply = moment.newId('rep') as ReplyId
  const message = moment.newId('msg') as MessageId
  const subject = input.subject ?? ticket.subject
  // Of a message that is here already: the same bytes, under a name of their own on this one.
  const again = facts.all.map((it) => ({ ...it, id: moment.newId('att') }))
  const attachments = eachOnce([...draft.attachments, ...again])
  const outbound = outboundTo(
    { to, also },
    {
      ours: reply,
      subject,
      number: ticket.number,
      draft: { ...draft, attachments },
      kind: conversation.kind,
      vendor: conversation.vendor,
    },
  )
  const correlation = facts.heard?.correlation ?? by.correlation
  const head = { reply, message, ticket: ticket.id, correlation }
  const queued = queueReply({
    ...head,
    conversation,
    outbound,
    isForward: true,
    keys: facts.keysOf(outbound),
    as: fits.as,
    from: writerOf(by),
    at: moment.now,
  })
  const data = {
    reply,
    message,
    ticket: ticket.id,
    conversation: conversation.id,
    to: addressed.map((it) => it.address ?? it.id),
    subject,
    files: attachments.length,
  }
  return {
    changes: queued.changes,
    events: [...queued.events, { type: 'message.forwarded', key: conversation.id, subject: ticket.id, data } as const],
    about: { channel: conversation.channel, account: conversation.account, correlation },
    answer: { status: 202, body: { id: reply, state: 'queued' } },
  }
}

const notHere: Refusal = {
  refuse: 'invalid',
  code: 'forward_not_supported',
  why: 'What comes through this channel cannot be forwarded: it reaches the customer only.',
  field: 'to',
}

/** It begins something new for its reader: nothing of the customer’s thread but the address we write from. */
function outboundTo(
  people: { readonly to: Party; readonly also: readonly Party[] },
  said: Pick<OutboundMessage, 'ours' | 'kind' | 'vendor'> & {
    readonly subject: string | null
    readonly number: number
    readonly draft: ReturnType<typeof draftOf>
  },
): OutboundMessage {
  const { draft, subject, ours, kind, vendor } = said
  return {
    ours,
    kind,
    author: 'person',
    to: people.to,
    ...(people.also.length === 0 ? {} : { also: people.also }),
    text: draft.text,
    ...(draft.html === undefined ? {} : { html: draft.html }),
    ...(subject === null ? {} : { subject }),
    number: said.number,
    parts: [],
    attachments: draft.attachments,
    repliesTo: [],
    vendor: vendor['address'] === undefined ? {} : { address: vendor['address'] },
  }
}
