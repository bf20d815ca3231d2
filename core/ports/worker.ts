// A worker is a pure decision; this file is what it may know, what it may do, and the locks it names.
import { createHash } from 'node:crypto'
import type { Presence } from '../../schemas/agent.ts'
import type { AnyEvent, Actor, EventOf, EventType, NewEvent } from '../../schemas/events.ts'
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
import type { Attachment, Party, Part } from '../../schemas/message.ts'
import type { ReplyState } from '../../schemas/reply.ts'
import type { Capabilities, OutboundMessage } from './channel.ts'
import type { AutoReplyVerbs } from './auto-reply-rows.ts'
import type { AgentRow, DeskVerbs, GroupRow, WaitingRow } from './desk-rows.ts'
import type { Reader } from './reader.ts'
import type { TimeVerbs } from './sla.ts'
import type { SignInVerbs } from './signing-in.ts'
import type {
  AccountRow,
  BrandRow,
  ConversationRow,
  MessageRow,
  Stop,
  TemplateRow,
  TicketRow,
  WorkspaceRow,
} from './rows.ts'

/** What of a ticket a decision may set. */
export type TicketSet = Partial<Omit<TicketRow, Fixed>>
type Fixed =
  'id' | 'number' | 'category' | 'channel' | 'account' | 'conversation' | 'contact' | 'origin' | 'parent' | Own
type Own = 'requesterName' | 'requesterAddress' | 'createdAt' | 'updatedAt' | 'version'
interface MessageKey {
  readonly channel: ChannelName
  readonly account: string
  readonly externalId: string
}

