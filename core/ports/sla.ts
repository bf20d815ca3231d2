// Clocks of promises: as they are kept, and everything of a ticket that they are made from.
import type { Because } from '../../schemas/because.ts'
import type { Instant, MessageId, TicketId } from '../../schemas/ids.ts'
import type { SlaMetric, SlaState } from '../../schemas/sla.ts'
import type { StatusCategory } from '../../schemas/ticket.ts'
import type { WakeKind } from '../../schemas/time.ts'
import type { SlaPolicyRow } from './desk-rows.ts'
import type { TicketRow } from './rows.ts'

/** The clock of a metric: for `nextResponse` the newest, each question of the customer has its own. */
export interface SlaClockRow {
  readonly ticket: TicketId
  readonly metric: SlaMetric
  readonly policy: string
  readonly state: SlaState
  readonly startedAt: Instant
  readonly targetMinutes: number
  /** Null while it is paused, and where it would never come. */
  readonly dueAt: Instant | null
  /** The highest warning that was given, in percent. */
  readonly warned: number
  /** When it was answered, resolved or given up. */
  readonly endedAt: Instant | null
  /** When time itself does the next thing to it. */
  readonly nextAt: Instant | null
  /** Why this policy. */
  readonly because: Because | null
  /** Of the desk it was reckoned with. */
  readonly deskVersion: number
  /** Compared when it is written: two who saw the same one do not both tell of a breach. */
  readonly version: number
}
export interface StatusMove {
  readonly at: Instant
  readonly from: string
  readonly to: string
  readonly category: StatusCategory
  readonly why: string | null
}
export interface SlaRow {
  readonly ticket: TicketRow
  readonly clocks: readonly SlaClockRow[]
  /** Of the ticket, oldest first. */
  readonly moves: readonly StatusMove[]
  /** What the customer wrote first: policies are chosen by it, however often they wrote since. Null: nothing yet. */
  readonly opening: MessageId | null
  /** When the customer wrote, by our clock; oldest first. */
  readonly heard: readonly Instant[]
  /**
   * When a person answered the customer; oldest first. Not before what it answers came in, where its vendor tells us late.
   * What a machine says, a note and a forward are none (V9), nor is what did not go out.
   */
  readonly answered: readonly Instant[]
  /** When a person wrote to the customer what did not go out. */
  readonly lost: readonly Instant[]
}

/** What decisions do about time. */
export interface TimeVerbs {
  /** One wake-up a kind and subject: a later ask replaces the earlier. */
  'wake-me': {
    readonly kind: WakeKind
    readonly subject: string
    readonly dueAt: Instant
    readonly basis: string | null
  }
  'forget-wake': { readonly kind: WakeKind; readonly subject: string }
  /** Of version 1: it is made; else it was one lower. Anything else raises `store.conflict`. */
  'put-clock': { readonly clock: SlaClockRow }
  'put-sla-policy': { readonly policy: SlaPolicyRow; readonly create: boolean }
  'drop-sla-policy': { readonly policy: string }
}
