// What signing in needs of the world: slow hashes, and the few rows that the door reads before it knows who asks.
import type { Instant, WorkspaceId } from '../../schemas/ids.ts'
import type { AskingAgent } from './command.ts'

/** Slow by design, so there are few at once and the rest wait their turn; none of it runs on the event loop. */
export interface Passwords {
  /** `busy`: too many wait already, and nothing was done. */
  inTurn<T>(work: (turn: PasswordTurn) => Promise<T>): Promise<T | 'busy'>
  /** It was made with less work than is asked for today: made anew when the password is next known. */
  isWeak(stored: string): boolean
}
export interface PasswordTurn {
  /** With its parameters and its salt. */
  hash(password: string): Promise<string>
  /** As slow for nobody (null) as for somebody. */
  isRight(password: string, stored: string | null): Promise<boolean>
}

/** Who comes with this e-mail; `agent` null: nobody who could be let in. */
export interface Claimed {
  readonly agent: string | null
  readonly hash: string | null
  readonly setAt: Instant | null
}
export interface FoundSession {
  readonly workspace: WorkspaceId
  readonly agent: AskingAgent
  readonly idleUntil: Instant
  readonly endsAt: Instant
  readonly usedAt: Instant
}
export interface FoundInvitation {
  readonly workspace: WorkspaceId
  readonly agent: string | null
  readonly endsAt: Instant
}
export interface SignIns {
  /** Null: there is no such workspace. */
  claimed(workspace: WorkspaceId, address: string): Promise<Claimed | null>
  /** By the SHA-256 of the token, hex. Never believed from before: what ended is over at once, in every process. */
  session(hash: string): Promise<FoundSession | null>
  used(hash: string, at: Instant, idleUntil: Instant): Promise<void>
  invitation(hash: string): Promise<FoundInvitation | null>
}

/** Part of the closed list of what a decision may do. */
export interface SignInVerbs {
  /** What they sign in by from now on; `hash` holds its parameters. */
  'put-password': { readonly agent: string; readonly hash: string; readonly at: Instant }
  /** A link that works once: for one agent, or (null) for who becomes the first administrator. One that was made before for the same ends. */
  'put-invitation': {
    readonly hash: string
    readonly agent: string | null
    readonly at: Instant
    readonly endsAt: Instant
  }
  'drop-invitation': { readonly agent: string | null }
  /** `hash`: only this one. */
  'end-sessions': { readonly agent: string; readonly hash?: string }
  'put-session': {
    readonly hash: string
    readonly agent: string
    readonly at: Instant
    readonly idleUntil: Instant
    readonly endsAt: Instant
  }
}
