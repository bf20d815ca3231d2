// The words of an error table of this family: what one of its rows asks of us.
import type { Treatment } from './meta-graph.ts'

export const refused = (code: string, health?: 'degraded'): Treatment => ({
  is: 'refused',
  code,
  ...(health === undefined ? {} : { health }),
})
export const later = (scope: 'message' | 'recipient' | 'account', afterSeconds: number): Treatment => ({
  is: 'try-later',
  scope,
  afterSeconds,
})
export const down: Treatment = { is: 'account-down' }
