// What a notice says, in the languages we write to the team in: the ticket by its number and subject; nothing of what the customer wrote leaves the house by it.
import type { Spoken } from '../../core/rules/spoken.ts'
import type { NoticeKind } from '../../schemas/notification.ts'
import type { SlaMetric } from '../../schemas/sla.ts'
import type { NewsOfTarget } from './heard.ts'
import type { Facts } from './read.ts'

interface Words {
  readonly ticket: (number: number) => string
  readonly account: (name: string) => string
  /** After what it is about. */
  readonly one: Readonly<Record<NoticeKind, string>>
  readonly from: (name: string) => string
  readonly targets: Readonly<Record<SlaMetric, string>>
  readonly near: (target: string, percent: number, due: string | null) => string
  readonly missed: (target: string, due: string | null) => string
  readonly last: string
  readonly machine: string
}

const words: Readonly<Record<Spoken, Words>> = {
  en: {
    ticket: (number) => `Ticket ${number}`,
    account: (name) => `The account ${name}`,
    one: {
      assigned: 'is yours now',
      newInGroup: 'waits for your group',
      customerReplied: 'has an answer from its customer',
      slaWarning: 'is near the end of a target',
      slaBreached: 'has missed a target',
      accountDown: 'cannot be used any more',
    },
    from: (name) => `It is from ${name}.`,
    targets: { firstResponse: 'the first answer', nextResponse: 'the next answer', resolution: 'resolving it' },
    near: (target, percent, due) =>
      `${percent} % of the time for ${target} is over${due === null ? '' : `; it is due ${due}`}.`,
    missed: (target, due) => `What was missed is ${target}${due === null ? '' : `; it was due ${due}`}.`,
    last: 'This is the last notice of this hour; what comes now is seen in the list of tickets.',
    machine: 'This was sent by a machine: nobody reads an answer to it.',
  },
  tr: {
    ticket: (number) => `${number} numaralı talep`,
    account: (name) => `${name} hesabı`,
    one: {
      assigned: 'artık sizde',
      newInGroup: 'grubunuzu bekliyor',
      customerReplied: 'müşterisinden yanıt aldı',
      slaWarning: 'için hedef süre dolmak üzere',
      slaBreached: 'için hedef süre aşıldı',
      accountDown: 'artık kullanılamıyor',
    },
    from: (name) => `Talebi açan: ${name}.`,
    targets: { firstResponse: 'ilk yanıt', nextResponse: 'sonraki yanıt', resolution: 'çözüm' },
    near: (target, percent, due) =>
      `Hedef: ${target}. Geçen süre: %${percent}${due === null ? '' : `; süre sonu: ${due}`}.`,
    missed: (target, due) => `Aşılan hedef: ${target}${due === null ? '' : `; süre sonu: ${due}`}.`,
    last: 'Bu saatin son bildirimi budur; bundan sonra gelenleri talep listesinde görürsünüz.',
    machine: 'Bu iletiyi bir makine gönderdi: yanıtını kimse okumaz.',
  },
}

interface About {
  readonly subject: string
  readonly isLast: boolean
  readonly language: Spoken
}
export function wordsOf(
  { news: { kind, why, target }, ticket }: NonNullable<Facts>,
  { subject, isLast, language }: About,
): { readonly subject: string; readonly text: string; readonly language: Spoken } {
  const say = words[language]
  const name = ticket === null ? say.account(subject) : say.ticket(ticket.number)
  const about = ticket?.subject ? `: ${ticket.subject}` : ''
  const lines = [
    `${name} ${say.one[kind]}${about}`,
    ...(ticket?.requesterName ? [say.from(ticket.requesterName)] : []),
    ...(target === null ? [] : [targetIn(say, target)]),
    ...(why === null ? [] : [why]),
    ...(isLast ? [say.last] : []),
    say.machine,
  ]
  return { subject: `${name} ${say.one[kind]}`, text: lines.join('\n\n'), language }
}

function targetIn(say: Words, { metric, percent, dueAt }: NewsOfTarget): string {
  const due = dueAt === null ? null : minuteOf(dueAt)
  return percent === null ? say.missed(say.targets[metric], due) : say.near(say.targets[metric], percent, due)
}
/** `2026-03-06 14:45 UTC`. */
const minuteOf = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`
