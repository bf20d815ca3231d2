// What a channel is asked to send, and the five ways in which that can end.
import type { Attachment, Part, Party } from '../../schemas/message.ts'
import type { ConversationId } from '../../schemas/ids.ts'
import type { Window } from './capabilities.ts'

export interface OutboundMessage {
  /** Stable over every attempt; given to the vendor where the vendor takes one. */
  readonly ours: string
  readonly kind: string
  readonly author: 'person' | 'bot' | 'auto'
  /** To somebody of the team: it begins something new, and an answer to it belongs to no customer's conversation (P11). */
  readonly notice?: true
  /** Which step of the window holds as it is sent, not as it was asked for; absent where the kind has no windows. */
  readonly as?: Window['as']
  readonly to: Party
  readonly text: string
  readonly html?: string
  readonly subject?: string
  /** Of the ticket, as people say it. */
  readonly number?: number
  /** Of the ticket: whatever stands around the text is in it (D27). */
  readonly language?: string
  /** Beside the main recipient in To; where copies are allowed. */
  readonly also?: readonly Party[]
  readonly cc?: readonly Party[]
  readonly template?: {
    readonly name: string
    readonly language: string
    readonly values: Readonly<Record<string, string>>
  }
  readonly parts: readonly Part[]
  readonly attachments: readonly Attachment[]
  readonly repliesTo: readonly string[]
  /** The external id of the one reply that this one overwrites (reviews). */
  readonly replaces?: string
  readonly vendor: Readonly<Record<string, string>>
  /** What stands for `sealedMark` in the text, for its reader alone: sealed until the moment of sending, and kept readable nowhere. */
  readonly sealed?: string
}
export const sealedMark = '{{sealed}}'
/** Bound to the conversation it goes into: in a letter to somebody else it does not open. */
export const sealedPlace = (conversation: ConversationId): string => `outbound/${conversation}`
/** What the customer got where it is more than the words of the answer: all that stands around them, and the HTML, made harmless. */
export interface SaidOut {
  readonly text?: string
  readonly html?: Uint8Array
}
export type SendOutcome =
  /** `keys`: what an answer may carry as well, learned from the vendor's word (a server that gave the mail another id). */
  | { readonly is: 'sent'; readonly externalId: string; readonly keys?: readonly string[] }
  /** Will never work; the agent is told. `address_unknown`: nobody is at this address, which is kept with it. */
  | { readonly is: 'refused'; readonly code: string; readonly why: string }
  | {
      readonly is: 'try-later'
      readonly afterSeconds: number
      readonly scope: 'message' | 'recipient' | 'account'
      readonly why: string
    } // certainly not sent
  | { readonly is: 'account-down'; readonly why: string } // token dead, page lost: health, and everything waits
  | { readonly is: 'unknown'; readonly why: string } // perhaps sent: find(), else a person
