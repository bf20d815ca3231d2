// What a channel is: how it hears, what it says it heard, how it answers, and what it can do, as data.
import type { TSchema } from 'typebox'
import type { Party } from '../../schemas/message.ts'
import type { HealthState } from '../../schemas/channel.ts'
import type { BlobRef, ChannelName, Instant } from '../../schemas/ids.ts'
import type { Capabilities, Limit } from './capabilities.ts'
import type { Clock, Http, HttpRequest, HttpResponse, Logger } from './edges.ts'
import type { InboundEvent } from './inbound.ts'
import type { OutboundMessage, SaidOut, SendOutcome } from './outbound.ts'

export type * from './capabilities.ts'
export type * from './inbound.ts'
export type * from './outbound.ts'

/** Settings described once: the schema gives the type, the check, the JSON Schema and the README table. Every property must have a `description`. */
export interface Shape<S> {
  readonly schema: TSchema
  /** Carries the type only; never read. */
  readonly type?: S
}

/** One secret of a channel, as the README table and the API describe it. */
export interface SecretShape {
  readonly description: string
  /** Whose it is: the endpoint's (what the vendor signs with) or the account's (what we call with). */
  readonly of: 'endpoint' | 'account'
  readonly required: boolean
}

/** What knocks: address, verify token, app secret (two while rotating). One app may stand for many accounts. */
export interface Endpoint<S = unknown, Name extends string = string> {
  readonly id: string
  readonly settings: S
  /** All values valid now: the current one first, then `<name>Previous` until `<name>PreviousUntil` (S3). Empty when not set. */
  secret(name: NoInfer<Name>): Promise<readonly string[]>
}

/** What customers write to: a number, page, mailbox, app. It owns workspace, brand, token, health and limits. */
export interface Account<S = unknown, Name extends string = string> {
  readonly id: string
  /** How raws name it: the first of `Channel.routesOf` of its settings. */
  readonly route: string
  readonly settings: S
  /** As it stood when this was opened; what a poll found out is taken back by the poll, and nothing that others found out. */
  readonly state: HealthState
  /** Throws `settings.invalid`, naming the account and the secret, when it is not set. */
  secret(name: NoInfer<Name>): Promise<string>
  /** Until when a renewed secret holds; null where nobody said. */
  expiresAt(name: NoInfer<Name>): Instant | null
  /** For tokens that are renewed, single-use ones too: lease, make, store, and only then use; one process at a time. */
  renew(
    name: NoInfer<Name>,
    make: (old: string) => Promise<{ readonly value: string; readonly expiresAt: Instant | null }>,
  ): Promise<string>
  health(state: Extract<HealthState, 'connected' | 'degraded' | 'auth_failed'>, why: string): void
}

/** Time and chance for the parts of a channel that talk to the world; normalize gets neither. */
export interface Edges {
  readonly clock: Clock
  readonly http: Http
  readonly log: Logger
  /** The bytes of a file that goes out; throws when there is none. */
  file(ref: BlobRef): Promise<Uint8Array>
  /** Where a file of ours (`att_…`) can be fetched by whoever has the address; null where the world does not reach this gateway. */
  linkTo(file: string, until: Instant): Promise<string | null>
}

/** For whoever sends one reply. */
export interface SendEdges extends Edges {
  /**
   * Where the customer gets more than the words of the answer: told before any of it can reach them, and kept when this resolves, so that a
   * process that dies while sending leaves behind what went out. Told again by a try that goes out otherwise. Never throws.
   */
  says(said: SaidOut): Promise<void>
}

/** One unit as the vendor gave it. Bytes, not objects: signatures and replays need the bytes. `meta` = what the bytes do not say (folder, uid, envelope). */
export interface Raw {
  readonly route: string
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly receivedAt: Instant
  readonly meta?: Readonly<Record<string, string>>
  /** Tells this raw from an earlier one of the same bytes, where that is a new fact: a review that went back to its first wording. Part of its id. */
  readonly turn?: string
}

