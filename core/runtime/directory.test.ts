// The accounts in memory: whose a route is, and nobody's of another workspace.
import { expect, it } from 'vitest'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { accountRow } from '../../test/support/given.ts'
import { handClock } from '../../test/support/hand-clock.ts'
import { keptLog } from '../../test/support/quiet-log.ts'
import type { LiveAccount } from '../ports/queues.ts'
import { makeDirectory } from './directory.ts'

const live = (workspace: string, id: string, more: Partial<LiveAccount>): LiveAccount => ({
  ...accountRow({ id, endpoint: null }),
  workspace: workspace as WorkspaceId,
  routes: [],
  ...more,
})
async function directoryOf(all: readonly LiveAccount[]) {
  const directory = makeDirectory({
    accounts: { all: async () => all } as never,
    channels: new Map([[accountRow().channel, {}]]) as never,
    secrets: {} as never,
    clock: handClock(),
    logger: keptLog(),
  })
  await directory.follow(AbortSignal.abort())
  return directory
}

it('S27 a route behind another workspace’s endpoint is nobody’s, whatever a row says', async () => {
  const { claimed } = await directoryOf([
    live('rival', 'thief', { endpoint: 'main', routes: ['1', '2', '3'] }),
    live('main', 'main', { routes: ['1'] }),
    live('main', 'sales', { endpoint: 'main', routes: ['2'] }),
    live('rival', 'orphan', { endpoint: 'gone', routes: ['9'] }),
  ])
  const channel = accountRow().channel
  expect(['1', '2', '3'].map((route) => claimed(channel, 'main', route)?.id ?? null)).toEqual(['main', 'sales', null])
  expect(claimed(channel, 'gone', '9')).toBeNull()
})

it('a route of an account that is switched off is nobody’s, and the first of two that claim one keeps it', async () => {
  const { claimed } = await directoryOf([
    live('main', 'main', { routes: ['1'] }),
    live('main', 'off', { endpoint: 'main', routes: ['2'], state: 'disabled' }),
    live('main', 'first', { endpoint: 'main', routes: ['3'] }),
    live('main', 'second', { endpoint: 'main', routes: ['3'] }),
  ])
  const channel = accountRow().channel
  expect(['2', '3'].map((route) => claimed(channel, 'main', route)?.id ?? null)).toEqual([null, 'first'])
})

it('S27 where no endpoint is called a route is of the first that claimed it, and of nobody who is switched off', async () => {
  const { ofRoute } = await directoryOf([
    live('main', 'off', { routes: ['a'], state: 'disabled' }),
    live('main', 'first', { routes: ['a', 'b'] }),
    live('rival', 'later', { routes: ['b', 'c'] }),
  ])
  const channel = accountRow().channel
  expect(['a', 'b', 'c', 'd'].map((route) => ofRoute(channel, route)?.id ?? null)).toEqual([
    'first',
    'first',
    'later',
    null,
  ])
  expect(ofRoute('another', 'a')).toBeNull()
})

it('S6 G6 an endpoint whose own account is switched off is there for those behind it, and gone with the last', async () => {
  const off = { state: 'disabled' } as const
  const channel = accountRow().channel
  const doorWith = async (neighbour: Partial<LiveAccount>) => {
    const { endpoint, claimed } = await directoryOf([
      live('main', 'main', { routes: ['1'], ...off }),
      live('main', 'sales', { endpoint: 'main', routes: ['2'], ...neighbour }),
    ])
    return [
      endpoint(channel, 'main')?.account.id ?? null,
      claimed(channel, 'main', '1'),
      claimed(channel, 'main', '2')?.id,
    ]
  }
  expect(await doorWith({})).toEqual(['main', null, 'sales'])
  expect(await doorWith(off)).toEqual([null, null, undefined])
  expect(await doorWith({ workspace: 'rival' as WorkspaceId })).toEqual([null, null, undefined])
})
