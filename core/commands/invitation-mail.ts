// An invitation as a letter: from an account of the workspace, in the language of whoever is invited, its link sealed until it goes out.
import { Type, type Static } from 'typebox'
import type { Instant } from '../../schemas/ids.ts'
import { oneOf } from '../../schemas/shapes.ts'
import type { NoticeNote } from '../ports/auto-reply-rows.ts'
import type { Asker, Refusal } from '../ports/command.ts'
import type { AgentRow } from '../ports/desk-rows.ts'
import type { Desk } from '../ports/desk.ts'
import { sealedMark } from '../ports/outbound.ts'
import type { Reader } from '../ports/reader.ts'
import type { AccountRow } from '../ports/rows.ts'
import type { Change, Moment } from '../ports/worker.ts'
import { accountNamed, letterbox, sendsLetters, type Letterbox } from '../reads/letters.ts'
import { safeName } from '../rules/auto-reply/words.ts'
import { noticeQueued } from '../rules/notice.ts'
import { whyNotAccountOf } from '../rules/roles.ts'
import { spoken, spokenOf, type Spoken } from '../rules/spoken.ts'
import { closed } from './inputs.ts'
import { invalid, notOver } from './refusals.ts'

/** Nobody is written to more often by whoever may invite them. */
const mostAnHour = 3

export const InvitationMail = Type.Object(
  {
    account: Type.String({
      minLength: 3,
      maxLength: 200,
      description: 'What it is sent from: an account of the workspace that sends mail, `channel/id`.',
    }),
    language: Type.Optional(
      oneOf(
        spoken,
        'What it is written in; left out: the first of theirs that it can be, else that of the account’s brand.',
      ),
    ),
  },
  { ...closed, description: 'Send the link to their e-mail address.' },
)
export type InvitationMail = Static<typeof InvitationMail>

export interface MailFacts {
  readonly account: AccountRow | null
  readonly sendsLetters: boolean
  /** Null: it cannot be sent now. */
  readonly box: Letterbox | null
  readonly lately: readonly NoticeNote[]
}
export async function mailFacts({ account: name }: InvitationMail, agent: AgentRow, read: Reader): Promise<MailFacts> {
  const account = await accountNamed(name, read)
  const sends = account !== null && sendsLetters(account, read)
  return {
    account,
    sendsLetters: sends,
    box: sends ? await letterbox(account, agent.email, read) : null,
    lately: await read.autoReplies.noticesTo(agent.id, ''),
  }
}

interface Mailing {
  readonly asked: InvitationMail
  /** The link, as it may be kept. */
  readonly sealed: string
  readonly agent: AgentRow
  readonly desk: Desk
  readonly facts: MailFacts
  readonly endsAt: Instant
}
interface Mailed {
  readonly changes: readonly Change[]
  /** How it fares is told of this reply. */
  readonly shown: { readonly reply: string; readonly account: string; readonly language: string }
}

export function mailed(
  { asked, sealed, agent, desk, facts, endsAt }: Mailing,
  moment: Moment,
  by: Asker,
): Mailed | Refusal {
  const why = whyNotMailed(asked, agent, facts, by)
  if (why !== null) return why
  const { account, kind, to } = facts.box!
  const language = spokenOf([asked.language, ...agent.languages, desk.brands.get(account.brand ?? '')?.language])
  const words = {
    ...wordsIn(language, agent, Math.round((Date.parse(endsAt) - Date.parse(moment.now)) / 86_400_000)),
    language,
    sealed,
  }
  const { reply, change } = noticeQueued({ agent, account, kind, to, words, correlation: by.correlation }, moment)
  const note = { agent: agent.id, kind: 'invited', subject: agent.id, cause: reply, at: moment.now } as const
  return {
    changes: [change, { do: 'note-notice', note }],
    shown: { reply, account: `${account.channel}/${account.id}`, language },
  }
}

function whyNotMailed({ account: name }: InvitationMail, agent: AgentRow, facts: MailFacts, by: Asker): Refusal | null {
  const field = 'mail.account'
  const { account, box } = facts
  if (account === null) return invalid('unknown_account', field, `There is no account "${name}", as \`channel/id\`.`)
  const notTheirs = whyNotAccountOf(by, account)
  if (notTheirs !== null) return notOver(notTheirs)
  if (!facts.sendsLetters)
    return invalid('no_letters', field, `"${name}" writes to customers alone. Name an account that sends mail.`)
  if (box === null)
    return invalid('account_down', field, `"${name}" cannot send now. GET /v1/accounts/${name}/health says why.`)
  if (box.isOurs)
    return invalid(
      'own_address',
      'mail',
      `${agent.name} has an address that this workspace reads itself: it would come in as a customer’s.`,
    )
  if (box.isStopped)
    return invalid(
      'address_stopped',
      'mail',
      `Mail to the address of ${agent.name} came back before. Correct it, or give them the link yourself.`,
    )
  if (facts.lately.filter(({ kind }) => kind === 'invited').length < mostAnHour) return null
  return {
    refuse: 'conflict',
    code: 'mailed_lately',
    why: `${agent.name} was sent ${mostAnHour} invitations within this hour. Wait, or give them the link yourself.`,
  }
}

/** Of what others typed nothing stands in it but a name that is one: nobody sends advertisements through us. */
function wordsIn(language: Spoken, agent: AgentRow, days: number): { readonly subject: string; readonly text: string } {
  const name = safeName(agent.name)
  const lines =
    language === 'tr'
      ? [
          name === null ? 'Merhaba,' : `Merhaba ${name},`,
          'Inlet’e davet edildiniz. Parolanızı bu bağlantıyla belirleyin:',
          sealedMark,
          `Bağlantı yalnızca size aittir; bir kez ve ${days} gün boyunca çalışır. Daveti beklemiyorsanız bu iletiyi silin.`,
          'Bu iletiyi bir makine gönderdi: yanıtını kimse okumaz.',
        ]
      : [
          name === null ? 'Hello,' : `Hello ${name},`,
          'You were invited to Inlet. Set your password by this link:',
          sealedMark,
          `It is yours alone, and works once, for ${days} days. If you expect no invitation, delete this.`,
          'This was sent by a machine: nobody reads an answer to it.',
        ]
  return { subject: language === 'tr' ? 'Inlet’e davetiniz' : 'Your invitation to Inlet', text: lines.join('\n\n') }
}
