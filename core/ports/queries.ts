// What the API may read: lists with filters, one resource, the feed. Every call sees one workspace; nothing here changes anything.
import type {
  AgentAnswer,
  CalendarAnswer,
  FolderAnswer,
  GroupAnswer,
  AutoReplyAnswer,
  NotificationAnswer,
  RuleAnswer,
  StatusAnswer,
  SlaPolicyAnswer,
  TagAnswer,
  TopicAnswer,
  TriedTicketAnswer,
  TypeAnswer,
} from '../../schemas/desk-answers.ts'
import type {
  AccountAnswer,
  AttachmentAnswer,
  AuditAnswer,
  BrandAnswer,
  ContactAnswer,
  HistoryAnswer,
  KeyAnswer,
  MessageAnswer,
  ParkedAnswer,
  ReplyAnswer,
  TemplateAnswer,
  TicketAnswer,
  WorkspaceAnswer,
} from '../../schemas/answers.ts'
import type { ResponseTimesAnswer, SlaReportAnswer } from '../../schemas/report-answers.ts'
import type { AnyEvent, EventType, RawRef } from '../../schemas/events.ts'
import type { BlobRef, Instant, WorkspaceId } from '../../schemas/ids.ts'
import type { Shown } from './command.ts'
import type { Desk } from './desk.ts'
import type { RuleRow } from './desk-rows.ts'

/** `after`: what a page before gave as `next`. It holds its place while rows arrive; null is the beginning. */
export interface PageAsk {
  readonly limit: number
  readonly after: string | null
}
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: string | null
}
/** `cursor`: not one of ours, or of another list or order. */
export type Listed<T> = Page<T> | { readonly refuse: 'cursor' }

export const ticketSorts = ['createdAt', 'updatedAt', 'lastMessageAt', 'number', 'priority'] as const
export type TicketSort = (typeof ticketSorts)[number]
/** Values of one filter are alternatives; filters narrow each other. */
/** No status of a ticket, and asked for like one: not done, and its priority is urgent. Some desks have it among their statuses. */
export const urgentStatus = 'urgent'
export const ticketWords = [
  'status',
  'statusCategory',
  'channel',
  'account',
  'brand',
  'assignee',
  'group',
  'priority',
  'type',
  'topic',
  'tag',
  'folder',
  'language',
] as const
export type TicketWord = (typeof ticketWords)[number]
export interface TicketsFilter {
  /** `none` finds tickets without one, where a ticket may be without. */
  readonly words: Readonly<Partial<Record<TicketWord, readonly string[]>>>
  /** A contact's id, address, name or key. */
  readonly requester: string | null
  /** From this moment on … */
  readonly createdFrom: Instant | null
  /** … and before this one. */
  readonly createdTo: Instant | null
  /** An id, a number, or words of the requester, the subject or a message. */
  readonly q: string | null
}
export interface TicketsAsk extends TicketsFilter, PageAsk {
  readonly sort: TicketSort
  readonly descending: boolean
}

/** Tickets that were opened in a time. */
export interface ResponseTimesAsk {
  readonly words: TicketsFilter['words']
  readonly createdFrom: Instant
  readonly createdTo: Instant
}

export interface Answers {
  readonly ticket: TicketAnswer
  readonly message: MessageAnswer
  readonly reply: ReplyAnswer
  readonly contact: ContactAnswer
  readonly brand: BrandAnswer
  /** Named `channel/id`. */
  readonly account: AccountAnswer
  readonly workspace: WorkspaceAnswer
  readonly key: KeyAnswer
  readonly agent: AgentAnswer
  readonly group: GroupAnswer
  readonly folder: FolderAnswer
  readonly type: TypeAnswer
  readonly topic: TopicAnswer
  readonly status: StatusAnswer
  readonly rule: RuleAnswer
  readonly calendar: CalendarAnswer
  readonly 'auto-reply': AutoReplyAnswer
  readonly notification: NotificationAnswer
  readonly policy: SlaPolicyAnswer
  readonly attachment: AttachmentAnswer
}
/** What is listed whole, in the order it came or by name. */
export interface Lists {
  readonly brands: BrandAnswer
  readonly accounts: AccountAnswer
  readonly keys: KeyAnswer
  readonly agents: AgentAnswer
  readonly groups: GroupAnswer
  readonly folders: FolderAnswer
  readonly types: TypeAnswer
  readonly topics: TopicAnswer
  readonly statuses: StatusAnswer
  /** In the order they are asked. */
  readonly rules: RuleAnswer
  readonly calendars: CalendarAnswer
  /** In the order they are looked at. */
  readonly 'auto-replies': AutoReplyAnswer
  readonly notifications: NotificationAnswer
  /** In the order they are asked. */
  readonly 'sla-policies': SlaPolicyAnswer
  readonly templates: TemplateAnswer
  readonly audit: AuditAnswer
  readonly parked: ParkedAnswer
}
export interface FeedAsk {
  /** What is after this sequence; null: from the oldest kept. */
  readonly after: string | null
  /** Empty: all. */
  readonly types: readonly EventType[]
  readonly limit: number
}
export interface FeedItem {
  readonly sequence: string
  readonly event: AnyEvent
}
/** `gone`: the cursor is older than what is kept, or of a feed that held more than this one does. */
export type Feed =
  | { readonly items: readonly FeedItem[]; readonly more: boolean; readonly at: string }
  | { readonly refuse: 'gone'; readonly oldest: string }

