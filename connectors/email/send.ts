// Sends one reply by SMTP, and says which of five outcomes it had.
import type { Account, Edges, OutboundMessage, SendOutcome } from '../../core/ports/channel.ts'
import type { SecretName, Settings } from './settings.ts'

type Ours = Account<Settings, SecretName>

export async function send(
  message: OutboundMessage,
  account: Ours,
  _edges: Edges,
  _signal: AbortSignal,
): Promise<SendOutcome> {
  return { is: 'account-down', why: `${account.id} cannot send yet (${message.ours})` }
}
export async function find(
  message: OutboundMessage,
  account: Ours,
  _edges: Edges,
  _signal: AbortSignal,
): Promise<SendOutcome> {
  return { is: 'unknown', why: `${account.id} cannot look for ${message.ours} yet` }
}
