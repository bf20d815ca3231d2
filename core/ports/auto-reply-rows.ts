// What the desk says by itself: automatic replies to customers, and which of the team is told of what by mail.
import type { AutoReplyHours, AutoReplyKind, AutoReplyText } from '../../schemas/auto-reply.ts'
import type { ContactId, ConversationId, Instant, MessageId, TicketId } from '../../schemas/ids.ts'
import type { NoticeKind } from '../../schemas/notification.ts'
import type { Condition } from '../../schemas/rule.ts'
import type { RuleBook } from './rule-book.ts'

export interface AutoReplyRow {
  readonly id: string
  readonly name: string
  /** Smaller first; of equals the smaller id. The first that fits is sent, and no other. */
  readonly weight: number
  readonly isActive: boolean
  readonly kind: AutoReplyKind
  readonly hours: AutoReplyHours
  /** Whose hours; null: the calendar of the ticket's brand. */
  readonly calendar: string | null
  /** Null: of all. */
  readonly brands: readonly string[] | null
  readonly channels: readonly string[] | null
  /** `channel/id`. */
  readonly accounts: readonly string[] | null
  /** Null: always. */
  readonly when: Condition | null
  /** By language (BCP 47). */
  readonly texts: Readonly<Record<string, AutoReplyText>>
  /** Resolves the ticket under the topic "Automatic Replies" (D11). */
  readonly resolve: boolean
  readonly version: number
}
/** Who of the team is told of what by mail (D72). */
export interface NotificationRow {
  readonly id: string
  readonly name: string
  readonly isActive: boolean
  readonly on: readonly NoticeKind[]
  /** Null: whomever it concerns; else only those of them. */
  readonly agents: readonly string[] | null
  readonly except: readonly string[]
  readonly brands: readonly string[] | null
  readonly channels: readonly string[] | null
  /** `channel/id`: what it is sent from. */
  readonly account: string
  readonly version: number
}
/** Automatic replies made ready: the conditions as a book of rules with their ids. */
export interface AutoReplies {
  readonly rows: ReadonlyMap<string, AutoReplyRow>
  /** Of active ones. */
  readonly kinds: ReadonlySet<AutoReplyKind>
  readonly book: RuleBook
}

/** What was sent or withheld by itself, as budgets count it: under the locks of its ticket, its address and its domain. */
export interface AutoReplyNote {
  readonly ticket: TicketId
  /** The message it answers: one answer a message, whatever is repeated. */
  readonly cause: MessageId
  /** Why it was withheld; null: it was sent. */
  readonly code: string | null
  readonly kind: AutoReplyKind
  readonly conversation: ConversationId
  readonly address: string
  readonly domain: string | null
  readonly at: Instant
}
export interface AutoReplyAsk {
  readonly ticket: TicketId
  readonly cause: MessageId
  readonly conversation: ConversationId
  readonly contact: ContactId
  readonly address: string
  readonly domain: string | null
}
export interface AutoReplyCount {
  /** This message has been answered already. */
  readonly isAnswered: boolean
  /** In 24 hours before. */
  readonly ofTicket: number
  readonly ofAddress: number
  /** In one hour before. */
  readonly ofDomain: number
  /** Messages that came from this address in ten minutes. */
  readonly cameLately: number
  /** When the last of each kind was sent in this conversation. */
  readonly last: Readonly<Partial<Record<AutoReplyKind, Instant>>>
  /** Codes that were told of this ticket. */
  readonly told: readonly string[]
}
/** A notice that was sent, as its budget counts it. */
export interface NoticeNote {
  readonly agent: string
  readonly kind: NoticeKind | 'invited'
  /** The ticket, or the account. */
  readonly subject: string
  /** The event that it tells of. */
  readonly cause: string
  readonly at: Instant
}

/** What decisions may do with these. */
export interface AutoReplyVerbs {
  'put-auto-reply': { readonly autoReply: AutoReplyRow; readonly create: boolean }
  'drop-auto-reply': { readonly autoReply: string }
  'put-notification': { readonly notification: NotificationRow; readonly create: boolean }
  'drop-notification': { readonly notification: string }
  /** What budgets count: an automatic reply that was sent, or why it was not. Once a message. */
  'note-auto-reply': { readonly note: AutoReplyNote }
  'note-notice': { readonly note: NoticeNote }
}
