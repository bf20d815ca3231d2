// What facts() and commands may read inside their transaction: one part an aggregate, one query a call.
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
import type { Capabilities, OutboundMessage } from './channel.ts'
import type { AutoReplyAsk, AutoReplyCount, NoticeNote } from './auto-reply-rows.ts'
import type { Desk } from './desk.ts'
import type { SlaRow } from './sla.ts'
import type { Board, HeldRow, Need, PresenceRow, WaitingRow } from './desk-rows.ts'
import type {
  AccountRow,
  BrandRow,
  ContactRow,
  ConversationRow,
  InvitationRow,
  KeyRow,
  MessageRow,
  ReplyRow,
  SaidRow,
  SessionRow,
  TargetFacts,
  TemplateRow,
  TicketRow,
  UploadRow,
  WorkspaceRow,
} from './rows.ts'

/** One question a message-like event asks; the answer comes at the same place in the list. */
export interface ThreadQuestion {
  readonly channel: ChannelName | null
  readonly account: string | null
  /** Strongest first. */
  readonly threadKeys: readonly string[]
  /** Followed where no thread key leads anywhere, in this order; the weak ones to conversations that were alive within 90 days. */
  readonly colleagueKeys?: readonly string[]
  readonly guestKeys?: readonly string[]
  readonly weakKeys?: readonly string[]
  readonly contactKeys: readonly string[]
  /** The external id this event brings or is about; null where it has none. */
  readonly target: string | null
}
export interface ThreadFacts {
  /** Each asked thread key that is known, and where it leads; in the order asked. */
  readonly keys: readonly { readonly key: string; readonly conversation: ConversationId }[]
  /** The conversation of the strongest known key. */
  readonly conversation: ConversationRow | null
  /** No thread key led there, but one that says nothing of who wrote. */
  readonly isGuest: boolean
  /** No thread key led there, but one of the requester's organisation. */
  readonly isColleague: boolean
  /** The ticket that conversation's messages go to now. */
  readonly ticket: TicketRow | null
  /** Contacts the asked keys lead to (merged ones followed), in the order asked, each once. */
  readonly contacts: readonly ContactRow[]
  readonly target: TargetFacts | null
  /** The account's brand; a number for a ticket that may be opened (from the sequence, only where there is no open ticket). */
  readonly brand: string | null
  readonly number: number
}

export interface TriageRow {
  readonly ticket: TicketRow
  /** The asked one; null asks for the customer's newest. */
  readonly message: MessageRow | null
  readonly contact: ContactRow | null
  /** Of its conversation: which Capabilities. */
  readonly kind: string | null
  readonly messageCount: number
  readonly lastMessageAt: Instant | null
  readonly lastCustomerMessageAt: Instant | null
  /** Of a ticket that is done: its conversation has an open one, so that it cannot come back. */
  readonly isFollowedUp: boolean
  /** Rules of time that were asked about it, by id: at which value of their clock. */
  readonly asked: Readonly<Record<string, Instant>>
}

/** A resolved ticket that will close by itself. */
export interface Closing {
  readonly ticket: TicketId
  readonly dueAt: Instant
}

