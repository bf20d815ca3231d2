// A resource as the API gives it, as it stands in this transaction.
import type { Shown } from '../../core/ports/command.ts'
import type { Here } from './statement.ts'

export async function show(_here: Here, _what: Shown, _id: string): Promise<unknown> {
  return null
}
