// Whoever cannot be reached any more is not there any more: they go offline as if they had said so, and what they hold live goes to others (D47).
import type { Presence } from '../../schemas/agent.ts'
import type { NewEvent } from '../../schemas/events.ts'
import type { Change, Moment } from '../ports/worker.ts'

export interface Leaving {
  readonly changes: readonly Change[]
  readonly events: readonly NewEvent[]
}
export const stays: Leaving = { changes: [], events: [] }

/** `from` undefined: they never said that they were there. */
export function leaving(agent: string, from: Presence | undefined, why: string, { now }: Moment): Leaving {
  if (from === undefined || from === 'offline') return stays
  return {
    changes: [{ do: 'set-presence', agent, presence: 'offline', at: now }],
    events: [{ type: 'agent.presence_changed', key: agent, subject: agent, data: { agent, from, to: 'offline', why } }],
  }
}
