// Every vendor there is, played at one gateway: whatever a channel is called, polled or held open by, what was sent is on tickets once.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRegistry } from '../../core/registry.ts'
import { freshDatabase, type FreshDatabase } from '../../test/support/database.ts'
import { endGateways, masterKey, startGateway, type Gateway } from '../../test/support/gateway-process.ts'
import { surroundings } from '../../test/support/tool-run.ts'
import { foldersOf } from '../drivers/folders.ts'
import { simulateTool } from './simulate.ts'
import { runTool } from './tool.ts'

const names = [...(await readRegistry(foldersOf())).channels.keys()]
let database: FreshDatabase
let gateway: Gateway
beforeAll(async () => {
  database = await freshDatabase()
  gateway = await startGateway({ env: { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey } })
}, 60_000)
afterAll(async () => {
  await endGateways()
  await database.close()
})

describe('npm run simulate --', () => {
  it.concurrent.each(names)(
    'D60 G4 %s: all that its vendor sends is accepted and on tickets, once each',
    async (name) => {
      const env = { INLET_PUBLIC_URL: gateway.address, INLET_ADMIN_KEY: gateway.adminKey }
      const around = surroundings(
        [name, '--rate', '12', '--for', '1s', '--customers', '4', '--repeat', '25%', '--seed', '11'],
        { env },
      )
      const code = await runTool(simulateTool(around), around)
      const { out, err } = around.said()
      expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('seed 11') })
      const [, sent = '', accepted = '', held = ''] =
        /^sent +(\d+) messages[^]*^accepted +(\d+)$[^]*^tickets +\d+ new, with (\d+) messages on them$/m.exec(out) ?? []
      expect([accepted, held]).toEqual([sent, sent])
      expect(Number(sent)).toBeGreaterThan(10)
    },
    60_000,
  )
})
