// Somebody has to be able to come in and change everything: the last who can is neither demoted, switched off nor dropped by a session (S25, S26).
import type { Asker, Refusal } from '../ports/command.ts'
import type { AgentRow } from '../ports/desk-rows.ts'

const isOne = (agent: Pick<AgentRow, 'role' | 'isActive'> | null): boolean =>
  agent?.role === 'administrator' && agent.isActive

interface Step {
  readonly known: AgentRow | null
  /** Null: they are dropped. */
  readonly next: AgentRow | null
  /** Another active administrator with a password is there. */
  readonly isAnother: boolean
}
/** A key is nobody's who would shut themselves out, and makes the next one: that way out stays open. */
export function whyLastAdministrator({ known, next, isAnother }: Step, { agent }: Asker): Refusal | null {
  if (agent === undefined || known === null || !isOne(known) || isOne(next) || isAnother) return null
  const why = `${known.name} is the last active administrator who can sign in. Make somebody else one first and let them set their password (POST /v1/agents/{id}/invite), or ask with the administrator’s key.`
  return { refuse: 'conflict', code: 'last_administrator', why, facts: { agent: known.id } }
}
