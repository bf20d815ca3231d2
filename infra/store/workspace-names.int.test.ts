// The name of a workspace that was dropped: what happened in it lies under that name, so nobody else gets it (S27).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WorkspaceId } from '../../schemas/ids.ts'
import { dropWorkspace } from '../../core/commands/drop-workspace.ts'
import { makeWorkspace } from '../../core/commands/make-workspace.ts'
import { makeCommands } from '../../core/runtime/run-command.ts'
import { systemClock } from '../drivers/clock.ts'
import { agent } from '../../test/support/given.ts'
import { openStoreRig, type StoreRig } from '../../test/support/store-rig.ts'

const meter = { count: () => undefined, gauge: () => undefined, observe: () => undefined }

describe('a workspace that was dropped', () => {
  let rig: StoreRig
  beforeAll(async () => {
    rig = await openStoreRig()
  })
  afterAll(() => rig.close())

  it('S27 is not made again: its trail, its feed and what it set aside would be somebody else’s to read', async () => {
    const ask = { workspace: 'passing' as WorkspaceId, by: agent, idempotencyKey: null }
    const commands = makeCommands({ store: rig.store, clock: systemClock, meter })
    const make = () => commands.run(makeWorkspace, { id: 'passing', name: 'Passing' }, ask)
    expect(await make()).toMatchObject({ status: 201 })
    expect(await make()).toMatchObject({ code: 'exists' })
    expect(await commands.run(dropWorkspace, { id: 'passing' }, ask)).toMatchObject({ status: 204 })
    expect(await make()).toMatchObject({ refuse: 'conflict', code: 'was_dropped', field: 'id' })
    const trail = await rig.sql(`select what from inlet.audit where workspace = 'passing' order by seq`)
    expect(trail).toEqual([{ what: 'workspace.created' }, { what: 'workspace.dropped' }])
  })
})
