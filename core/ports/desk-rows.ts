// The desk as decisions know it: people, groups, rules, catalogues. Read whole, kept in memory, and read anew when its version moved.
import type { AssignmentMode, Presence, Role } from '../../schemas/agent.ts'
import type { Exception, Interval, Weekday } from '../../schemas/calendar.ts'
import type { AutoReplyBudgets } from '../../schemas/auto-reply.ts'
import type { Because } from '../../schemas/because.ts'
import type { ChannelName, Instant, TicketId } from '../../schemas/ids.ts'
import type { ChangeField, Condition, RuleEvent, RuleThen, ruleClocks } from '../../schemas/rule.ts'
import type { FollowUp, LifecycleSet } from '../../schemas/lifecycle.ts'
import type { Priority, StatusCategory } from '../../schemas/ticket.ts'
import type { AutoReplyRow, NotificationRow } from './auto-reply-rows.ts'
import type { reopenings, SlaTargets } from '../../schemas/sla.ts'
import type { BrandRow, TicketRow } from './rows.ts'

export interface AgentRow {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  /** false: may not sign in, gets nothing, keeps its name on what it did. */
  readonly isActive: boolean
  /** Null: all. */
  readonly brands: readonly string[] | null
  readonly channels: readonly string[] | null
  /** BCP 47, the first subtag alone counts when languages are compared. */
  readonly languages: readonly string[]
  readonly groups: readonly string[]
  /** The most tickets at once, by channel; `*` for every other one. Where nothing is said: 5 of live channels together, any number of others (B10, 3.8). */
  readonly capacity: Readonly<Record<string, number>>
  /** No more than so many assignments by the machine in so many minutes (B12). */
  readonly rate: { readonly max: number; readonly minutes: number } | null
  readonly version: number
}
export interface GroupRow {
  readonly id: string
  readonly name: string
  readonly description: string | null
  /** Of these channels, when it is a default group; empty: of none. */
  readonly channels: readonly string[]
  /** What no rule gave to anybody goes here first (D55). */
  readonly isDefault: boolean
  /** What a customer does who writes on a resolved ticket of it (B6); null: as it is set for brand and account. */
  readonly followUp?: FollowUp | null
  readonly version: number
}
/** A name for a status; the built-in ones are there from the beginning (B24). */
export interface StatusRow {
  readonly key: string
  readonly name: string
  /** Never changes: it says what becomes of a ticket that has it. */
  readonly category: StatusCategory
  /** By language, BCP 47; `name` where there is none. */
  readonly labels: Readonly<Record<string, string>>
  readonly version: number
}
export interface FolderRow {
  readonly id: string
  readonly name: string
  readonly version: number
}
/** What kind of request (D7) or why they wrote (D8); `key` may be a path: `billing/refund`. */
export interface CatalogueRow {
  readonly what: 'type' | 'topic'
  readonly key: string
  readonly name: string
  /** Null: of all. */
  readonly brands: readonly string[] | null
  /** Of a type: whose its tickets are (D14). */
  readonly group: string | null
  readonly agent: string | null
  readonly version: number
}
export interface RuleRow {
  readonly id: string
  readonly name: string
  /** Smaller first; of equals the smaller id. */
  readonly weight: number
  readonly isActive: boolean
  readonly on: RuleEvent
  /** Of `changed`: any of these. */
  readonly fields: readonly ChangeField[]
  /** Of `time`. */
  readonly after: { readonly minutes: number; readonly since: (typeof ruleClocks)[number] } | null
  /** Null: of all. */
  readonly brands: readonly string[] | null
  readonly channels: readonly string[] | null
  /** `channel/id`. */
  readonly accounts: readonly string[] | null
  /** Null: always. */
  readonly when: Condition | null
  readonly then: RuleThen
  readonly version: number
}
/** When a business is open. Which of these a moment lies in, and how much lies between two: `core/rules/working-time.ts`. */
export interface CalendarRow {
  readonly id: string
  readonly name: string
  /** IANA. */
  readonly timezone: string
  /** A day that is not there is closed. An interval over midnight belongs to the day it begins on. */
  readonly weekly: { readonly [D in Weekday]?: readonly Interval[] }
  /** `2026-12-25`, or `12-25` each year: nothing begins on it. */
  readonly holidays: readonly string[]
  /** Instead of what the weekday or a holiday says. */
  readonly exceptions: readonly Exception[]
  readonly version: number
}
/** What is promised to whom: of all policies that are active, the first in order that matches a ticket holds for it. */
export interface SlaPolicyRow {
  readonly id: string
  readonly name: string
  /** Smaller first; of equals the smaller id. */
  readonly weight: number
  readonly isActive: boolean
  /** Null: always. */
  readonly when: Condition | null
  readonly targets: SlaTargets
  /** In place of `targets` for tickets of that priority; what is left out there is as in `targets`. */
  readonly byPriority: { readonly [P in Priority]?: SlaTargets }
  /** Null: that of the ticket's brand. */
  readonly calendar: string | null
  /** Statuses in which the clocks stand still. */
  readonly pauses: readonly string[]
  /** In percent of the time that is over. */
  readonly warnAt: readonly number[]
  readonly reopened: (typeof reopenings)[number]
  readonly version: number
}
/** How tickets of an account find their agent; `mode` null: `auto` where conversations are live, else `pool` (3.8). */
export interface AccountDesk {
  readonly channel: ChannelName
  readonly id: string
  readonly brand: string | null
  readonly mode: AssignmentMode | null
  /** Of `pool_then_auto`. */
  readonly autoAfterMinutes: number
  readonly lifecycle?: LifecycleSet | null
}
export interface DeskRows {
  readonly version: number
  readonly agents: readonly AgentRow[]
  readonly groups: readonly GroupRow[]
  readonly folders: readonly FolderRow[]
  readonly catalogue: readonly CatalogueRow[]
  readonly rules: readonly RuleRow[]
  readonly calendars: readonly CalendarRow[]
  /** Those of their own, and built-in ones that have other names. */
  readonly statuses: readonly StatusRow[]
  /** Of the workspace. */
  readonly lifecycle: Required<LifecycleSet>
  /** Of the workspace; null: as the house says. */
  readonly autoReplyBudgets: AutoReplyBudgets | null
  readonly autoReplies: readonly AutoReplyRow[]
  readonly notifications: readonly NotificationRow[]
  readonly slaPolicies: readonly SlaPolicyRow[]
  readonly brands: readonly BrandRow[]
  readonly accounts: readonly AccountDesk[]
  /** Resolving needs a topic (D8). */
  readonly requireTopic: boolean
}

