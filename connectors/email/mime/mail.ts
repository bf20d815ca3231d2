// What is read out of one mail: plain data that crosses from the thread that reads to the one that decides.

export interface Address {
  readonly name: string
  /** Null where there is only a name: none is ever invented. */
  readonly address: string | null
}
export interface MailFile {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
  /** Content-Id without brackets. */
  readonly cid: string | null
  /** The HTML shows it. */
  readonly shown: boolean
}
export interface Mail {
  /** In order, unfolded, decoded; names in small letters. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly from: readonly Address[]
  readonly replyTo: readonly Address[]
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly subject: string
  /** `Content-Type` of the whole. */
  readonly type: string
  /** All of it, as sent. */
  readonly text: string
  /** What the writer added; the same as `text` where nothing is quoted, or on doubt. */
  readonly visible: string
  /** Cleaned; null where the mail has none. */
  readonly html: string | null
  readonly files: readonly MailFile[]
  /** Machine-readable parts of reports, as text. */
  readonly reports: readonly { readonly type: string; readonly text: string }[]
  /** Header lines of the mail that a report or a forward encloses. */
  readonly enclosed: readonly (readonly [name: string, value: string])[]
  /** The whole mail in an envelope of certified mail (`postacert.eml`): its words stand in the text as well. */
  readonly certified: Uint8Array | null
  readonly state: {
    readonly encrypted: 'pgp' | 'smime' | null
    readonly signed: boolean
    readonly inlineReply: boolean
    readonly remoteImages: number
  }
  /** What invitations in it say. */
  readonly invitations: readonly Invitation[]
  /** Names of files beyond the number that is taken along. */
  readonly left: readonly string[]
  /** SHA-256 over the contents, in their order of digest. */
  readonly digest: string
  readonly anomalies: readonly string[]
}

/** `2026-12-01T09:00:00` in a zone, `UTC` or the writer's name for it; or a day alone. */
export interface Moment {
  readonly at: string
  readonly zone: string | null
}
export interface Invitation {
  /** REQUEST, REPLY, CANCEL … */
  readonly method: string | null
  readonly uid: string | null
  /** Which one of a series. */
  readonly recurrence: string | null
  readonly sequence: number
  readonly title: string | null
  readonly where: string | null
  readonly start: Moment | null
  readonly end: Moment | null
  readonly status: string | null
  readonly organiser: Person | null
  readonly answers: readonly (Person & { readonly answer: string })[]
}
interface Person {
  readonly name: string | null
  readonly address: string | null
}
