// Automatic replies: when one is asked, in which hours, and what it may say (D11, D12, D62, L2, B20).
import Type, { type Static } from 'typebox'

/**
 * `opened`: a customer opened a ticket, where conversations are not live. `greeting`: the first word in a live conversation. `outOfHours`: they
 * wrote while we are closed, once until we open. `busy`: a live conversation waits, and nobody who is online has room.
 */
export const autoReplyKinds = ['opened', 'greeting', 'outOfHours', 'busy'] as const
export type AutoReplyKind = (typeof autoReplyKinds)[number]
export const autoReplyHours = ['inside', 'outside', 'any'] as const
export type AutoReplyHours = (typeof autoReplyHours)[number]

export const autoReplyText = {
  text: Type.String({
    minLength: 1,
    maxLength: 20_000,
    description:
      'What is said, with variables: {{ticket.number}}, {{requester.name}}, {{brand.name}}, {{hours.nextOpening}}; {{requester.name|customer}} says what stands there where none is known.',
  }),
  html: Type.Optional(
    Type.String({ minLength: 1, maxLength: 100_000, description: 'The same with form, where a channel shows it.' }),
  ),
}
export const AutoReplyText = Type.Object(autoReplyText, { additionalProperties: false })
export type AutoReplyText = Static<typeof AutoReplyText>
/** How much a machine may say (3.8, P10, P20): of a workspace, and of a brand in place of it. */
const most = (description: string) => Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description }))
export const AutoReplyBudgets = Type.Object(
  {
    ticketPerDay: most('Automatic replies to one ticket in 24 hours; 1 where nothing is said.'),
    addressPerDay: most('To one address in 24 hours, in whichever of its tickets; 5 where nothing is said.'),
    domainPerHour: most('To all addresses of one domain in an hour; 20 where nothing is said.'),
  },
  {
    additionalProperties: false,
    description:
      'How much a machine may say before it falls silent. What is counted is what was sent in the workspace, by whichever brand.',
  },
)
export type AutoReplyBudgets = Static<typeof AutoReplyBudgets>
export const autoReplyBudgetsDefault = { ticketPerDay: 1, addressPerDay: 5, domainPerHour: 20 } as const

/** Why a ticket was resolved that a machine answered (D8, D11). */
export const automaticTopic = 'Automatic Replies'