export interface PresenceRow {
  readonly agent: string
  readonly presence: Presence
  /** The timer restarts at each change (D47). */
  readonly since: Instant
}

/** A ticket that waits for an agent. */
export interface WaitingRow {
  readonly ticket: TicketId
  readonly channel: ChannelName
  readonly account: string
  readonly brand: string | null
  readonly language: string | null
  readonly isLive: boolean
  readonly priority: Priority
  /** Only somebody of it. */
  readonly group: string | null
  /** A rule chose the group by language alone: anybody may have it when nobody of the group is there (D44). */
  readonly isGroupByLanguage: boolean
  /** Only this one. */
  readonly agent: string | null
  /** What said whose it is, for the history of whoever gets it; null: nothing did, or a person. */
  readonly because: Because | null
  /** Kept while it waits and when it comes back: nobody loses their place. */
  readonly since: Instant
}
/** A ticket as assignment looks at it. */
export type HeldRow = TicketRow & { readonly isLive: boolean }
/** What chairs are asked for: tickets of one need are served by the same chairs, so the first of them stand for all. */
export type Need = Pick<
  WaitingRow,
  'channel' | 'brand' | 'isLive' | 'group' | 'isGroupByLanguage' | 'agent' | 'language'
>
/** An agent's chair: whether they are there, and what they hold. Counted from the tickets, never from a counter. */
export interface SeatRow extends PresenceRow {
  /** Open and waiting tickets that are theirs, by channel. */
  readonly holds: Readonly<Record<string, number>>
  /** Of those, the live ones. */
  readonly live: Readonly<Record<string, number>>
  /** When the machine gave them something, newest first: as many as `rate.max`, of their own `rate.minutes`. */
  readonly lately: readonly Instant[]
}
/** What assignment decides on: read under the lock of the board, so that no two decisions give away one chair. */
export interface Board {
  /** Of all who are online, of those a need names, and of those asked for. */
  readonly seats: readonly SeatRow[]
  /** Each kind of need that waits, once, however many wait: who waits for nobody is in nobody's way. */
  readonly needs: readonly Need[]
}

/** What decisions may do with the settings of the desk that stand alone. */
export interface DeskVerbs {
  'put-folder': { readonly folder: FolderRow; readonly create: boolean }
  /** Tickets in it are in it no more. */
  'drop-folder': { readonly folder: string }
  'put-entry': { readonly entry: CatalogueRow; readonly create: boolean }
  'drop-entry': { readonly what: CatalogueRow['what']; readonly key: string }
  'put-status': { readonly status: StatusRow; readonly create: boolean }
  'drop-status': { readonly status: string }
  'put-rule': { readonly rule: RuleRow; readonly create: boolean }
  'drop-rule': { readonly rule: string }
  'put-calendar': { readonly calendar: CalendarRow; readonly create: boolean }
  'drop-calendar': { readonly calendar: string }
}
