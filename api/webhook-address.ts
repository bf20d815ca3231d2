// The address a vendor is told to call for an account; with its secret part only at the moment that part is made.
import type { AccountAnswer } from '../schemas/answers.ts'
import type { ApiDeps } from './deps.ts'

export type ShownAccount = AccountAnswer & {
  /** Null where the channel is not called by its vendor, or another account stands for the address. */
  readonly webhook: string | null
}

export function withWebhook(
  account: AccountAnswer,
  deps: Pick<ApiDeps, 'channel' | 'publicUrl'>,
  token: string | null = null,
): ShownAccount {
  const proof = webhookProof(account.channel, deps)
  const isCalled = proof !== null && account.endpoint === null
  const base = `${deps.publicUrl()}/in/${encodeURIComponent(account.channel)}/${encodeURIComponent(account.id)}`
  if (!isCalled) return { ...account, webhook: null }
  // Only its hash is kept: afterwards the address can be shown but for its last part.
  const last = proof === 'signature' ? '' : `/${token ?? '…'}`
  return { ...account, webhook: `${base}${last}` }
}

/** How calls of this channel are proven; null where it has no webhook or is not installed. */
export function webhookProof(channel: string, deps: Pick<ApiDeps, 'channel'>): 'signature' | 'token' | null {
  const receiver = deps.channel(channel)?.receive.find((it) => it.kind === 'webhook')
  return receiver?.kind === 'webhook' ? receiver.proof : null
}