/** Everything a decision may do to the world, a key a verb, in the fixed order they are applied in. Closed: a new verb is added here and in infra/store/apply/, and the compiler finds both. */
export interface Verbs extends SignInVerbs, AutoReplyVerbs, DeskVerbs, TimeVerbs {
  'make-contact': {
    readonly contact: ContactId
    readonly name: string | null
    readonly address: string | null
    readonly keys: readonly string[]
  }
  'set-contact': {
    readonly contact: ContactId
    readonly name?: string | null
    readonly address?: string | null
    readonly language?: string | null
    /** All of them from now on. */
    readonly stops?: readonly Stop[]
    readonly isBlocked?: boolean
    readonly addKeys?: readonly string[]
  }
  /** Everything of `gone` belongs to `stays` from now on, its id redirects. */
  'merge-contacts': { readonly stays: ContactId; readonly gone: ContactId }
  'make-conversation': {
    readonly conversation: Omit<ConversationRow, 'ticket'>
    readonly threadKeys: readonly string[]
  }
  'set-conversation': {
    readonly conversation: ConversationId
    /** Believed unknown: a twin that came first raises `store.conflict`. */
    readonly addKeys?: readonly string[]
    /** Known to lead elsewhere until now. */
    readonly moveKeys?: readonly string[]
    readonly party?: Party
    readonly vendor?: Readonly<Record<string, string>>
    /** Only ever moves forward. */
    readonly customerAt?: Instant
    readonly ticket?: TicketId
  }
  'open-ticket': { readonly ticket: TicketRow }
  /** `version` rises by one. `ifVersion`: a stale one raises `store.conflict`. */
  'set-ticket': {
    readonly ticket: TicketId
    readonly set: TicketSet
    readonly at: Instant
    readonly ifVersion?: number
  }
  'keep-upload': {
    readonly attachment: AttachmentId
    readonly name: string
    readonly type: string
    readonly size: number
    readonly sha256: string
    readonly blob: string
    readonly at: Instant
  }
  /** Counts on the ticket, keeps the external reference, and asks for the files that are still at the vendor. */
  'add-message': { readonly message: MessageRow }
  'change-message': {
    readonly message: MessageId
    readonly edit?: {
      readonly revision: string
      readonly text: string
      readonly fullText: string | null
      readonly html: string | null
      readonly parts: readonly Part[]
    }
    readonly deletedRevision?: string
    readonly react?: { readonly by: string; readonly emoji: string | null; readonly revision: string }
    /** The answer that took its place at the vendor; null: it stands there again. */
    readonly replacedBy?: MessageId | null
    /** Files an edit brings join those that are there, whatever edit comes first; one that is known by its id is not added again. */
    readonly addFiles?: readonly Attachment[]
  }
  /** Keeps a fact about a message that has not come yet, until `add-message` or the vendor's answer brings it. */
  'await-target': MessageKey & { readonly fact: AnyEvent }
  'forget-waiting': MessageKey
  /** A delivery row: `message` has been added in the same decision (of a notice to the team there is none). Deliver takes it after the commit. */
  'queue-reply': {
    readonly reply: ReplyId
    readonly message: MessageId
    readonly ticket: TicketId
    readonly conversation: ConversationId
    readonly channel: ChannelName
    readonly account: string
    readonly outbound: OutboundMessage
    readonly correlation: string
    readonly at: Instant
  }
  'set-reply': {
    readonly reply: ReplyId
    readonly state: ReplyState
    /** What a person was shown when they decided: anything else by now raises `store.conflict`. */
    readonly ifState?: ReplyState
    readonly externalId?: string
    readonly code?: string | null
    readonly why?: string | null
    readonly at: Instant
  }
  'tell-seen': {
    readonly channel: ChannelName
    readonly account: string
    readonly externalId: string
    readonly message: MessageId
  }
  'set-template': { readonly template: TemplateRow }
  'set-health': {
    readonly channel: ChannelName
    readonly account: string
    readonly state: AccountRow['state'] | null
    readonly why: string | null
    readonly facts: Readonly<Record<string, string>>
    readonly at: Instant
  }
  /** A parked row: of `normalize` where its bytes could not be read (a retry reads them again), else of the worker that shall take it when a person asks. */
  'set-aside': { readonly event: AnyEvent; readonly why: string; readonly worker?: string }
  /** It waits for an agent from now on; one that waits already keeps its place and takes what is new, and what said so as long as nothing else does. */
  'queue-ticket': { readonly waiting: WaitingRow }
  'unqueue-ticket': { readonly ticket: TicketId }
  /** That a rule of time was asked about it at this value of its clock: it is not asked at the same value again. */
  'note-hour': { readonly ticket: TicketId; readonly rule: string; readonly clock: Instant }
  /** That the machine gave it to them: `rate` counts these. */
  'note-assignment': { readonly agent: string; readonly ticket: TicketId; readonly at: Instant }
  'set-presence': { readonly agent: string; readonly presence: Presence; readonly at: Instant }
  /** Into the feed, once, whatever is repeated. */
  publish: { readonly event: AnyEvent }
  'put-workspace': { readonly workspace: WorkspaceRow }
  /** The entered one, with its brands and keys; what was audited of it stays. */
  'drop-workspace': object
  'put-brand': { readonly brand: BrandRow }
  'drop-brand': { readonly brand: string }
  /** Groups are part of it; `create`: a taken id raises `store.conflict`. */
  'put-agent': { readonly agent: AgentRow; readonly create: boolean }
  /** What waits for them alone waits for anybody. */
  'drop-agent': { readonly agent: string }
  /** `agents`: all of its members from now on; left out: as they are. */
  'put-group': { readonly group: GroupRow; readonly agents?: readonly string[]; readonly create: boolean }
  /** Its members are let go, and what waits for it waits for anybody. */
  'drop-group': { readonly group: string }
  /** `routes`: as Channel.routesOf gives them. `create`: a taken (channel, id) raises `store.conflict`. */
  'put-account': { readonly account: AccountRow; readonly routes: readonly string[]; readonly create: boolean }
  'drop-account': { readonly channel: string; readonly account: string }
  'put-key': {
    readonly key: string
    readonly name: string
    readonly prefix: string
    readonly hash: string
    readonly scopes: readonly string[]
    readonly expiresAt: Instant | null
    readonly at: Instant
  }
  'revoke-key': { readonly key: string; readonly at: Instant }
  /** Append-only: who did what to what, from where (S28). */
  audit: {
    readonly what: string
    readonly subject: string
    readonly by: Actor
    readonly from: string | null
    readonly about: Readonly<Record<string, string | number | null>>
    readonly at: Instant
  }
}
export type Verb = keyof Verbs
export type Change<K extends Verb = Verb> = { [P in K]: { readonly do: P } & Verbs[P] }[K]
export interface Decision {
  readonly changes: readonly Change[]
  readonly events: readonly NewEvent[]
}

