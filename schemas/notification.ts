// What somebody of the team may be told of by mail (D72).

/**
 * `assigned`: a ticket is theirs now. `newInGroup`: one waits for their group. `customerReplied`: the customer wrote on theirs. `slaWarning`,
 * `slaBreached`: a target of theirs is near, or missed; of what nobody has, of their group's. `accountDown`: an account cannot be used any more; told to administrators.
 */
export const noticeKinds = [
  'assigned',
  'newInGroup',
  'customerReplied',
  'slaWarning',
  'slaBreached',
  'accountDown',
] as const
export type NoticeKind = (typeof noticeKinds)[number]
