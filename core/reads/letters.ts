// To whom of the team a letter can go, and from which account: asked for notices and for invitations alike (D72, P11).
import type { Reader } from '../ports/reader.ts'
import type { AccountRow, ContactRow } from '../ports/rows.ts'
import { accountDown } from '../rules/reply-facts.ts'
import type { Party } from '../../schemas/message.ts'

export interface Letterbox {
  readonly account: AccountRow
  readonly kind: string
  readonly to: Party
  /** Their address takes nothing automatic any more. */
  readonly isStopped: boolean
  /** An address of ours: what is sent there comes back in. */
  readonly isOurs: boolean
}

/** `channel/id`; null: there is none. */
export async function accountNamed(name: string, read: Reader): Promise<AccountRow | null> {
  const [channel = '', ...rest] = name.split('/')
  return read.accounts.one(channel, rest.join('/'))
}

/** It may write to anybody's address, not to customers who wrote first alone. */
export function sendsLetters(account: AccountRow, read: Reader): boolean {
  const found = read.address(account, 'somebody@example.com')
  return 'kind' in found && read.capabilities(account.channel, found.kind)?.copies === true
}

/** Null: it cannot be sent from there. */
export async function letterbox(account: AccountRow | null, typed: string, read: Reader): Promise<Letterbox | null> {
  if (account === null || accountDown(account) !== null) return null
  const found = read.address(account, typed)
  if ('refuse' in found) return null
  const { to, kind } = found
  const [contacts] = await read.threads.of([
    { channel: account.channel, account: account.id, threadKeys: [], contactKeys: to.keys, target: null },
  ])
  const ours = await read.accounts.routesAmong(account.channel, [to.id])
  return { account, kind, to, isStopped: isStopped(contacts?.contacts ?? [], to), isOurs: ours.size > 0 }
}

const isStopped = (contacts: readonly ContactRow[], { keys }: Party): boolean =>
  contacts.some(({ stops }) => stops.some(({ key }) => keys.includes(key)))
