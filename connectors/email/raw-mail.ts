// One mail as it came: the bytes of RFC 5322, and beside them what the bytes do not say.
import type { Raw } from '../../core/ports/channel.ts'
import type { Instant } from '../../schemas/ids.ts'

export const mailType = 'message/rfc822'

/** What `Raw.meta` holds for a mail; each absent where the way in does not know it. */
export interface MailMeta {
  /** IMAP: where it lay. */
  readonly folder?: string
  readonly uid?: string
  readonly uidvalidity?: string
  /** IMAP INTERNALDATE, or when our SMTP door took it. */
  readonly internalDate?: Instant
  /** Gmail's ids, the same in every folder. */
  readonly emailId?: string
  readonly threadId?: string
  /** SMTP: envelope recipient, the address this copy was for; and envelope sender, `<>` for none. */
  readonly envelopeTo?: string
  readonly envelopeFrom?: string
  /** SMTP: the address of the server that brought it. */
  readonly peer?: string
  /** `yes`: found by the first look back from a named day; greets nobody. */
  readonly import?: string
  /** The mail was larger than is taken: the bytes end here, and it had so many. */
  readonly cutFrom?: string
  /** Why nothing of it could be fetched: the bytes only say which one it was. To be put aside, visibly. */
  readonly lost?: string
}
/** Largest mail taken whole; of a larger one the beginning is kept and put aside. */
export const mailMaxBytes = 50_000_000
export const cutBytes = 256 * 1_024

export const metaOf = (raw: Pick<Raw, 'meta'>): MailMeta => (raw.meta ?? {}) as MailMeta

export function rawMail(of: {
  readonly route: string
  readonly bytes: Uint8Array
  readonly receivedAt: Instant
  readonly meta: MailMeta
}): Raw {
  const meta = Object.fromEntries(Object.entries(of.meta).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >
  return { route: of.route, bytes: of.bytes, contentType: mailType, receivedAt: of.receivedAt, meta }
}
