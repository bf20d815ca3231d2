// Agents, rules and what triage says of a ticket, as tests need them: what is not said is as it is by default.
import type { AgentRow, RuleRow } from '../../core/ports/desk-rows.ts'
import type { Change } from '../../core/ports/worker.ts'
import { agentDefault, autoReplyDefault, notificationDefault, ruleDefault } from '../../core/rules/desk-defaults.ts'
import type { EventData } from '../../schemas/events.ts'
import { idFrom, type ConversationId, type MessageId, type TicketId } from '../../schemas/ids.ts'
import { start } from './given.ts'

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

/** An automatic reply, a notification, and that each was used. */
export function saidByItself(ticket: TicketId): readonly Change[] {
  const autoReply = { ...autoReplyDefault, id: 'a', name: 'a', kind: 'opened', texts: {}, version: 1 } as const
  const notification = {
    ...notificationDefault,
    id: 'n',
    name: 'n',
    on: ['assigned'],
    account: 'pigeon/main',
    version: 1,
  } as const
  const cause = idFrom('msg', 'waits') as MessageId
  const conversation = idFrom('cnv', 'waits') as ConversationId
  const note = {
    ticket,
    cause,
    code: null,
    kind: 'opened',
    conversation,
    address: 'a',
    domain: null,
    at: start,
  } as const
  return [
    { do: 'put-auto-reply', autoReply, create: true },
    { do: 'put-notification', notification, create: true },
    { do: 'note-auto-reply', note },
    { do: 'note-notice', note: { agent: 'ada', kind: 'assigned', subject: ticket, cause: 'evt_1', at: start } },
  ]
}
