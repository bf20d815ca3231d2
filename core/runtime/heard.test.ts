// An account that is being connected is connected by its first genuine call, whatever fails at that moment.
import { expect, it } from 'vitest'
import type { Instant, WorkspaceId } from '../../schemas/ids.ts'
import type { LiveAccount } from '../ports/queues.ts'
import { accountRow } from '../../test/support/given.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import { makeHeard } from './heard.ts'

const live = (more: Partial<LiveAccount> = {}): LiveAccount => ({
  ...accountRow({ state: 'connecting' }),
  workspace: 'main' as WorkspaceId,
  routes: [],
  ...more,
})

it('B19 is said once; again when it could not be written down, and of one that was made anew under the name', async () => {
  const said: (readonly [string, string])[] = []
  let fails = true
  const heard = makeHeard({
    logger: keptLog(),
    accounts: {
      health: async (account, state) => {
        said.push([account.since, state])
        if (fails) throw new Error('the database is away')
      },
    },
  })
  heard(live())
  await new Promise((resolve) => setImmediate(resolve))
  fails = false
  heard(live())
  heard(live())
  const later = '2026-11-22T00:00:00.000Z' as Instant
  heard(live({ since: later }))
  heard(live({ state: 'connected' }))
  heard(live({ state: 'disabled' }))
  const { since } = live()
  expect(said).toEqual([
    [since, 'connected'],
    [since, 'connected'],
    [later, 'connected'],
  ])
})
