// The bytes of one mail: built by the library from what was composed, and signed where the account has a key.
import { createPrivateKey } from 'node:crypto'
import type { Account } from '../../../core/ports/channel.ts'
import { heldSecret } from '../held-secret.ts'
import type { SecretName, Settings } from '../settings.ts'
import type { Composed } from './compose.ts'

export interface File {
  readonly filename: string
  readonly contentType: string
  readonly content: Buffer
}

/** No file is read and no address fetched for a mail, whatever stands in it. */
export async function built(
  composed: Composed,
  attachments: readonly File[],
  keys: SigningKeys | null,
): Promise<Buffer> {
  const { messageId, from, to, cc, replyTo, subject, inReplyTo, references, headers, text, html } = composed
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const node = new MailComposer({
    messageId,
    from,
    to: [...to],
    cc: [...cc],
    ...(replyTo === null ? {} : { replyTo }),
    subject,
    ...(inReplyTo === null ? {} : { inReplyTo }),
    ...(references.length === 0 ? {} : { references: [...references] }),
    headers,
    text,
    html,
    attachments: [...attachments],
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile()
  const bytes = await node.build()
  return keys === null ? bytes : signed(bytes, keys)
}

export interface SigningKeys {
  readonly domainName: string
  readonly keySelector: string
  readonly privateKey: string
}
/** Null where nothing is to be signed; without a key that signs a mail would leave unsigned and be taken for forged. */
export async function signingKeys(
  account: Account<Settings, SecretName>,
): Promise<SigningKeys | null | { readonly missing: string }> {
  const { dkim } = account.settings
  if (dkim === undefined) return null
  const held = await heldSecret(account, 'dkimKey')
  if (held === null)
    return { missing: `${account.id} is to sign what it sends (dkim), and the secret dkimKey is not set` }
  if ('why' in held) return { missing: held.why }
  const privateKey = held.is
  if (!isSigningKey(privateKey))
    return {
      missing: `${account.id} is to sign what it sends (dkim), and the secret dkimKey is no private RSA key as PEM without a password`,
    }
  return { domainName: dkim.domain, keySelector: dkim.selector, privateKey }
}

/** The library says nothing of one that it cannot use. */
function isSigningKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

async function signed(bytes: Buffer, keys: SigningKeys) {
  const { default: Dkim } = await import('nodemailer/lib/dkim')
  const chunks: Buffer[] = []
  for await (const chunk of new Dkim({ keys: [keys] } as never).sign(bytes) as AsyncIterable<Buffer>)
    chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