/** The vendor calls us. Opening waits on no network. A call that mixes routes is cut into one raw a route; an unknown route is kept in quarantine, not refused. */
export interface Webhook<S, Name extends string> {
  readonly kind: 'webhook'
  /** `token`: the address itself carries the secret (`/in/{channel}/{endpoint}/{token}`); `signature`: the call is signed. */
  readonly proof: 'signature' | 'token'
  open(
    request: HttpRequest,
    endpoint: Endpoint<S, Name>,
    now: Instant,
  ): Promise<
    | { readonly raws: readonly Raw[]; readonly reply: HttpResponse } // sent only after the raws are safe
    | { readonly refuse: HttpResponse; readonly why: string }
  >
}
/** What a poll or session remembers: small strings by name, an account and receiver each. */
export interface Keep {
  get(name: string): Promise<string | null>
}
/** Raws of another account's route, behind the same endpoint, go to that account. `keep` is stored only after the raws are safe, and only while this process still holds the lease of (account, receiver). Only new or changed items become raws. */
export interface Page {
  readonly raws: readonly Raw[]
  readonly keep: Readonly<Record<string, string | null>>
  /** What the vendor does not show any more and nobody has read: said as health and event before the position moves over it (D35). */
  readonly gap?: Gap
}
export interface Gap {
  readonly from: Instant
  readonly to: Instant
  /** What is missing and where it may still be found. */
  readonly why: string
}
export interface Poll<S, Name extends string> {
  readonly kind: 'poll'
  readonly name: string
  everySeconds(account: Account<S, Name>): number
  pages(account: Account<S, Name>, keep: Keep, edges: Edges, signal: AbortSignal): AsyncIterable<Page>
}
/** We hold a connection open (IMAP IDLE). After a page is safe the loop asks for the next one; that is the acknowledgement. */
export interface Session<S, Name extends string> {
  readonly kind: 'session'
  readonly name: string
  connect(account: Account<S, Name>, keep: Keep, edges: Edges, signal: AbortSignal): AsyncIterable<Page>
}

/** Whose mail or call this is, and where it is made safe; given to a listener, which sees every account of its channel. */
export interface Door<S, Name extends string> {
  /** The account that has this route; null: nobody's. */
  whose(route: string): Account<S, Name> | null
  /** Resolves when nothing of it can be lost any more; only then is it taken. Rejects when it cannot be kept: the sender must come again. */
  take(account: Account<S, Name>, raw: Raw): Promise<void>
}
/** Others connect to us, not over HTTP (SMTP). One port for all accounts of the channel, opened only where INLET_LISTEN names it. */
export interface Listener<S, Name extends string> {
  readonly kind: 'listener'
  readonly name: string
  /** Resolves when it listens. `ended` resolves after the signal, when those being served were let go. */
  listen(
    at: ListenAt,
    door: Door<S, Name>,
    edges: Pick<Edges, 'clock' | 'log'>,
    signal: AbortSignal,
  ): Promise<{ readonly port: number; readonly ended: Promise<void> }>
}
export interface ListenAt {
  readonly host: string
  readonly port: number
  /** What the listener calls itself towards whoever connects: as the world knows this gateway, never as the machine is called. */
  readonly name: string
  /** PEM; without one a listener that can be upgraded uses a certificate nobody vouches for. */
  readonly tls: { readonly key: string; readonly cert: string } | null
}

