// What loops find out about an account while people change it: nobody's work undoes the other's, and what was dropped leaves nothing behind.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Instant } from '../../../schemas/ids.ts'
import type { LiveAccount } from '../../../core/ports/queues.ts'
import type { AccountRow } from '../../../core/ports/rows.ts'
import { updateAccount } from '../../../core/commands/accounts.ts'
import { makeCommands } from '../../../core/runtime/run-command.ts'
import { systemClock } from '../../drivers/clock.ts'
import { accountRow, agent, channel } from '../../../test/support/given.ts'
import { applyIn, openThread, queueReply } from '../../../test/support/record.ts'
import { main, openStoreRig, storeOver, type StoreRig } from '../../../test/support/store-rig.ts'

const noMeter = { count: () => undefined, gauge: () => undefined, observe: () => undefined }

describe('an account that people and loops change at once', () => {
  let rig: StoreRig
  beforeAll(async () => {
    rig = await openStoreRig()
  })
  afterAll(() => rig.close())
  beforeEach(() =>
    rig.sql(
      `truncate inlet.outbox, inlet.account, inlet.account_hold, inlet.keep, inlet.lease, inlet.reply, inlet.template, inlet.ticket,
       inlet.contact, inlet.contact_key, inlet.conversation, inlet.thread_key, inlet.message cascade`,
    ),
  )
  const put = (more: Partial<AccountRow> = {}, create = true) =>
    applyIn(rig.store, main, [
      { do: 'put-account', account: accountRow({ endpoint: null, ...more }), routes: ['905'], create },
    ])
  const account = async (): Promise<LiveAccount> => (await rig.queues.accounts.all())[0]!
  const drop = () => applyIn(rig.store, main, [{ do: 'drop-account', channel, account: 'main' }])

  it.each([['connected'], ['degraded'], ['auth_failed']] as const)(
    'B19 one that a person switched off stays off, though a send that was under way finds it %s',
    async (state) => {
      await put({ state: 'degraded' })
      const before = await account()
      await put({ state: 'disabled' }, false)
      await rig.queues.accounts.health(before, state, 'found out with a call from before')
      await rig.queues.accounts.health(await account(), state, 'asked for')
      expect(await account()).toMatchObject({ state: 'disabled' })
      expect(await rig.emitted()).toEqual([])
    },
  )

  it('B19 one whose token is dead is not called merely degraded: its replies wait, and people must see why', async () => {
    await put()
    expect(await rig.queues.accounts.down(await account(), 'token dead')).toBe(true)
    await rig.queues.accounts.health(await account(), 'degraded', 'calls about 907', { unclaimed: '907' })
    expect(await account()).toMatchObject({ state: 'auth_failed', why: 'token dead', facts: { unclaimed: '907' } })
  })

  it('B19 a call with the token before the last renewal says nothing of the new one', async () => {
    await put({ secrets: { token: `sealed:${channel}/main/token:old` } })
    const before = await account()
    await rig.queues.accounts.renew(before, 'token', async () => ({
      value: 'new',
      expiresAt: '2999-01-01T00:00:00.000Z' as Instant,
    }))
    expect(await rig.queues.accounts.down(before, 'token dead')).toBe(false)
    await rig.queues.accounts.health(before, 'auth_failed', 'token dead')
    expect(await account()).toMatchObject({ state: 'connected' })
    expect(await rig.queues.accounts.down(await account(), 'token dead')).toBe(true)
  })

  it('one that is made anew under an old name is not held, does not read on where the old one stopped, and has no templates', async () => {
    await put()
    await rig.queues.accounts.down(await account(), 'token dead')
    const lease = await rig.queues.leases.take(`receive/${channel}/main/mail`, 'me', 60)
    expect(await rig.queues.keeps.put(await account(), 'mail', { uid: '900' }, lease!.epoch)).toBe(true)
    await rig.sql(`insert into inlet.template (workspace, channel, account, template, language, name, state, at)
      values ('main', '${channel}', 'main', 't1', 'tr', 'hello', 'approved', now())`)
    await drop()
    await put()
    expect(await rig.queues.keeps.get(await account(), 'mail', 'uid')).toBeNull()
    expect(await rig.sql('select template from inlet.template')).toEqual([])
    await applyIn(rig.store, main, openThread('a'))
    await applyIn(rig.store, main, queueReply('a', 'a1'))
    expect(await rig.queues.deliveries.claim(10, 60)).toHaveLength(1)
  })

  it('a token that was renewed while somebody changed something else is not set back to the spent one', async () => {
    await put({ secrets: { token: `sealed:${channel}/main/token:old` } })
    const mine = await account()
    // The change has read the account and is about to write it: there the renewal comes in.
    const renewing: Promise<unknown>[] = []
    const { store } = storeOver(rig.database)
    const commands = makeCommands({
      clock: systemClock,
      meter: noMeter,
      store: {
        transaction: (work) =>
          store.transaction((enter) =>
            work(async (workspace) => {
              const tx = await enter(workspace)
              return {
                ...tx,
                apply: async (changes) => {
                  renewing.push(
                    rig.queues.accounts.renew(mine, 'token', async () => ({
                      value: 'new',
                      expiresAt: '2999-01-01T00:00:00.000Z' as Instant,
                    })),
                  )
                  await Promise.race([renewing[0], new Promise((resolve) => setTimeout(resolve, 300))])
                  await tx.apply(changes)
                },
              }
            }),
          ),
      },
    })
    const changed = await commands.run(
      updateAccount,
      { channel, id: 'main', version: 1, brand: null },
      { workspace: main, by: agent, idempotencyKey: null },
    )
    await Promise.all(renewing)
    expect(changed).toMatchObject({ status: 200 })
    expect((await account()).secrets).toEqual({ token: `sealed:${channel}/main/token:new` })
  })
})
