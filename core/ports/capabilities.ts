// What a kind of conversation can do, as data: its windows, what a reply may hold, how often one may be sent.

/** One step of a reply window: until so many hours after the customer's last message, for whom, and in which form. */
export interface Window {
  readonly untilHours: number
  readonly for: 'anyone' | 'person'
  readonly as: 'free' | 'tagged' | 'template'
}

/** What this kind of conversation can do, as data. Decisions read this; nothing asks for a channel's name. */
export interface Capabilities {
  readonly live: boolean
  readonly visibility: 'private' | 'public'
  readonly text: {
    readonly max: number
    readonly unit: 'codePoints' | 'utf16' | 'bytes' | 'weighted'
    readonly format: 'plain' | 'html'
  }
  /** By media type, first match: `image/*` before `*`. `maxCount` files in one reply. `alone`: without a text beside them. */
  readonly attachments:
    | {
        readonly maxCount: number
        readonly types: readonly { readonly type: string; readonly maxBytes: number }[]
        readonly alone?: boolean
      }
    | 'none'
  /** Part kinds a reply may carry. */
  readonly parts: readonly string[]
  /** In order; the first that still holds, counted from the customer's last message, is the one to use. Empty: always free. */
  readonly windows: readonly Window[]
  readonly replies: 'many' | 'one-editable' | 'one-final'
  /** A part that goes once to each message of the customer, and only so long after it (a private answer to a comment). */
  readonly once?: { readonly part: string; readonly withinHours: number }
  /**
   * What makes a conversation. `person`, when left out: everything that names one person or group leads to one; keys that led elsewhere
   * are moved, answers go to the newest address. `message`: messages that name each other; a key stays where it leads, and answers go to
   * whoever opened it, whoever joins (D28).
   */
  readonly threads?: 'person' | 'message'
  /** A reply may go to others as well (To, Cc). Not when left out. */
  readonly copies?: boolean
  /** The subject of a `contact.preference_changed` by which an address takes nothing from a machine any more. */
  readonly machinesHeed?: string
  /**
   * After an unknown outcome, may the same message be sent again without the customer seeing it twice? `when-missing`: once the vendor has
   * been asked and never had it; a late arrival of the first would be overwritten by the same words (one answer a review).
   */
  readonly resend: 'safe' | 'may-duplicate' | 'when-missing'
}

export interface Limit {
  readonly scope: 'account' | 'recipient'
  readonly max: number
  readonly perSeconds: number
}
