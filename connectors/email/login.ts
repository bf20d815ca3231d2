// How this account logs in, for reading and for sending alike: by password, or by a token that is renewed near its end.
import { readFile } from 'node:fs/promises'
import { messageOf } from '../../core/errors.ts'
import type { Account, Edges } from '../../core/ports/channel.ts'
import { heldSecret } from './held-secret.ts'
import { accessToken } from './oauth.ts'
import type { Server } from './providers.ts'
import type { SecretName, Settings } from './settings.ts'

type Ours = Account<Settings, SecretName>
export type Login =
  | { readonly is: 'password'; readonly user: string; readonly pass: string }
  | { readonly is: 'token'; readonly user: string; readonly accessToken: string }
  /** `auth`: somebody must act. `later`: the token endpoint did not answer. */
  | { readonly is: 'none'; readonly cause: 'auth' | 'later'; readonly why: string }

export interface LoginOptions {
  readonly which: 'imap' | 'smtp'
  /** The token that was just refused: it is renewed whatever its end says. */
  readonly refused?: string
}

export async function loginOf(
  account: Ours,
  server: Server,
  options: LoginOptions,
  edges: Edges,
  signal: AbortSignal,
): Promise<Login> {
  const { user } = server
  if (account.settings.oauth !== undefined) {
    const token = await accessToken(account, options.refused, edges, signal)
    return token.is === 'token' ? { ...token, user } : token
  }
  const own = options.which === 'smtp' ? await heldSecret(account, 'smtpPassword') : null
  const found = own ?? (await heldSecret(account, 'password'))
  if (found !== null && 'is' in found) return { is: 'password', user, pass: found.is }
  return { is: 'none', cause: 'auth', why: found?.why ?? without(account.id) }
}
const without = (id: string): string =>
  `${id} has neither a password nor OAuth2: set the secret password, or the setting oauth with refreshToken`

export interface TlsOptions {
  readonly servername?: string
  readonly ca?: string
  readonly rejectUnauthorized: boolean
  readonly minVersion: 'TLSv1.2'
}
/** Certificates are checked, against the account's own authority too where it names one (S21). */
export async function tlsOptions(server: Server, settings: Settings): Promise<TlsOptions> {
  const ca = settings.caFile === undefined ? {} : { ca: await authorityIn(settings.caFile) }
  return { rejectUnauthorized: server.verify, minVersion: 'TLSv1.2', ...ca }
}
async function authorityIn(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Error(`The file of the certificate authority cannot be read: ${path} (caFile): ${messageOf(error)}`, {
      cause: error,
    })
  }
}
