// An account that was dropped in one workspace and made in another under the same name: nothing of the first goes through the second (S27).
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { accountRow } from '../../test/support/given.ts'
import { deliverRig, until, type DeliverRig } from '../../test/support/deliver-rig.ts'
import { applyIn } from '../../test/support/record.ts'
import { main, runLoops, template } from '../../test/support/walk-house.ts'
import { replay } from './replay.ts'

const other = 'other' as WorkspaceId

describe('an account that is gone, and its name with another workspace', () => {
  let rig: DeliverRig
  beforeAll(async () => {
    rig = await deliverRig(27)
    await rig.on.sql(`insert into inlet.workspace (workspace, name) values ('other', 'Other')`)
  })
  afterAll(() => rig.close())
  beforeEach(() => rig.reset())

  it('G19 one that was removed while a reply was sent leaves it unsure: it may have arrived', async () => {
    const id = await rig.answer(await rig.ticket(), 'perhaps sent')
    await rig.diesAfterSending(id)
    await rig.on.sql(`update inlet.reply set queued_at = queued_at - interval '1 minute'`)
    const { directory } = rig.on.house
    const gone = { ...rig.on.house, directory: { ...directory, account: () => null } }
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) !== 'sending'), gone)
    expect(await rig.stateOf(id)).toBe('unsure')
  })

  it('S27 sends nothing, tells nothing and reads nothing of the one it came from', async () => {
    const { house, sql } = rig.on
    const ticket = await rig.ticket()
    const id = await rig.answer(ticket, 'for the customer of main alone')
    const [seen] = await sql<{ message: string }>(`select id as message from inlet.message where direction = 'in'`)
    await applyIn(house.store, main, [
      { do: 'tell-seen', channel: template, account: 'main', externalId: 'x', message: seen!.message as never },
      { do: 'drop-account', channel: template, account: 'main' },
    ])
    const { settings, secrets } = rig.vendor.account()
    const sealed = await Promise.all(
      Object.entries(secrets).map(
        async ([name, plain]) => [name, await house.secrets.seal(other, `${template}/main/${name}`, plain)] as const,
      ),
    )
    const account = accountRow({
      channel: template,
      id: 'main',
      endpoint: null,
      brand: null,
      settings,
      secrets: Object.fromEntries(sealed),
    })
    const routes = house.channels.get(template)!.routesOf(settings)
    await applyIn(house.store, other, [{ do: 'put-account', account, routes, create: true }])
    await until(() => house.directory.account(template, 'main')?.workspace === other)
    await sql(`update inlet.reply set queued_at = queued_at - interval '1 minute'`)
    await rig.deliverWhile(() => until(async () => (await rig.stateOf(id)) === 'failed'))
    expect([rig.atVendor(id), await rig.row(id)]).toMatchObject([0, { code: 'no_account' }])

    const ask = {
      workspace: main,
      from: '2000-01-01T00:00:00.000Z',
      to: '2999-01-01T00:00:00.000Z',
      correlation: 'again',
    }
    const end = runLoops(house, {})
    const result = await replay(
      { ...ask, from: ask.from as never, to: ask.to as never },
      { ...house, published: house.queues.published },
      new AbortController().signal,
    )
    await rig.on.drained()
    await end()
    expect(result).toMatchObject({ fresh: 0, unreadable: result.raws })
    expect(await sql(`select id from inlet.message where workspace = 'other'`)).toEqual([])
  })
})
