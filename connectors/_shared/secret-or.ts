// A secret that may be missing, where that is an answer and no fault.
import { isGatewayError } from '../../core/errors.ts'

/** Null where it is not set, and where what is named (`env:…`) is not there. */
export async function secretOr<Name extends string>(
  account: { secret(name: Name): Promise<string> },
  name: Name,
): Promise<string | null> {
  try {
    const value = await account.secret(name)
    return value === '' ? null : value
  } catch (error) {
    if (isGatewayError(error, 'settings.invalid')) return null
    throw error
  }
}
