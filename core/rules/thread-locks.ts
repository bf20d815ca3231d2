// The locks of the first rank, by which messages, commands and receipts that may touch one person or conversation wait for each other.
import type { ChannelName } from '../../schemas/ids.ts'
import { lockOf, type LockKey } from '../ports/worker.ts'

interface Home {
  readonly channel: ChannelName | null
  readonly account: string | null
}
export const threadLock = (home: Home, key: string): LockKey => lockOf('thread', home.channel, home.account, key)

/** Who brings a message, or speaks of it, holds its external id. */
export const externalLock = (home: Home, externalId: string): LockKey =>
  lockOf('thread', home.channel, home.account, `ext:${externalId}`)

/** Of first rank too, since contacts are found by it before any other lock can be named; shared by all accounts. */
export const contactKeyLock = (key: string): LockKey => lockOf('thread', 'contact-key', key)