/** Locks are taken in rank order, then by hash, so that nobody waits for somebody who waits for them. */
export const lockRanks = ['board', 'thread', 'conversation', 'contact', 'ticket', 'agent', 'desk'] as const
export type LockRank = (typeof lockRanks)[number]
export interface LockKey {
  readonly rank: LockRank
  readonly name: string
  /** Events of one batch that name it are decided in one round all the same: what they do to each other goes by `shared`. */
  readonly together?: true
}
export const lockOf = (rank: LockRank, ...parts: readonly (string | null)[]): LockKey => ({
  rank,
  name: JSON.stringify(parts),
})
/** Who gives work to agents, and who changes what they may get, holds it. First of all ranks: a decision under it names the tickets it gives away. */
export const boardLock: LockKey = { ...lockOf('board'), together: true }
/** The 64-bit number a lock is taken by. Workspace and rank are part of it. */
export const lockNumber = (workspace: string, key: LockKey): bigint =>
  createHash('sha256').update(`${workspace}\n${key.rank}\n${key.name}`).digest().readBigInt64BE(0)

/**
 * `now` = the later of the transaction's database time and the event's `receivedAt`: two machines' clocks never make a wake-up "early".
 * `newId` is derived from (worker, event, n): a repeat makes the same ids, and recorded decisions can be compared.
 */
export interface Moment {
  readonly now: Instant
  /** A person asks for this event by hand: what would be set aside is taken. */
  readonly isAsked?: boolean
  newId(
    prefix:
      | 'tkt'
      | 'msg'
      | 'cnv'
      | 'con'
      | 'att'
      | 'rep'
      | 'key'
      | 'agt'
      | 'grp'
      | 'fld'
      | 'rul'
      | 'cal'
      | 'aut'
      | 'ntf'
      | 'sla',
  ): string
}

export interface Worker<T extends EventType, Facts, Shared = undefined> {
  /** Also its consumer group and its name in the inbox: never change it. */
  readonly name: string
  readonly on: readonly T[]
  /** The inbox row, or a unique key of its own where the effect has one (`feed`: two thirds of all inbox rows saved). */
  readonly guard: 'inbox' | 'own-key'
  /** Batches a process decides at once, of different partitions; 1 when absent. More are worth it where a batch waits for the database more than it works. */
  readonly handlers?: number
  /** Events of a batch at the most; 100 when absent. More for who listens to much of which little concerns it: one look then serves what many would. */
  readonly batch?: number
  /**
   * Milliseconds from one batch to the next at least, where less than a batch waits: who is in no hurry looks once at what would have been
   * many looks, and leaves the machine to those before it. The first after a quiet time waits for nothing.
   */
  readonly everyMs?: number
  /** False: the bytes alone show that it has no business here. It is then neither claimed nor locked, and leaves no row in the inbox. */
  concerns?(event: EventOf<T>): boolean
  /** Of a batch, those that may have an effect as settings stand now; the others are neither claimed nor locked either. */
  sift?(events: readonly EventOf<T>[], read: Reader): Promise<readonly EventOf<T>[]>
  /** What the bytes say this event may touch. */
  locks(event: EventOf<T>): readonly LockKey[]
  /** What only facts reveal: asked once for the whole batch, then facts are read again. Never a lower rank than before. What this transaction makes needs none. */
  moreLocks?(event: EventOf<T>, facts: Facts): readonly LockKey[]
  /** One query for the batch; one entry an event, at the same place (the runner checks the length). `shared` is what decisions of one batch must see of each other. */
  facts(
    events: readonly EventOf<T>[],
    read: Reader,
  ): Promise<{ readonly each: readonly Facts[]; readonly shared: Shared }>
  decide(event: EventOf<T>, facts: Facts, moment: Moment, shared: Shared): Decision & { readonly shared?: Shared }
}
/** Lets a file write its worker with every type inferred. */
export const worker = <T extends EventType, Facts, Shared = undefined>(
  it: Worker<T, Facts, Shared>,
): Worker<T, Facts, Shared> => it
/** What the registry hands out and the runner runs. */
export type AnyWorker = Worker<EventType, unknown, unknown>

export const nothing: Decision = { changes: [], events: [] }
export type { Capabilities }
