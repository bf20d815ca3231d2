// Puts the beginnings of a record in place: a contact, a conversation, its ticket, messages and replies, by the verbs themselves.
import {
  idFrom,
  type ContactId,
  type ConversationId,
  type Instant,
  type MessageId,
  type ReplyId,
  type TicketId,
  type WorkspaceId,
} from '../../schemas/ids.ts'
import type { MessageRow } from '../../core/ports/rows.ts'
import type { Store } from '../../core/ports/store.ts'
import type { Change } from '../../core/ports/worker.ts'
import { ayse, channel, conversationRow, start, ticketRow, us } from './given.ts'

export interface Thread {
  readonly contact: ContactId
  readonly conversation: ConversationId
  readonly ticket: TicketId
}
/** The ids of a customer's thread, by a word. */
export const threadNamed = (name: string): Thread => ({
  contact: idFrom('con', name) as ContactId,
  conversation: idFrom('cnv', name) as ConversationId,
  ticket: idFrom('tkt', name) as TicketId,
})

let numbers = 0
/** What a first message of a customer does, without the message. Numbers begin after `firstNumber`, where the sequence has given some. */
export function openThread(name: string, firstNumber = 0): readonly Change[] {
  const { contact, conversation, ticket } = threadNamed(name)
  return [
    { do: 'make-contact', contact, name, address: null, keys: [`phone:${name}`] },
    {
      do: 'make-conversation',
      conversation: conversationRow({ id: conversation, contact, lane: `pigeon:${name}`, customerAt: null }),
      threadKeys: [`phone:${name}`],
    },
    { do: 'set-conversation', conversation, ticket, customerAt: start },
    { do: 'open-ticket', ticket: ticketRow({ id: ticket, conversation, contact, number: firstNumber + ++numbers }) },
  ]
}

export function messageRow(name: string, word: string, more: Partial<MessageRow> = {}): MessageRow {
  const { conversation, ticket } = threadNamed(name)
  return {
    id: idFrom('msg', name, word) as MessageId,
    ticket,
    conversation,
    channel,
    account: 'main',
    direction: 'in',
    kind: 'user',
    from: ayse,
    to: [us],
    cc: [],
    subject: null,
    text: `${word} of ${name}`,
    fullText: null,
    html: null,
    parts: [],
    attachments: [],
    externalId: null,
    repliesTo: [],
    automatic: null,
    sentAt: start,
    receivedAt: start,
    state: null,
    raw: null,
    correlation: word,
    ...more,
  }
}

export const replyNamed = (name: string, word: string): ReplyId => idFrom('rep', name, word) as ReplyId
/** A reply of an agent, queued with its message. */
export function queueReply(
  name: string,
  word: string,
  more: { readonly account?: string; readonly to?: string } = {},
): readonly Change[] {
  const { conversation, ticket } = threadNamed(name)
  const account = more.account ?? 'main'
  const message = messageRow(name, word, { direction: 'out', kind: 'agent', state: 'queued', account })
  return [
    { do: 'add-message', message },
    {
      do: 'queue-reply',
      reply: replyNamed(name, word),
      message: message.id,
      ticket,
      conversation,
      channel,
      account,
      outbound: {
        ours: replyNamed(name, word),
        kind: 'dm',
        author: 'person',
        to: { ...ayse, id: more.to ?? name },
        text: message.text,
        parts: [],
        attachments: [],
        repliesTo: [],
        vendor: {},
      },
      correlation: word,
      at: start as Instant,
    },
  ]
}

export const applyIn = (store: Store, workspace: WorkspaceId, changes: readonly Change[]): Promise<void> =>
  store.transaction(async (enter) => (await enter(workspace)).apply(changes))