export interface Reader {
  readonly threads: { of(questions: readonly ThreadQuestion[]): Promise<readonly ThreadFacts[]> }
  readonly tickets: {
    byId(ids: readonly TicketId[]): Promise<ReadonlyMap<TicketId, TicketRow>>
    nextNumber(): Promise<number>
  }
  readonly conversations: {
    byId(ids: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, ConversationRow>>
  }
  readonly contacts: { byId(ids: readonly ContactId[]): Promise<ReadonlyMap<ContactId, ContactRow>> }
  readonly messages: {
    byId(ids: readonly MessageId[]): Promise<ReadonlyMap<MessageId, MessageRow>>
    /** The newest of a ticket, newest first; notes are none. */
    lastOf(ticket: TicketId, limit: number): Promise<readonly MessageRow[]>
    /** Of a conversation, on all its tickets, oldest first; without what never went out, was taken back, or is a note. */
    saidIn(conversation: ConversationId): Promise<readonly SaidRow[]>
  }
  readonly replies: {
    byId(ids: readonly ReplyId[]): Promise<ReadonlyMap<ReplyId, ReplyRow>>
    /** By the vendor's id; the answer comes at the same place. */
    byExternalId(
      asked: readonly { readonly channel: ChannelName; readonly account: string; readonly externalId: string }[],
    ): Promise<readonly (ReplyRow | null)[]>
    /** Of a conversation, what was asked for up to a moment and has gone out, but is not known to be read. */
    upTo(conversation: ConversationId, at: string): Promise<readonly ReplyRow[]>
    /** Of a conversation, those whose call has begun and whose answer nobody has written down: sending or unsure, oldest first. */
    underWay(conversation: ConversationId): Promise<readonly ReplyRow[]>
    /**
     * Those of them that an echo without our key may prove: of its conversation first, then those of its account that answer one message of
     * another kind by its own part (`once`), as nobody knows before where they arrive.
     */
    mayProve(echo: {
      readonly channel: ChannelName
      readonly account: string
      readonly kind: string
      readonly conversation: ConversationId | null
    }): Promise<readonly ReplyRow[]>
    /** The newest of a conversation that went out or is on its way: neither failed nor cancelled. */
    last(conversation: ConversationId): Promise<ReplyRow | null>
  }
  readonly uploads: { byId(ids: readonly AttachmentId[]): Promise<ReadonlyMap<AttachmentId, UploadRow>> }
  readonly accounts: {
    one(channel: string, id: string): Promise<AccountRow | null>
    /** All that are called by it, itself among them when it is its own. */
    ofEndpoint(channel: string, endpoint: string): Promise<readonly AccountRow[]>
    /** Of these names by which raws call accounts of a channel, those that are ours. */
    routesAmong(channel: string, names: readonly string[]): Promise<ReadonlySet<string>>
  }
  readonly brands: { one(id: string): Promise<BrandRow | null> }
  /** The desk as it stands in this transaction, made ready for use; from memory where its version has not moved. */
  desk(): Promise<Desk>
  readonly assigning: {
    /** Under `boardLock` only. `agents`: whose chairs are looked at too, wherever they are. */
    board(agents?: readonly string[]): Promise<Board>
    /**
     * The first of each need, at most `most` in all, by priority and then since when they wait. In one transaction only the first call looks;
     * a later one gives those of them that wait still: a decision locks the tickets it gives away, and must not meet others after that.
     */
    next(
      asked: readonly { readonly need: Need; readonly count: number }[],
      most: number,
    ): Promise<readonly WaitingRow[]>
    /** Open tickets of agents who are active no more or may not see them any more, the oldest `most`; with `isLive` of their conversations. */
    leftBehind(most: number): Promise<readonly HeldRow[]>
    /**
     * Open tickets of an account that are nobody's and that rules were asked about, the oldest `most` behind one of them. `next`: where to go
     * on; null: those were the last.
     */
    pooled(
      of: { readonly channel: string; readonly id: string; readonly after: string | null },
      most: number,
    ): Promise<{ readonly ids: readonly TicketId[]; readonly next: string | null }>
    /** With `isLive` of their conversations. */
    tickets(ids: readonly TicketId[]): Promise<ReadonlyMap<TicketId, HeldRow>>
    presence(agents: readonly string[]): Promise<ReadonlyMap<string, PresenceRow>>
    /** Tickets that are theirs and not done; with `isLive` of their conversations. */
    heldBy(agent: string): Promise<readonly HeldRow[]>
    waiting(tickets: readonly TicketId[]): Promise<ReadonlyMap<TicketId, WaitingRow>>
    /** What gave each the group it has, as its history says; null: a person, or who opened it. */
    groupedBy(tickets: readonly TicketId[]): Promise<ReadonlyMap<TicketId, WaitingRow['because']>>
  }
  /** Everything rules look at, one entry a ticket, at the same place; null where the ticket is not there. */
  readonly triage: {
    of(
      asked: readonly { readonly ticket: TicketId; readonly message: MessageId | null }[],
    ): Promise<readonly (TriageRow | null)[]>
    /** Tickets that rules of time may still be about, by their ids: some behind `after`. `next`: where to go on; null: those were the last. */
    page(after: string): Promise<{ readonly ids: readonly TicketId[]; readonly next: string | null }>
  }
  /** What was sent by itself lately, as budgets count it; at the same place. Under the locks of `autoReplyLocks`. */
  readonly autoReplies: {
    count(asked: readonly AutoReplyAsk[]): Promise<readonly AutoReplyCount[]>
    /** What somebody of the team was told in the last hour, and of this event whenever. */
    noticesTo(agent: string, cause: string): Promise<readonly NoticeNote[]>
  }
  readonly sla: {
    /** What clocks are made from, one entry a ticket, at the same place; null where the ticket is not there. */
    of(tickets: readonly TicketId[]): Promise<readonly (SlaRow | null)[]>
    /** Tickets with clocks that are not closed and were reckoned with an older desk than this one, by id, the first `most` after one. */
    openBefore(deskVersion: number, after: string, most: number): Promise<readonly TicketId[]>
  }
  readonly keys: { one(id: string): Promise<KeyRow | null> }
  readonly signingIn: {
    /** When their password was set; null: they have none. */
    passwordSetAt(agent: string): Promise<Instant | null>
    invitation(hash: string): Promise<InvitationRow | null>
    /** Those that nobody ended; time may have. */
    sessionsOf(agent: string): Promise<readonly SessionRow[]>
    /** An active administrator with a password is there, another than this one where one is named. */
    hasAdministrator(besides?: string): Promise<boolean>
  }
  readonly templates: {
    one(channel: string, account: string, name: string, language: string): Promise<TemplateRow | null>
    byIds(
      asked: readonly {
        readonly channel: ChannelName
        readonly account: string
        readonly template: string
        readonly language: string
      }[],
    ): Promise<readonly (TemplateRow | null)[]>
  }
  /** This workspace's own settings. */
  workspace(): Promise<WorkspaceRow>
  /** Those that will close by themselves, in the order of their ids, behind this one. */
  closing(after: string | null, limit: number): Promise<readonly Closing[]>
  /** How many tickets have this status of their own; no more than ten thousand are counted. */
  ticketsWithStatus(key: string): Promise<number>
  /** How much would be lost with it; and whether one of this name was dropped before, whose trail, feed and parked events lie here still. */
  workspaceHolds(): Promise<{ readonly accounts: number; readonly tickets: number; readonly wasDropped: boolean }>
  /** What a kind of conversation can do; null where no such channel or kind is installed. Answers from memory. */
  capabilities(channel: string, kind: string): Capabilities | null
  /** The kind of conversation an agent opens on a channel, its party and keys, or why not. Answers from memory. */
  address(
    account: AccountRow,
    typed: string,
  ):
    | {
        readonly kind: string
        readonly to: MessageRow['from']
        readonly lane: string
        readonly threadKeys: readonly string[]
      }
    | { readonly refuse: string }
  /** Of conversations, of all channels that are installed. Answers from memory. */
  kinds(): readonly string[]
  /** The thread keys that an answer to this reply may carry. Answers from memory. */
  keysOfReply(account: AccountRow, message: OutboundMessage): readonly string[]
  /** Why these settings and secrets do not fit this channel, or null. Answers from memory. */
  whyNotAnAccount(
    channel: string,
    settings: unknown,
    secretNames: readonly string[],
  ): { readonly field: string; readonly why: string } | null
  /** How raws name an account with these settings, which fit its channel. Answers from memory. */
  routesOf(channel: string, settings: unknown): readonly string[]
}
