// What an answer needs to know before it is decided, and why there can be none.
import type { AttachmentId, MessageId, TicketId } from '../../schemas/ids.ts'
import type { Attachment, Party } from '../../schemas/message.ts'
import type { Capabilities, OutboundMessage } from '../ports/channel.ts'
import type { Refusal } from '../ports/command.ts'
import type {
  AccountRow,
  ContactRow,
  ConversationRow,
  MessageRow,
  ReplyRow,
  SaidRow,
  TemplateRow,
  TicketRow,
} from '../ports/rows.ts'
import type { Lifecycle } from './lifecycle.ts'

export interface ReplyAsk {
  readonly ticket: TicketId
  readonly replyTo: MessageId | null
  readonly attachments: readonly AttachmentId[]
  /** Typed by the asker: To first, then Cc. */
  readonly addresses: readonly string[]
  readonly template?: NonNullable<OutboundMessage['template']>
}
type Addressed = { readonly typed: string } & ({ readonly to: Party } | { readonly refuse: string })
export interface ReplyFacts {
  readonly ticket: TicketRow | null
  readonly conversation: ConversationRow | null
  /** Who opened the conversation. */
  readonly contact: ContactRow | null
  readonly account: AccountRow | null
  readonly can: Capabilities | null
  readonly template: TemplateRow | null
  readonly last: ReplyRow | null
  /** Of a kind that keeps one answer: the one that stands there, ours or a colleague's. */
  readonly standing: SaidRow | null
  readonly answered: { readonly asked: boolean; readonly message: MessageRow | null }
  /** What the customer wrote last. */
  readonly heard: MessageRow | null
  /** Of the ticket, newest first: the last few. */
  readonly recent: readonly MessageRow[]
  readonly uploads: readonly { readonly id: AttachmentId; readonly attachment: Attachment | null }[]
  readonly addressed: readonly Addressed[]
  readonly keysOf: (message: OutboundMessage) => readonly string[]
  /** As it is set for this ticket; null: there is none. */
  readonly life: Lifecycle | null
}

/** Everything that is needed, and there. */
export interface ReadyFacts {
  readonly ticket: TicketRow
  readonly conversation: ConversationRow
  readonly contact: ContactRow | null
  readonly can: Capabilities
  readonly template: TemplateRow | null
  readonly last: ReplyRow | null
  readonly standing: SaidRow | null
  readonly answered: MessageRow | null
  readonly heard: MessageRow | null
  readonly recent: readonly MessageRow[]
  readonly files: readonly Attachment[]
  readonly addressed: readonly Party[]
  readonly keysOf: ReplyFacts['keysOf']
  readonly life: Lifecycle
}

export function whyNoReply(facts: ReplyFacts): ReadyFacts | Refusal {
  const { ticket, life, conversation, can, template, last, standing } = facts
  if (ticket === null || life === null) return noTicket
  if (ticket.status === 'closed') return closedTicket(ticket)
  if (conversation === null || can === null) return noChannel(ticket)
  const refusal =
    accountDown(facts.account) ?? notOfThisTicket(facts, ticket) ?? missingFile(facts) ?? badAddress(facts)
  if (refusal !== null) return refusal
  const files = facts.uploads.flatMap((it) => (it.attachment === null ? [] : [it.attachment]))
  const addressed = facts.addressed.flatMap((it) => ('to' in it ? [it.to] : []))
  return {
    ticket,
    conversation,
    contact: facts.contact,
    can,
    template,
    last,
    standing,
    answered: facts.answered.message,
    heard: facts.heard,
    recent: facts.recent,
    files,
    addressed,
    keysOf: facts.keysOf,
    life,
  }
}

const noTicket: Refusal = {
  refuse: 'not-found',
  code: 'not_found',
  why: 'There is no such ticket in this workspace.',
}

const closedTicket = (ticket: TicketRow): Refusal => ({
  refuse: 'conflict',
  code: 'ticket_closed',
  why: `Ticket ${ticket.number} is closed and takes no more answers. Open a new ticket that follows up on it.`,
})

const noChannel = (ticket: TicketRow): Refusal => ({
  refuse: 'invalid',
  code: 'no_channel',
  why:
    ticket.conversation === null
      ? `Ticket ${ticket.number} has no channel to answer through. Add a note, or open a ticket with an account and an address.`
      : `The channel of ticket ${ticket.number} is not installed here. Add its folder and start again.`,
})

const down: readonly AccountRow['state'][] = ['auth_failed', 'disabled', 'draft']

export function accountDown(account: AccountRow | null): Refusal | null {
  if (account === null)
    return { refuse: 'invalid', code: 'account_down', why: 'The account of this conversation was removed.' }
  if (!down.includes(account.state)) return null
  const name = `${account.channel}/${account.id}`
  const because = account.why === null ? '' : `: ${account.why}`
  return {
    refuse: 'invalid',
    code: 'account_down',
    why: `Account ${name} cannot send: it is ${account.state} since ${account.since}${because}. Mend the account, then answer again.`,
    facts: { state: account.state, since: account.since },
  }
}

function notOfThisTicket({ answered }: ReplyFacts, ticket: TicketRow): Refusal | null {
  if (!answered.asked) return null
  const { message } = answered
  if (message === null || message.conversation !== ticket.conversation)
    return {
      refuse: 'invalid',
      code: 'unknown_message',
      why: 'There is no such message on this ticket.',
      field: 'replyTo',
    }
  if (message.externalId !== null) return null
  const why = 'The vendor does not know this message (a note, or an answer that was not sent), so it cannot be quoted.'
  return { refuse: 'invalid', code: 'unknown_message', why, field: 'replyTo' }
}

function missingFile({ uploads }: ReplyFacts): Refusal | null {
  const missing = uploads.find((it) => it.attachment === null)
  if (missing === undefined) return null
  const why = `There is no upload ${missing.id} that is still free to use. Upload the file, then answer with the id you get.`
  return { refuse: 'invalid', code: 'unknown_attachment', why, field: 'attachments' }
}

function badAddress({ addressed }: ReplyFacts): Refusal | null {
  for (const it of addressed)
    if ('refuse' in it)
      return { refuse: 'invalid', code: 'bad_address', why: `"${it.typed}": ${it.refuse}`, field: 'to' }
  return null
}
