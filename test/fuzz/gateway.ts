// The gateway that is fuzzed from outside: a process of its own, a stand-in behind each channel that can be knocked at, and a desk with something in it.
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import { readRegistry } from '../../core/registry.ts'
import { untilAnswering } from '../../infra/commands/simulated-account.ts'
import { foldersOf } from '../../infra/drivers/folders.ts'
import { webhooksOf } from '../contracts/channel-folder.ts'
import { noteSecrets } from '../support/canaries.ts'
import { endGateways, logLines, masterKey, startGateway, type Gateway } from '../support/gateway-process.ts'

export interface FuzzedGateway {
  readonly gateway: Gateway
  /** By channel: whoever signs calls to that door. */
  readonly vendors: ReadonlyMap<string, RunningStandIn>
  /** Paths of the vendors' door that an account answers at. */
  readonly doors: readonly string[]
  readonly secrets: readonly string[]
  /** Error lines of its log that nobody has asked for yet: each is a fault of ours, whatever was answered. */
  newFaults(): readonly string[]
  close(): Promise<void>
}

/** `env`: a database of the test's own; without one it brings the embedded one. */
export async function fuzzedGateway(env: Readonly<Record<string, string>> = {}): Promise<FuzzedGateway> {
  const gateway = await startGateway({ env: { INLET_LOG: 'warn', ...env } })
  await must(gateway, '/v1/brands', { id: 'shop', name: 'Shop', language: 'tr', timezone: 'Europe/Istanbul' })
  const registry = await readRegistry(foldersOf())
  const vendors = new Map<string, RunningStandIn>()
  const doors: string[] = []
  for (const [name, channel] of registry.channels) {
    if (webhooksOf(channel)[0]?.proof !== 'signature') continue
    const vendor = await (await registry.standIn(name)).start({ seed: 34 })
    vendors.set(name, vendor)
    noteSecrets(Object.values(vendor.account().secrets))
    await must(gateway, '/v1/accounts', { channel: name, id: 'main', brand: 'shop', ...vendor.account() })
    doors.push(`/in/${name}/main`)
    await untilAnswering(`${gateway.address}/in/${name}/main`)
    vendor.knocksAt(`${gateway.address}/in/${name}/main`)
    await vendor.write({ customer: 1 })
    await vendor.write({ customer: 2, kind: 'image' }).catch(() => undefined)
  }
  await must(gateway, '/v1/tickets', { subject: 'opened by a tool' })
  let heard = 0
  return {
    gateway,
    vendors,
    doors,
    secrets: [
      masterKey,
      gateway.adminKey,
      ...[...vendors.values()].flatMap((it) => Object.values(it.account().secrets)),
    ],
    newFaults() {
      const lines = logLines(gateway)
      const fresh = lines.slice(heard).filter((it) => ['error', 'fatal', 50, 60].includes(it['level'] as string))
      heard = lines.length
      return fresh.map((it) => JSON.stringify(it).slice(0, 1_500))
    },
    async close() {
      await Promise.all([...vendors.values()].map((it) => it.stop()))
      await endGateways()
    },
  }
}

async function must(gateway: Gateway, path: string, body: unknown): Promise<void> {
  const answer = await gateway.call('POST', path, { body })
  if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}: ${answer.text}`)
}
