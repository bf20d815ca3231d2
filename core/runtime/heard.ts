// The first genuine call connects an account that was being connected; told once, and again where it could not be written down.
import type { Logger } from '../ports/edges.ts'
import type { Accounts, LiveAccount } from '../ports/queues.ts'

export interface HeardDeps {
  readonly accounts: Pick<Accounts, 'health'>
  readonly logger: Logger
}
const remembered = 10_000

export function makeHeard({ accounts, logger }: HeardDeps): (account: LiveAccount) => void {
  const told = new Set<string>()
  return (account) => {
    if (account.state !== 'connecting' && account.state !== 'draft') return
    const { channel, id, version, since } = account
    // One that was dropped and made anew is at its first version again.
    const name = JSON.stringify([channel, id, version, since])
    if (told.has(name)) return
    if (told.size >= remembered) told.clear()
    told.add(name)
    accounts.health(account, 'connected', null).catch((error: unknown) => {
      told.delete(name)
      logger.warn('could not record the health of an account; its next call tries again', { account: id, error })
    })
  }
}
