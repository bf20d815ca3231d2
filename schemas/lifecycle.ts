// What can be set of a ticket's life: for a workspace, a brand, an account; and of coming back, for a group.
import Type, { type Static } from 'typebox'
import { oneOf } from './shapes.ts'

export const replyMakes = ['pending', 'open', 'resolved'] as const
export type ReplyMakes = (typeof replyMakes)[number]

export const lifecycleFields = {
  onReply: oneOf(
    replyMakes,
    'What a public answer of a person makes of a ticket that is open: the customer’s turn, still ours, or done.',
  ),
  followUpDays: Type.Integer({
    minimum: 0,
    maximum: 3650,
    description: 'So many days a resolved ticket is reopened by its customer; 0: always a new one.',
  }),
  closeDays: Type.Integer({
    minimum: 1,
    maximum: 3650,
    description: 'After so many days a resolved ticket closes.',
  }),
}
/** Of a brand or an account: what is left out is as it is for whoever stands above. */
export const LifecycleSet = Type.Partial(Type.Object(lifecycleFields, { additionalProperties: false }), {
  additionalProperties: false,
  description: 'What differs here: of an account from its brand, of a brand from the workspace.',
})
export type LifecycleSet = Static<typeof LifecycleSet>
export const lifecycleDefault = { onReply: 'pending', followUpDays: 7, closeDays: 14 } as const

/** B6. `always`: for as long as it is not closed, and it does not close by itself. */
export const FollowUp = Type.Union(
  [
    Type.Object({ reopen: oneOf(['always', 'never']) }, { additionalProperties: false }),
    Type.Object(
      { reopen: oneOf(['within']), days: Type.Integer({ minimum: 1, maximum: 3650 }) },
      { additionalProperties: false },
    ),
  ],
  {
    description:
      'What a customer does who writes on a resolved ticket of this group: `always` reopens it, `within` days, or `never`: a new ticket that is linked to it.',
  },
)
export type FollowUp = Static<typeof FollowUp>
