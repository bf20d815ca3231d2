// A whole gateway as a process of its own, with one channel fresh from the template, as tools find one.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { startGateway, type Gateway } from '../../infra/commands/gateway-process.ts'
import { makeChannel } from '../../infra/commands/new-channel.ts'
import { runTool, type Surroundings } from '../../infra/commands/tool.ts'
import { noteSecrets } from './canaries.ts'
import { freshDatabase, type FreshDatabase } from './database.ts'
import { copyHouse } from './house-copy.ts'
import { surroundings } from './tool-run.ts'

export interface GatewayBench {
  readonly url: string
  readonly data: string
  /** The checkout it runs from. */
  readonly root: string
  readonly database: FreshDatabase
  /** A tool as somebody beside this gateway runs it. */
  run(
    make: (around: Surroundings) => Command,
    ...argv: readonly string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }>
  close(): Promise<void>
}
/** No channel of the house, so that any of those may go. */
export const benchChannel = 'pigeon'

export interface GatewayBenchOptions {
  /** Beside what every gateway of tests has. */
  readonly env?: Readonly<Record<string, string>>
}
export async function gatewayBench(options: GatewayBenchOptions = {}): Promise<GatewayBench> {
  const [database, copy] = [await freshDatabase(), await copyHouse()]
  await makeChannel(benchChannel, copy.root)
  const data = await mkdtemp(join(tmpdir(), 'inlet-gateway-'))
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: database.url,
    INLET_MASTER_KEY: 'r8Jq0v3mZc1XwT5nKe7YbL2dHs9GfUaPiVoQx4EtMy6=',
    INLET_BLOBS: 'disk',
    ...options.env,
  }
  noteSecrets([env.INLET_MASTER_KEY])
  const start = { data, port: 0, env, root: copy.root, stop: new AbortController().signal }
  const gateway: Gateway = await startGateway(start)
  return {
    url: gateway.url,
    data,
    root: copy.root,
    database,
    async run(make, ...argv) {
      const around = surroundings(argv, { env: { INLET_PUBLIC_URL: gateway.url, INLET_DATA: data } })
      const code = await runTool(make(around), around)
      return { code, ...around.said() }
    },
    async close() {
      await gateway.end()
      await database.close()
      await copy.remove()
      await rm(data, { recursive: true, force: true })
    },
  }
}
