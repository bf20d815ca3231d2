// A letter to somebody of the team: of no ticket and no conversation, marked as a machine's, and so that an answer to it is no customer's (P11).
import { idFrom, type ConversationId, type MessageId, type ReplyId, type TicketId } from '../../schemas/ids.ts'
import type { AccountRow } from '../ports/rows.ts'
import type { Change, Moment } from '../ports/worker.ts'
import type { Party } from '../../schemas/message.ts'
import { safeName } from './auto-reply/words.ts'

/** One a person and an account, so that theirs go out in their order; no customer is in it. */
export const noticesTo = (agent: string, account: string): ConversationId =>
  idFrom('cnv', 'notices', account, agent) as ConversationId

interface Notice {
  readonly agent: { readonly id: string; readonly name: string }
  readonly account: AccountRow
  readonly kind: string
  readonly to: Party
  readonly words: {
    readonly subject: string
    readonly text: string
    readonly language?: string
    readonly sealed?: string
  }
  readonly correlation: string
}

export function noticeQueued(
  { agent, account, kind, to, words, correlation }: Notice,
  moment: Moment,
): { readonly reply: ReplyId; readonly change: Change<'queue-reply'> } {
  const reply = moment.newId('rep') as ReplyId
  return {
    reply,
    change: {
      do: 'queue-reply',
      reply,
      message: moment.newId('msg') as MessageId,
      // Of no ticket and no conversation that is there.
      ticket: idFrom('tkt', 'notices', agent.id) as TicketId,
      conversation: noticesTo(agent.id, `${account.channel}/${account.id}`),
      channel: account.channel,
      account: account.id,
      outbound: {
        ours: reply,
        kind,
        author: 'auto',
        notice: true,
        to: { ...to, name: safeName(agent.name) },
        ...words,
        parts: [],
        attachments: [],
        repliesTo: [],
        vendor: {},
      },
      correlation,
      at: moment.now,
    },
  }
}
