// How much of one mail is looked at; what is larger is put aside with its bytes, and the mailbox goes on (F16, S33).

export const limits = {
  /** All header lines of the mail, and of any one part. */
  headerBytes: 256 * 1024,
  headerLines: 1_000,
  headerLineBytes: 64 * 1024,
  parts: 500,
  depth: 20,
  /** Addresses of To and Cc together. */
  addresses: 500,
  /** Of those that an event keeps, as it keeps them. */
  recipientBytes: 40_000,
  references: 50,
  /** Of all of them together. */
  referencesUnits: 8_000,
  files: 100,
  /** Of the text, and of the HTML. */
  textUnits: 1_000_000,
  textPartBytes: 8_000_000,
  reportBytes: 256 * 1024,
  subjectUnits: 998,
  messageIdUnits: 998,
} as const

/** A mail beyond the limits; `why` is for people. */
export class TooMuch extends Error {}
