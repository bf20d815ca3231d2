// What people and tools ask: decided like an event, by a pure function, but answered at once.
import type { TSchema } from 'typebox'
import type { Role } from '../../schemas/agent.ts'
import type { Actor } from '../../schemas/events.ts'
import type { ChannelName, WorkspaceId } from '../../schemas/ids.ts'
import type { Reader } from './reader.ts'
import type { Decision, LockKey, Moment } from './worker.ts'

/** Scopes of a key. `admin` holds all of them, `settings:read` also `settings:list`. A role holds those of `core/rules/roles.ts`. */
export const scopes = [
  'tickets:read',
  'tickets:write',
  'contacts:read',
  'contacts:write',
  'settings:list',
  'settings:read',
  'settings:write',
  'people:read',
  'people:write',
  'rules:read',
  'rules:write',
  'events:read',
  'reports:read',
  'raws:read',
  'parked:write',
  'keys:write',
  'metrics:read',
  'admin',
] as const
export type Scope = (typeof scopes)[number]

/** Who asks, as the API's door established it. */
export interface Asker {
  readonly actor: Actor
  readonly scopes: readonly Scope[]
  /** The address the call came from, for the audit. */
  readonly from: string | null
  /** Of the call; goes into every event it causes (M4). */
  readonly correlation: string
  /** A person who signed in; absent for keys. What they may see is theirs alone to decide by (D54). */
  readonly agent?: AskingAgent
}
export interface AskingAgent {
  readonly id: string
  /** Stands on what they write. */
  readonly name: string
  readonly role: Role
  /** Null: all. */
  readonly brands: readonly string[] | null
  readonly channels: readonly string[] | null
}

export interface Refusal {
  readonly refuse: 'invalid' | 'forbidden' | 'not-found' | 'conflict'
  /** A word for programs: `window_closed`, `too_long`, `stale_version` … */
  readonly code: string
  /** A sentence for people: what was found, what would work. */
  readonly why: string
  readonly field?: string
  /** What the caller needs to go on: the present version, the window. */
  readonly facts?: Readonly<Record<string, unknown>>
}
/** What is answered: this body, or this resource as it stands at the end of the transaction. */
export type Answer =
  | { readonly status: number; readonly body: unknown }
  | { readonly status: number; readonly show: Shown; readonly id: string }
export type Shown =
  | 'ticket'
  | 'message'
  | 'reply'
  | 'contact'
  | 'brand'
  | 'account'
  | 'workspace'
  | 'key'
  | 'attachment'
  | 'agent'
  | 'group'
  | 'folder'
  | 'type'
  | 'topic'
  | 'status'
  | 'rule'
  | 'calendar'
  | 'auto-reply'
  | 'notification'
  | 'policy'

export interface Command<Input, Facts> {
  readonly name: string
  readonly input: TSchema
  readonly type?: Input
  /** What the asker must hold; null: nothing, what lets them do it is in the input and was proven at the door. */
  readonly scope: Scope | null
  locks(input: Input): readonly LockKey[]
  /** What only facts reveal; facts are then read again under the locks. */
  moreLocks?(input: Input, facts: Facts): readonly LockKey[]
  facts(input: Input, read: Reader): Promise<Facts>
  decide(input: Input, facts: Facts, moment: Moment, by: Asker): Decided | Refusal
}
/** `about`: the channel account the raised events belong to, and the call they go back to where that is not the asker's own (M4). */
export type Decided = Decision & {
  readonly answer: Answer
  readonly about?: {
    readonly channel: ChannelName | null
    readonly account: string | null
    readonly correlation?: string
  }
}
/** Lets a file write its command with every type inferred. */
export const command = <Input, Facts>(it: Command<Input, Facts>): Command<Input, Facts> => it

export type Outcome = { readonly status: number; readonly body: unknown; readonly repeated: boolean } | Refusal
/** How the API runs one; made by run-command. */
export interface Commands {
  /** `idempotencyKey`: the same key and input → the same answer; another input → a `conflict` refusal. */
  run<Input, Facts>(
    it: Command<Input, Facts>,
    input: Input,
    ask: {
      readonly workspace: WorkspaceId
      readonly by: Asker
      readonly idempotencyKey: string | null
      /** Stands for the input where a repeat of the same call makes another one: sealed secrets, fresh random bytes. */
      readonly fingerprint?: string
    },
  ): Promise<Outcome>
}
export const isRefusal = (it: object): it is Refusal => 'refuse' in it
