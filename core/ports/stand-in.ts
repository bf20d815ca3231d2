// What the stand-in of a vendor is: the vendor's side on loopback, for tests, for `npm run simulate` and for the demo alike.
import type { Logger } from './edges.ts'

/** A channel's folder has one in `stand-in/index.ts`, exported as `standIn`. */
export interface StandIn<Running extends RunningStandIn = RunningStandIn> {
  start(options: StandInOptions): Promise<Running>
  /** This vendor takes no key of ours with a message, so none is in its ledger. */
  readonly takesNoKey?: true
}
export interface StandInOptions {
  /** Same seed, same people, texts, ids, keys. Two runs against one gateway need two seeds, or the second run's messages are repeats. */
  readonly seed: number
  /** 0 or absent: any free one. Always on 127.0.0.1. */
  readonly port?: number
  readonly log?: Logger
  /** Every answer of the API takes at least this long. */
  readonly latencyMs?: number
  /** The vendor's clock, in milliseconds since 1970; the machine's if absent. `advance` moves it. */
  readonly now?: () => number
}

/** What goes into `POST /v1/accounts`, secrets in plain. The 0th may be an endpoint of its own; the others knock at the same address. */
export interface StandInAccount {
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
}
export interface Customer {
  readonly name: string
  /** What an agent would type to reach them. */
  readonly address: string
  /** As the vendor names them. */
  readonly id: string
}

/** One thing a customer does. What is absent is made up from the seed. */
export interface Writing {
  readonly customer: number
  readonly text?: string
  /** The vendor's word for it: text, image, location … Default text. */
  readonly kind?: string
  readonly id?: string
  /** Which of our accounts they write to. Default 0. */
  readonly account?: number
  /** The vendor's id of the message this one answers or is about. */
  readonly about?: string
  /** The file that comes along, in place of made-up bytes. */
  readonly file?: { readonly name: string; readonly type: string; readonly bytes: Uint8Array }
  /** Vendor fields put over what was made up, for shapes only one channel has. */
  readonly fields?: Readonly<Record<string, unknown>>
}
export interface KnockOptions {
  /** The same bytes so often. Default once. */
  readonly times?: number
  /** The repeats at one moment, not one after another. */
  readonly concurrently?: boolean
  /** Again until taken, as the vendor does, in compressed time. Default true. */
  readonly retry?: boolean
  readonly signature?: 'right' | 'missing' | 'wrong' | 'doubled'
  /** The body in two halves with this pause between. */
  readonly slowMs?: number
}
export interface Knock {
  /** Of the last call; 0: no answer came. */
  readonly status: number
  readonly body: string
  /** How long the last call took. */
  readonly ms: number
  /** The vendor's id of what was written (of the first, in a batch). */
  readonly id: string
  readonly ids: readonly string[]
  /** Every status that was answered, in order. */
  readonly statuses: readonly number[]
}

/** What goes wrong with our next calls. A channel may know more words for `how` than these. */
export type Fault =
  | {
      readonly how: 'error'
      readonly code: number
      readonly http?: number
      readonly subcode?: number
      readonly text?: string
    }
  | {
      readonly how: 'status'
      readonly status: number
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  | {
      /** reset: nothing was done. The others accept first, and then: reset, half an answer, no answer. */
      readonly how: 'reset' | 'reset-after-accept' | 'half-answer' | 'hang'
    }
  | { readonly how: 'slow'; readonly ms: number }
  | { readonly how: 'wrong-bytes' | 'cut-bytes' | 'slow-bytes' | 'gone' }
export type FaultyCall = 'send' | 'upload' | 'media' | 'download' | 'other'

export type LedgerEntry = { readonly at: number } & (
  | {
      readonly is: 'accepted'
      readonly id: string
      /** Our own key, as it came with the call. */
      readonly ours: string | null
      readonly to: string
      readonly kind: string
      readonly body: Readonly<Record<string, unknown>>
    }
  | { readonly is: 'seen'; readonly id: string }
  | { readonly is: 'answered'; readonly call: string; readonly status: number; readonly code: number | null }
  | {
      readonly is: 'knocked'
      readonly ids: readonly string[]
      readonly what: string
      readonly status: number
      readonly ms: number
      readonly attempt: number
      readonly bytes: Uint8Array
    }
)
type Of<K extends LedgerEntry['is']> = Extract<LedgerEntry, { is: K }>
/** Everything that happened between the vendor and us, in order: what a test compares with what we say happened. */
export interface Ledger {
  readonly entries: readonly LedgerEntry[]
  of<K extends LedgerEntry['is']>(is: K): readonly Of<K>[]
  /** So many there ever were, of those too that a long run keeps no more. */
  total(is: LedgerEntry['is']): number
}

/** How receipts follow what was accepted: in the usual order, not at all, or in an order of the test's. */
export type Receipts = 'auto' | 'off' | readonly ('sent' | 'delivered' | 'read' | 'failed')[]

export interface RunningStandIn {
  readonly apiBase: string
  account(n?: number): StandInAccount
  customer(n: number): Customer
  /** The gateway's address for this channel, `http://127.0.0.1:8080/in/…`. Loopback only. Until then nothing knocks. */
  knocksAt(url: string): void
  write(writing: Writing, options?: KnockOptions): Promise<Knock>
  /** Several in one call. */
  writeMany(writings: readonly Writing[], options?: KnockOptions): Promise<Knock>
  /** Bytes of a fixture, signed over exactly these bytes. */
  post(bytes: Uint8Array | string, options?: KnockOptions): Promise<Knock>
  receipts(how: Receipts): void
  /** The next so many calls of this kind fail like this; faults queue up. */
  fail(times: number, fault: Fault, on?: FaultyCall): void
  /** Moves the vendor's clock forward. */
  advance(ms: number): void
  /** Resolves when every receipt and event the vendor owes us was taken. */
  settled(): Promise<void>
  readonly ledger: Ledger
  stop(): Promise<void>
}
