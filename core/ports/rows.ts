// What a decision may know of the record: plain rows, one type an aggregate.
import type { AssignmentMode } from '../../schemas/agent.ts'
import type { AnyEvent, RawRef } from '../../schemas/events.ts'
import type {
  AttachmentId,
  ChannelName,
  ContactId,
  ConversationId,
  Instant,
  MessageId,
  ReplyId,
  TicketId,
} from '../../schemas/ids.ts'
import type { Attachment, Part, Party } from '../../schemas/message.ts'
import type { HealthState, TemplateState } from '../../schemas/channel.ts'
import type { AutoReplyBudgets } from '../../schemas/auto-reply.ts'
import type { LifecycleSet, ReplyMakes } from '../../schemas/lifecycle.ts'
import type { Author, ReplyState } from '../../schemas/reply.ts'
import type { Priority, StatusCategory, TicketOrigin, TicketStatus } from '../../schemas/ticket.ts'

/** Something that one address of a contact does not take. */
export interface Stop {
  /** The contact key of the address. */
  readonly key: string
  /** `marketing_messages`, `automatic_mail` … */
  readonly subject: string
  readonly why: string | null
  readonly at: Instant
}
export interface ContactRow {
  readonly id: ContactId
  readonly name: string | null
  readonly address: string | null
  readonly keys: readonly string[]
  /** Set by an agent, for all that is written to them until it is set anew (D27). */
  readonly language: string | null
  readonly stops: readonly Stop[]
  /** What they write is spam from the start, until somebody lets them in again. */
  readonly isBlocked: boolean
  /** Of two contacts that turn out to be one person, the older stays. */
  readonly createdAt: Instant
}

export interface ConversationRow {
  readonly id: ConversationId
  readonly channel: ChannelName
  readonly account: string
  /** Which Capabilities. */
  readonly kind: string
  readonly lane: string
  readonly contact: ContactId
  /** Whom a reply goes to: the newest address the channel can send to. */
  readonly party: Party
  /** What send() will need again. */
  readonly vendor: Readonly<Record<string, string>>
  /** The customer's last message, by the vendor's clock: windows count from here. Null: they never wrote. */
  readonly customerAt: Instant | null
  /** The ticket new messages go to. */
  readonly ticket: TicketId | null
}

export interface TicketRow {
  readonly id: TicketId
  readonly number: number
  readonly brand: string | null
  readonly channel: ChannelName | null
  readonly account: string | null
  readonly conversation: ConversationId | null
  readonly contact: ContactId | null
  readonly requesterName: string | null
  readonly requesterAddress: string | null
  readonly subject: string | null
  readonly status: TicketStatus
  /** What people call its status, where that is one of their own (B24); `status` is then what that behaves like. */
  readonly customStatus: string | null
  readonly category: StatusCategory
  readonly priority: Priority
  readonly type: string | null
  readonly topic: string | null
  readonly tags: readonly string[]
  /** Ids. */
  readonly folders: readonly string[]
  readonly language: string | null
  readonly assignee: string | null
  /** Since when it is theirs; kept when it is nobody's again. */
  readonly assignedAt: Instant | null
  readonly group: string | null
  readonly origin: TicketOrigin
  readonly parent: TicketId | null
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly resolvedAt: Instant | null
  /** Put away until then, or until the customer writes (B9). Only while it waits. */
  readonly snoozedUntil: Instant | null
  readonly version: number
}

export interface MessageRow {
  readonly id: MessageId
  readonly ticket: TicketId
  readonly conversation: ConversationId | null
  readonly channel: ChannelName | null
  readonly account: string | null
  readonly direction: 'in' | 'out' | 'internal'
  readonly kind: 'user' | 'agent' | 'bot' | 'auto' | 'campaign' | 'system' | 'note'
  readonly from: Party
  readonly to: readonly Party[]
  readonly cc: readonly Party[]
  readonly subject: string | null
  readonly text: string
  readonly fullText: string | null
  readonly html: string | null
  readonly parts: readonly Part[]
  readonly attachments: readonly Attachment[]
  readonly externalId: string | null
  readonly repliesTo: readonly string[]
  readonly automatic: string | null
  readonly sentAt: Instant
  readonly receivedAt: Instant
  /** Of ours: where the reply stands. */
  readonly state: ReplyState | null
  readonly raw: RawRef | null
  readonly correlation: string
}

