// A rule as a test needs it: everything that is not said is as if nobody had said it.
import type { RuleRow } from '../../core/ports/desk-rows.ts'
import type { TriageRow } from '../../core/ports/reader.ts'
import type { MessageRow } from '../../core/ports/rows.ts'
import type { RuleFacts, RuleQuestion } from '../../core/ports/rule-book.ts'
import type { ChannelName, MessageId, TicketId } from '../../schemas/ids.ts'
import { ruleDefault } from '../../core/rules/desk-defaults.ts'
import { id, start, ticketRow } from './given.ts'

export const ruleRow = (said: Partial<RuleRow> = {}): RuleRow => ({
  ...ruleDefault,
  id: 'rule',
  name: 'A rule',
  then: { priority: 'high' },
  version: 1,
  ...said,
})

export const question = (facts: RuleFacts, said: Partial<RuleQuestion> = {}): RuleQuestion => ({
  on: 'created',
  channel: 'pigeon',
  account: 'main',
  brand: 'shop',
  facts,
  ...said,
})

/** What a customer wrote. */
export const messageRow = (more: Partial<MessageRow> = {}): MessageRow => ({
  id: id('msg', 'm') as MessageId,
  ticket: id('tkt', 't') as TicketId,
  conversation: null,
  channel: 'pigeon' as ChannelName,
  account: 'main',
  direction: 'in',
  kind: 'user',
  from: { id: 'a', name: null, address: null, keys: [] },
  to: [],
  cc: [],
  subject: null,
  text: '',
  fullText: null,
  html: null,
  parts: [],
  attachments: [],
  externalId: null,
  repliesTo: [],
  automatic: null,
  sentAt: start,
  receivedAt: start,
  state: null,
  raw: null,
  correlation: 'c',
  ...more,
})
/** A ticket with the customer's newest message, as triage reads it. */
export const triageRow = (more: Partial<TriageRow> = {}): TriageRow => ({
  ticket: ticketRow(),
  message: messageRow(),
  contact: null,
  kind: 'mail',
  messageCount: 1,
  lastMessageAt: start,
  lastCustomerMessageAt: start,
  isFollowedUp: false,
  asked: {},
  ...more,
})
