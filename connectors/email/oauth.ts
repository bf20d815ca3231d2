// Tokens of OAuth2: used while they hold, renewed near their end and never sooner, one process at a time (P8).
import type { Account, Edges } from '../../core/ports/channel.ts'
import type { SecretName, Settings } from './settings.ts'

export type Token =
  | { readonly is: 'token'; readonly accessToken: string }
  | { readonly is: 'none'; readonly cause: 'auth' | 'later'; readonly why: string }

export async function accessToken(
  account: Account<Settings, SecretName>,
  _refused: string | undefined,
  _edges: Edges,
  _signal: AbortSignal,
): Promise<Token> {
  return { is: 'none', cause: 'auth', why: `${account.id}: OAuth2 is not there yet` }
}
