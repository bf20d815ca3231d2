// What a notice says: plain words, the ticket by its number and subject; nothing of what the customer wrote leaves the house by it.
import type { Facts } from './read.ts'

const one = {
  assigned: 'is yours now',
  newInGroup: 'waits for your group',
  customerReplied: 'has an answer from its customer',
  slaWarning: 'is near the end of a target',
  slaBreached: 'has missed a target',
  accountDown: 'cannot be used any more',
} as const

export function wordsOf(
  { news: { kind, why }, ticket }: NonNullable<Facts>,
  { subject, isLast }: { readonly subject: string; readonly isLast: boolean },
): { readonly subject: string; readonly text: string } {
  const name = ticket === null ? `The account ${subject}` : `Ticket ${ticket.number}`
  const about = ticket?.subject ? `: ${ticket.subject}` : ''
  const lines = [
    `${name} ${one[kind]}${about}`,
    ...(ticket?.requesterName ? [`It is from ${ticket.requesterName}.`] : []),
    ...(why === null ? [] : [why]),
    ...(isLast ? ['This is the last notice of this hour; what comes now is seen in the list of tickets.'] : []),
    'This was sent by a machine: nobody reads an answer to it.',
  ]
  return { subject: `${name} ${one[kind]}`, text: lines.join('\n\n') }
}
