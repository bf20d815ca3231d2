// A whole gateway as a process of its own on a database of its own, as tools find one.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { startGateway, type Gateway } from '../../infra/commands/gateway-process.ts'
import { runTool, type Surroundings } from '../../infra/commands/tool.ts'
import { freshDatabase, type FreshDatabase } from './database.ts'
import { surroundings } from './tool-run.ts'

export interface GatewayBench {
  readonly url: string
  readonly data: string
  readonly database: FreshDatabase
  /** A tool as somebody beside this gateway runs it. */
  run(
    make: (around: Surroundings) => Command,
    ...argv: readonly string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }>
  close(): Promise<void>
}

export async function gatewayBench(): Promise<GatewayBench> {
  const database = await freshDatabase()
  const data = await mkdtemp(join(tmpdir(), 'inlet-gateway-'))
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: database.url,
    INLET_MASTER_KEY: 'r8Jq0v3mZc1XwT5nKe7YbL2dHs9GfUaPiVoQx4EtMy6=',
    INLET_BLOBS: 'disk',
    WA_CANARY: 'the value of a reference',
  }
  const gateway: Gateway = await startGateway({ data, port: 0, env, stop: new AbortController().signal })
  return {
    url: gateway.url,
    data,
    database,
    async run(make, ...argv) {
      const around = surroundings(argv, { env: { INLET_PUBLIC_URL: gateway.url, INLET_DATA: data } })
      const code = await runTool(make(around), around)
      return { code, ...around.said() }
    },
    async close() {
      await gateway.end()
      await database.close()
      await rm(data, { recursive: true, force: true })
    },
  }
}
