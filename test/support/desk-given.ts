// Agents, rules and what triage says of a ticket, as tests need them: what is not said is as it is by default.
import type { AgentRow, RuleRow } from '../../core/ports/desk-rows.ts'
import { agentDefault, ruleDefault } from '../../core/rules/desk-defaults.ts'
import type { EventData } from '../../schemas/events.ts'

export const agentRow = (id: string, more: Partial<AgentRow> = {}): AgentRow => ({
  ...agentDefault,
  id,
  name: id,
  email: `${id}@example.com`,
  version: 1,
  ...more,
})
export const ruleRow = (id: string, more: Partial<RuleRow> = {}): RuleRow => ({
  ...ruleDefault,
  id,
  name: `Rule ${id}`,
  then: { tags: [id] },
  version: 1,
  ...more,
})

/** Of one that was opened and waits for an agent. */
export const triagedAs = (ticket: string): EventData['ticket.triaged'] => ({
  ticket,
  on: 'created',
  priority: 'low',
  type: null,
  topic: null,
  group: null,
  tags: [],
  folders: [],
  language: null,
  detected: null,
  waits: true,
  rules: [],
})
