// What the loops claim across workspaces, each `claim / finish / fail`, under a role that sees only these tables.
import type { AnyEvent } from '../../schemas/events.ts'
import type { AttachmentId, BlobRef, ChannelName, EventId, Instant, MessageId, WorkspaceId } from '../../schemas/ids.ts'
import type { HealthState } from '../../schemas/channel.ts'
import type { Gap, OutboundMessage, SendOutcome } from './channel.ts'
import type { AccountRow, ReplyRow } from './rows.ts'

/** Outbox → log, in order within a partition, at least once. */
export interface Outbox {
  /** Of every partition its oldest rows, at most `limit` in all or one each. */
  oldest(limit: number): Promise<readonly { readonly seq: string; readonly event: AnyEvent }[]>
  remove(seqs: readonly string[]): Promise<void>
  /** Resolves when something was added here, or after `ms`. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** A lease with an epoch, which rises with every new holder: what is written under an older one is refused (`Keeps.put`). */
export interface Leases {
  /** null while another live process holds it. Renewed by calling again. */
  take(name: string, owner: string, seconds: number): Promise<{ readonly epoch: number } | null>
  /** Many by one call: those in the answer are held, with their epoch; the others another live process holds. */
  takeAll(names: readonly string[], owner: string, seconds: number): Promise<ReadonlyMap<string, number>>
  release(name: string, owner: string): Promise<void>
  /** Says that this process is there, and who else of this circle is; whoever does not say so again in time is gone. */
  gather(circle: string, owner: string, seconds: number): Promise<readonly string[]>
  leave(circle: string, owner: string): Promise<void>
  /** Of all leases that run. */
  owners(): Promise<readonly string[]>
  /** Everything that these hold is free: they are known to be dead. One that lives after all finds its lease free, or another's. */
  releaseAll(owners: readonly string[]): Promise<void>
}

export interface Delivery extends Pick<
  ReplyRow,
  'id' | 'message' | 'ticket' | 'conversation' | 'channel' | 'account' | 'attempt' | 'correlation'
> {
  readonly workspace: WorkspaceId
  readonly outbound: OutboundMessage
  readonly queuedAt: Instant
  /** Of `attempt`, those since it was asked for, or asked for again, by a person. */
  readonly tries: number
  /** The customer's last message now: the window is checked once more at the time of sending (P5). */
  readonly customerAt: Instant | null
  /** It was being sent when its lease ran out: what became of it is unknown. */
  readonly wasSending: boolean
}
export interface Deliveries {
  /**
   * The oldest unfinished row of a conversation each (`skip locked`, lease, attempt + 1, tokens from the buckets of `limits`); committed
   * when this resolves. Conversations whose oldest row is unsure, not yet due or leased, and accounts that are held, give nothing.
   */
  claim(limit: number, leaseSeconds: number): Promise<readonly Delivery[]>
  /** One transaction: the new state `where attempt = mine` (a late `sent` is always believed), and the events; `outbound` meets `message.sent` and applies the receipts that waited for its external id. */
  finish(delivery: Delivery, outcome: Finished, kept?: KeptSaid): Promise<void>
  /** For one that is still being sent: the lease begins anew. False: another process took the reply over. */
  keep(delivery: Delivery, leaseSeconds: number): Promise<boolean>
  /** What the customer is about to get, on the message, while this try holds its reply; committed when it resolves. */
  says(delivery: Delivery, kept: KeptSaid): Promise<void>
  /** Nothing was sent for lack of tokens or a window of the account: gives the row back until then, the attempt uncounted. */
  putBack(delivery: Delivery, notBefore: Instant): Promise<void>
  /** Holds every delivery of an account (throttled, down). */
  hold(workspace: WorkspaceId, channel: ChannelName, account: string, until: Instant | null, why: string): Promise<void>
  wait(ms: number, signal: AbortSignal): Promise<void>
}
/** Where what was said (`SaidOut`) lies. */
export interface KeptSaid {
  readonly fullText: BlobRef | null
  readonly html: BlobRef | null
}
export type Finished =
  | Extract<SendOutcome, { is: 'sent' | 'refused' }>
  | { readonly is: 'unsure'; readonly why: string }
  | { readonly is: 'later'; readonly notBefore: Instant; readonly why: string }

/** Read receipts we owe a vendor; best effort, dropped after a few tries. */
export interface SeenMarks {
  claim(limit: number): Promise<
    readonly {
      readonly id: string
      readonly workspace: WorkspaceId
      readonly channel: ChannelName
      readonly account: string
      readonly externalId: string
    }[]
  >
  finish(id: string, again: Instant | null): Promise<void>
}

export interface Wakeups {
  /** Takes what is due and puts its `wake.due` into the outbox, in one transaction; how many, and when the next one is due. */
  fire(limit: number): Promise<{ readonly fired: number; readonly nextInMs: number | null }>
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export interface FileJob {
  readonly id: AttachmentId
  readonly workspace: WorkspaceId
  readonly channel: ChannelName
  readonly account: string
  readonly message: MessageId
  readonly atVendor: string
  readonly name: string
  readonly attempt: number
  readonly since: Instant
}
export interface FileJobs {
  claim(limit: number, leaseSeconds: number): Promise<readonly FileJob[]>
  stored(
    job: FileJob,
    file: { readonly blob: BlobRef; readonly type: string; readonly size: number; readonly sha256: string },
  ): Promise<void>
  failed(job: FileJob, state: 'gone' | 'blocked', why: string): Promise<void>
  later(job: FileJob, notBefore: Instant, why: string): Promise<void>
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** How often an event was tried while its process may have died of it; survives the process it kills (G13). */
export interface Attempts {
  /** Counts one more try of each, in one statement, and gives the counts. */
  bump(worker: string, events: readonly EventId[]): Promise<ReadonlyMap<EventId, number>>
  forget(worker: string, events: readonly EventId[]): Promise<void>
}

/** An account as the receive and deliver loops need it, across workspaces. */
export interface LiveAccount extends AccountRow {
  readonly workspace: WorkspaceId
  readonly routes: readonly string[]
}
export interface Accounts {
  /** All of them; the directory in memory is made from this and refreshed when `changed` says so. */
  all(): Promise<readonly LiveAccount[]>
  changed(ms: number, signal: AbortSignal): Promise<void>
  /** Records the state, when it differs, with its `channel.health_changed`. What a person switched off stays off; a dead token is not made less of. */
  health(
    account: LiveAccount,
    state: HealthState,
    why: string | null,
    facts?: Readonly<Record<string, string>>,
  ): Promise<void>
  /** What a poll found that nobody read and the vendor does not show any more: degraded, with its ends as facts, and an event each time. */
  gap(account: LiveAccount, gap: Gap): Promise<void>
  /**
   * The account with these settings and secrets cannot send: it is `auth_failed` and its deliveries wait until somebody changes it. False, and
   * nothing is recorded, when it was changed since: what was found out is about a token that is not its token any more.
   */
  down(account: LiveAccount, why: string): Promise<boolean>
  /** Renewed tokens: under a lease, stored before used. */
  renew(
    account: LiveAccount,
    name: string,
    make: (old: string) => Promise<{ readonly value: string; readonly expiresAt: Instant | null }>,
  ): Promise<string>
}

/** The lease under which one process runs a receiver of an account, and by which its keeps are fenced. */
export const receiverLease = (account: Pick<LiveAccount, 'channel' | 'id'>, receiver: string): string =>
  `receive/${account.channel}/${account.id}/${receiver}`

/** What polls and sessions remember, fenced by their lease. */
export interface Keeps {
  get(account: LiveAccount, receiver: string, name: string): Promise<string | null>
  put(
    account: LiveAccount,
    receiver: string,
    keep: Readonly<Record<string, string | null>>,
    epoch: number,
  ): Promise<boolean>
}

/** What housekeeping prunes; each call does a bounded piece and says whether there is more. */
export interface Prunes {
  /** Swaps the inbox's generations when the older one is past `days`. */
  inbox(days: number): Promise<boolean>
  feed(days: number): Promise<boolean>
  answers(days: number): Promise<boolean>
  /** Pacing of recipients that nobody wrote to for so long. */
  buckets(days: number): Promise<boolean>
  waiting(days: number): Promise<boolean>
  uploads(days: number): Promise<boolean>
  /** What the machine gave to whom, longer ago than any rate asks. */
  assignments(days: number): Promise<boolean>
  /** What was sent by itself, longer ago than any budget looks back; notices among it. */
  autoReplyNotes(days: number): Promise<boolean>
  /** Of these blobs, those something still refers to. */
  blobsInUse(workspace: WorkspaceId, refs: readonly BlobRef[]): Promise<ReadonlySet<BlobRef>>
  workspaces(): Promise<readonly WorkspaceId[]>
}

/** How the desk stands, over all workspaces: for the metrics. */
export interface Standing {
  look(): Promise<{
    readonly waiting: readonly { readonly channel: string; readonly tickets: number; readonly oldestSeconds: number }[]
    /** Active ones, by whether they are there. */
    readonly agents: readonly { readonly presence: string; readonly agents: number }[]
  }>
}

/** What was published, as it was: a replay compares with it. */
export interface Published {
  /** Of these ids, the data of those the feed holds. */
  data(workspace: WorkspaceId, ids: readonly EventId[]): Promise<ReadonlyMap<EventId, unknown>>
}