/** What was said in a conversation that keeps one answer: the customer's messages, and those of ours that went out. */
export interface SaidRow {
  readonly id: MessageId
  readonly ticket: TicketId
  readonly direction: 'in' | 'out'
  readonly externalId: string | null
  /** By our clock: when it came, or when the vendor had it. */
  readonly at: Instant
  /** The answer that took its place. */
  readonly replacedBy: MessageId | null
}

/** What is known of a message by its external id, whether it has come yet or not. */
export interface TargetFacts {
  readonly externalId: string
  readonly message: MessageId | null
  readonly ticket: TicketId | null
  readonly conversation: ConversationId | null
  /** The revision its text, its reactions and its deletion stand at; '' before the first. */
  readonly textRevision: string
  readonly deleted: boolean
  /** One a person. `emoji` null: taken back; kept, so that an older one that comes late does not return. */
  readonly reactions: readonly { readonly by: string; readonly emoji: string | null; readonly revision: string }[]
  /** Facts about it that came before it, oldest first. */
  readonly waiting: readonly AnyEvent[]
}

export interface ReplyRow {
  readonly id: ReplyId
  readonly message: MessageId
  readonly ticket: TicketId
  readonly conversation: ConversationId
  readonly channel: ChannelName
  readonly account: string
  /** Of its conversation: which Capabilities. */
  readonly kind: string
  readonly state: ReplyState
  readonly author: Author
  readonly attempt: number
  readonly externalId: string | null
  readonly code: string | null
  readonly why: string | null
  readonly text: string
  /** Ids of whom it goes to; the customer first. */
  readonly to: readonly string[]
  readonly correlation: string
}

export interface AccountRow {
  readonly channel: ChannelName
  readonly id: string
  readonly endpoint: string | null
  readonly brand: string | null
  readonly settings: Readonly<Record<string, unknown>>
  /** Sealed or references; never the values. */
  readonly secrets: Readonly<Record<string, string>>
  readonly state: HealthState
  readonly since: Instant
  readonly why: string | null
  readonly facts: Readonly<Record<string, string>>
  /** Of the address, where the channel has no signature: SHA-256 of the token, hex. */
  readonly tokenHash: string | null
  /** How its tickets find their agent; null: by whether its conversations are live. */
  readonly assignment: AssignmentMode | null
  readonly autoAfterMinutes: number
  /** What differs of the life of its tickets from those of its brand. */
  readonly lifecycle?: LifecycleSet | null
  readonly version: number
}

export interface BrandRow {
  readonly id: string
  readonly name: string
  readonly language: string | null
  readonly timezone: string | null
  /** When it is open; null: always. */
  readonly calendar: string | null
  /** What differs of the life of its tickets from those of the workspace. */
  readonly lifecycle?: LifecycleSet | null
  /** What differs of how much a machine may say. */
  readonly autoReplyBudgets?: AutoReplyBudgets | null
  readonly version: number
}

export interface WorkspaceRow {
  readonly id: string
  readonly name: string
  /** What a public answer of a person makes of a ticket that is open. */
  readonly onReply: ReplyMakes
  /** After a resolved ticket's customer writes again: reopened within so many days, a new ticket after. 0: always new. */
  readonly followUpDays: number
  /** A resolved ticket closes by itself after so many days. */
  readonly closeDays: number
  /** Resolving needs a topic (D8). */
  readonly requireTopic: boolean
  /** How much a machine may say, where it differs from what the house says. */
  readonly autoReplyBudgets?: AutoReplyBudgets | null
  readonly version: number
}

export interface KeyRow {
  readonly id: string
  readonly name: string
  readonly prefix: string
  readonly scopes: readonly string[]
  readonly createdAt: Instant
  readonly expiresAt: Instant | null
  readonly revokedAt: Instant | null
  readonly lastUsedAt: Instant | null
}

export interface TemplateRow {
  readonly channel: ChannelName
  readonly account: string
  readonly template: string
  readonly name: string
  readonly language: string
  readonly state: TemplateState | null
  readonly quality: string | null
  readonly category: string | null
  readonly why: string | null
  /** Of the newest fact; an older one never overwrites it. */
  readonly at: Instant
}

/** A file that was uploaded for a reply and belongs to no message yet. */
export interface UploadRow {
  readonly id: AttachmentId
  readonly attachment: Attachment
}

/** Somebody's coming in, as long as it lasts. */
export interface SessionRow {
  readonly hash: string
  readonly idleUntil: Instant
  readonly endsAt: Instant
}

/** A link that works once, as it is kept. */
export interface InvitationRow {
  readonly hash: string
  /** Null: who uses it becomes the first administrator. */
  readonly agent: string | null
  readonly endsAt: Instant
}
