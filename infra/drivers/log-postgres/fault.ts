// What went wrong with the database, said as the log's own faults.
import { GatewayError } from '../../../core/errors.ts'
import { storeFault } from '../store-fault.ts'

/** `event.invalid` where the rows themselves cannot be stored; anything else may get better: `log.unavailable`. Also a lost answer to a commit: what was written stays, and a repeat is harmless. */
export function logFault(error: unknown, doing: string): GatewayError {
  if (error instanceof GatewayError && error.code.startsWith('log.')) return error
  const fault = storeFault(error)
  const code = fault.code === 'event.invalid' ? 'event.invalid' : 'log.unavailable'
  return new GatewayError(code, `${doing}: ${fault.message}`, { about: fault.about, cause: error })
}
