// Who of the team is told of what by mail (D72): made, changed, dropped by whoever manages people.
import { Type, type Static } from 'typebox'
import { noticeKinds } from '../../schemas/notification.ts'
import { nullable, oneOf } from '../../schemas/shapes.ts'
import type { NotificationRow } from '../ports/auto-reply-rows.ts'
import { command, type Refusal } from '../ports/command.ts'
import { accountNamed, sendsLetters } from '../reads/letters.ts'
import { whyNotAccountOf } from '../rules/roles.ts'
import { notificationDefault } from '../rules/desk-defaults.ts'
import { namesOfNotification } from '../rules/desk-names.ts'
import {
  deskFacts,
  dropped,
  idOf,
  merged,
  names,
  saved,
  settingsLock,
  version,
  whyLoose,
  whyNotPut,
} from './desk-change.ts'
import * as inputs from './inputs.ts'
import { invalid, notFound, notOver, notTheirs } from './refusals.ts'

const id = idOf('notification')
const scope = (of: string) => Type.Optional(nullable(names(of), `${of} null: of all.`))
export const PutNotificationInput = Type.Object(
  {
    id: Type.Optional(id),
    version,
    name: Type.Optional(inputs.word('As people call it.')),
    isActive: Type.Optional(Type.Boolean({ description: 'false: it is kept, and nothing is sent.' })),
    on: Type.Optional(
      Type.Array(
        oneOf(
          noticeKinds,
          'assigned: a ticket is theirs now. newInGroup: one waits for their group. customerReplied: the customer wrote on theirs. slaWarning, slaBreached: a target of theirs is near, or missed. accountDown: an account cannot be used any more; told to administrators.',
        ),
        { minItems: 1, maxItems: noticeKinds.length, uniqueItems: true, description: 'What is told.' },
      ),
    ),
    agents: Type.Optional(
      nullable(names('Of those it concerns, only these.'), 'Of those it concerns, only these. null: all of them.'),
    ),
    except: Type.Optional(names('These are not told.')),
    brands: scope('Of tickets of these brands.'),
    channels: scope('Of tickets of these channels.'),
    account: Type.Optional(
      Type.String({
        minLength: 3,
        maxLength: 200,
        description: 'What it is sent from: an account of the workspace that can send mail, `channel/id`.',
      }),
    ),
  },
  { ...inputs.closed, description: 'Who is told of what, made or changed.' },
)
export type PutNotificationInput = Static<typeof PutNotificationInput>
export const DropNotificationInput = Type.Object({ id }, { ...inputs.closed, description: 'A notification that goes.' })
export type DropNotificationInput = Static<typeof DropNotificationInput>

const empty: NotificationRow = { ...notificationDefault, id: '', name: '', on: [], account: '', version: 0 }

export const putNotification = command({
  name: 'put-notification',
  input: PutNotificationInput,
  scope: 'people:write',
  locks: () => [settingsLock],
  async facts(input: PutNotificationInput, read) {
    const facts = await deskFacts(input, read)
    const named = input.account ?? facts.desk.rows.notifications.find(({ id }) => id === input.id)?.account
    const account = await accountNamed(named ?? '', read)
    return { ...facts, account, sendsLetters: account === null || sendsLetters(account, read) }
  },
  decide(input: PutNotificationInput, facts, moment, by) {
    const known = facts.desk.rows.notifications.find((it) => it.id === input.id) ?? null
    const refusal = whyNotPut({ what: 'notification', id: input.id ?? null, known, asked: input })
    if (refusal !== null) return refusal
    const missing = known === null ? whyMissing(input) : null
    if (missing !== null) return missing
    const base = known ?? { ...empty, id: input.id ?? moment.newId('ntf') }
    const notification = merged(base, { ...input, id: base.id, version: base.version + 1 })
    const beyond = notTheirs(by, [known, notification], facts.desk)
    if (beyond !== null) return beyond
    const channels = (notification.channels ?? []).map((name) => ({ field: 'channels', name }))
    const nowhere = whyLoose(facts, namesOfNotification(notification), channels)
    if (nowhere !== null) return nowhere
    const why = facts.account === null ? null : whyNotAccountOf(by, facts.account)
    if (why !== null) return notOver(why)
    if (!facts.sendsLetters) return cannotSend(notification.account)
    const changes = [{ do: 'put-notification', notification, create: known === null }] as const
    return saved({ what: 'notification', id: notification.id, known, input, changes }, { moment, by })
  },
})

const cannotSend = (account: string): Refusal =>
  invalid('no_letters', 'account', `"${account}" writes to customers alone. Name an account that sends mail.`)

function whyMissing({ on, account }: PutNotificationInput): Refusal | null {
  if (on === undefined) return invalid('on_missing', 'on', `Say what is told: ${noticeKinds.join(', ')}.`)
  return account === undefined
    ? invalid('account_missing', 'account', 'Say which account it is sent from, as `channel/id`.')
    : null
}

export const dropNotification = command({
  name: 'drop-notification',
  input: DropNotificationInput,
  scope: 'people:write',
  locks: () => [settingsLock],
  facts: (input: DropNotificationInput, read) => deskFacts(input, read),
  decide({ id }: DropNotificationInput, { desk }, moment, by) {
    const known = desk.rows.notifications.find((it) => it.id === id)
    if (known === undefined) return notFound('notification')
    return (
      notTheirs(by, [known], desk) ??
      dropped('notification', id, [{ do: 'drop-notification', notification: id }], { moment, by })
    )
  },
})