/** A key as the door finds it, whatever the workspace. */
export interface FoundKey {
  readonly id: string
  readonly workspace: WorkspaceId
  readonly scopes: readonly string[]
  readonly expiresAt: Instant | null
  readonly revokedAt: Instant | null
}
export interface Keys {
  /** By the SHA-256 of the key, hex. */
  byHash(hash: string): Promise<FoundKey | null>
  /** Notes that it was used now; at most once a minute a key is enough. */
  used(key: FoundKey): Promise<void>
}

/** What of the tickets somebody may see (D54). Null: all. */
export interface Sees {
  readonly brands: readonly string[] | null
  readonly channels: readonly string[] | null
}
/** Of all tags in use: a list to choose from. */
export const mostTags = 500
export interface Queries {
  /** The same, for somebody who sees a part: what is not theirs is absent, from everything that hangs on it too. */
  seenBy(sees: Sees): Queries
  /** As decisions know it. */
  desk(workspace: WorkspaceId): Promise<Desk>
  one<W extends Shown>(workspace: WorkspaceId, what: W, id: string): Promise<Answers[W] | null>
  list<L extends keyof Lists>(workspace: WorkspaceId, what: L, page: PageAsk): Promise<Listed<Lists[L]>>
  tickets(workspace: WorkspaceId, asked: TicketsAsk): Promise<Listed<TicketAnswer>>
  /** Of the newest tickets, the tag used last first. */
  tags(workspace: WorkspaceId, page: PageAsk): Promise<Listed<TagAnswer>>
  /** How long customers waited for an agent: reads the history of each ticket that fits. */
  responseTimes(workspace: WorkspaceId, asked: ResponseTimesAsk): Promise<ResponseTimesAnswer>
  /** What became of each promise, by the sla.* events in the history of these tickets. */
  slaReport(
    workspace: WorkspaceId,
    asked: ResponseTimesAsk & { readonly by: SlaReportAnswer['by'] },
  ): Promise<SlaReportAnswer>
  /** What a draft would do to these tickets; `looked`: how many of the page were asked, of which `items` match. Changes nothing. */
  tryRule(
    workspace: WorkspaceId,
    asked: { readonly rule: RuleRow; readonly tickets: TicketsAsk },
  ): Promise<
    | (Page<TriedTicketAnswer> & { readonly looked: number })
    | { readonly refuse: 'cursor' }
    | { readonly refuse: 'rule'; readonly code: string; readonly field: string; readonly why: string }
  >
  /** Oldest first, by when they were sent, then by when they came. Null: no such ticket. */
  messages(workspace: WorkspaceId, ticket: string, page: PageAsk): Promise<Listed<MessageAnswer> | null>
  history(workspace: WorkspaceId, ticket: string, page: PageAsk): Promise<Listed<HistoryAnswer> | null>
  replies(workspace: WorkspaceId, ticket: string, page: PageAsk): Promise<Listed<ReplyAnswer> | null>
  /** `q`: in a name, address or key. */
  contacts(workspace: WorkspaceId, q: string | null, page: PageAsk): Promise<Listed<ContactAnswer>>
  /** All of the installation, by id. */
  workspaces(): Promise<readonly WorkspaceAnswer[]>
  events(workspace: WorkspaceId, asked: FeedAsk): Promise<Feed>
  /** Where the bytes of an attachment lie; null: no such attachment. */
  file(
    workspace: WorkspaceId,
    attachment: string,
  ): Promise<(AttachmentAnswer & { readonly blob: BlobRef | null }) | null>
  /** Where a raw lies, by the message or the parked event that came of it. */
  rawRef(workspace: WorkspaceId, raw: string): Promise<RawRef | null>
}