export interface Channel<S, Name extends string> {
  readonly name: ChannelName
  readonly settings: Shape<S>
  /** A mistyped secret name does not compile; Name is threaded through Webhook, Poll, Session, send … */
  readonly secrets: Readonly<Record<Name, SecretShape>>
  /** By kind of conversation. The first kind is the one an agent opens (D2). */
  readonly can: Readonly<Record<string, Capabilities>>
  /** Buckets live in PostgreSQL: they hold over all processes (G20). `max` at once, refilled over `perSeconds`. */
  readonly limits: readonly Limit[]
  /** Other limits where a setting of the account has one of these values (its provider); `atOnce`: sends under way at one moment. */
  readonly limitsBy?: {
    readonly setting: string
    readonly of: Readonly<Record<string, { readonly limits: readonly Limit[]; readonly atOnce?: number }>>
  }
  /**
   * How raws name this account: the number, page, mailbox in its settings, the main one first. A route that several accounts share
   * (a business account with many numbers) belongs to the first account of the endpoint that claims it.
   */
  routesOf(settings: S): readonly string[]
  readonly receive: readonly (Webhook<S, Name> | Poll<S, Name> | Session<S, Name> | Listener<S, Name>)[]
  /**
   * Pure. Same raw, same events, in the vendor's order, all of them. Throws only if nothing of the bytes can be read. A promise is
   * allowed where the parser is asynchronous by make (MIME); it waits for nothing else.
   */
  normalize(
    raw: Raw,
    account: { readonly id: string; readonly settings: S },
  ): readonly InboundEvent[] | Promise<readonly InboundEvent[]>
  /** How an agent's typed address becomes a party and the keys of its conversation (D2, W2), or why it cannot. */
  address?(
    typed: string,
    account: { readonly id: string; readonly settings: S },
  ): { readonly to: Party; readonly lane: string; readonly threadKeys: readonly string[] } | { readonly refuse: string }
  /**
   * What an answer to this reply may carry, as thread keys of its conversation (reply token, Message-ID): known before it is sent, so
   * that an answer finds home even where nobody learned whether the reply went out. New for every reply.
   */
  keysOfReply?(message: OutboundMessage, account: { readonly id: string; readonly settings: S }): readonly string[]
  /**
   * How long one `send` may take; 25 where it is not said. Longer ones keep their claim alive while they run, so that a process that dies is
   * still noticed within a minute (G19).
   */
  readonly sendSeconds?: number
  /** `signal` is the deadline. Never throws for what the vendor says; a throw is a fault of ours and becomes `unknown`. */
  send?(
    message: OutboundMessage,
    account: Account<S, Name>,
    edges: SendEdges,
    signal: AbortSignal,
  ): Promise<SendOutcome>
  /** Reads back whether an unknown one arrived, where the vendor lets us. `askedAt`: the same words from before are another message. */
  find?(
    message: OutboundMessage,
    account: Account<S, Name>,
    edges: Edges,
    signal: AbortSignal,
    askedAt: Instant,
  ): Promise<SendOutcome>
  /** Tells the vendor that a person has seen this customer's message. */
  markSeen?(externalId: string, account: Account<S, Name>, edges: Edges, signal: AbortSignal): Promise<SendOutcome>
  fetchFile?(
    atVendor: string,
    account: Account<S, Name>,
    edges: Edges,
    signal: AbortSignal,
  ): Promise<
    | {
        readonly is: 'file'
        readonly bytes: AsyncIterable<Uint8Array>
        readonly type: string
        readonly sha256?: string
      }
    | { readonly is: 'gone' | 'blocked' | 'try-later'; readonly why: string }
  >
  /**
   * What the vendor tells of somebody who wrote and whose messages name nobody: its answer as a raw, which normalize reads (`contact.linked`
   * with a name). Asked after the call was answered, a few a second; `try-later` leaves the account alone, each time longer.
   */
  profile?(
    who: Party,
    account: Account<S, Name>,
    edges: Edges,
    signal: AbortSignal,
  ): Promise<{ readonly is: 'raw'; readonly raw: Raw } | { readonly is: 'none' | 'try-later'; readonly why: string }>
  /** Asks the vendor whether this account works, without side effects (`POST /v1/accounts/{channel}/{id}/test`). */
  test?(
    account: Account<S, Name>,
    edges: Edges,
    signal: AbortSignal,
  ): Promise<{ readonly ok: boolean; readonly why: string }>
}
/** Lets a folder write its channel with every type inferred. */
export const channel = <S, const Name extends string>(it: Channel<S, Name>): Channel<S, Name> => it

/** What the registry hands out: settings are checked by their Shape once, when the account is loaded. */
export type AnyChannel = Channel<unknown, string>
