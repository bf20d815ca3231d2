// A secret of the account: what it is, that it is not set, or why one that is set cannot be had.
import { isGatewayError } from '../../core/errors.ts'
import type { Account } from '../../core/ports/channel.ts'
import type { SecretName, Settings } from './settings.ts'

/** Null where it is not set. One that is set and cannot be had (a variable that is missing) is not the same, and no other one stands in for it. */
export async function heldSecret(
  account: Account<Settings, SecretName>,
  name: SecretName,
): Promise<{ readonly is: string } | { readonly why: string } | null> {
  try {
    const value = await account.secret(name)
    return value === '' ? null : { is: value }
  } catch (error) {
    if (!isGatewayError(error, 'settings.invalid')) throw error
    return 'place' in error.about ? { why: error.message } : null
  }
}
