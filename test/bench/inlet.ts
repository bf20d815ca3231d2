// The gateway under measurement: the real process on a data directory of its own, with an account whose vendor is a stand-in.
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import { readRegistry } from '../../core/registry.ts'
import { foldersOf } from '../../infra/drivers/folders.ts'
import { startGateway, type Gateway } from '../support/gateway-process.ts'
import type { Job } from './load-job.ts'
import type { Line } from './message.ts'

export interface InletOptions {
  readonly data?: string
  readonly only?: string
  /** No account, no stand-in: the process alone. */
  readonly bare?: boolean
  /** Accounts 0 … n − 1, each with a number of its own; one when absent. */
  readonly accounts?: number
  /** Of a gateway before on the same data. */
  readonly vendor?: RunningStandIn
  /** The stand-in outlives this gateway. */
  readonly keepVendor?: boolean
  readonly env?: Readonly<Record<string, string>>
}
export interface Inlet extends Gateway {
  readonly port: number
  readonly vendor: RunningStandIn | null
  /** For jobs at it. */
  readonly target: Pick<Job, 'port' | 'path' | 'line'>
  readonly asAdmin: Readonly<Record<string, string>>
  /** Values of `name`, summed over all labels that fit. */
  metric(page: string, name: string, labels?: Readonly<Record<string, string>>): number
  metrics(): Promise<string>
  /** Resolves when every worker has handled everything. */
  drained(): Promise<void>
  end(): Promise<void>
}
export const channel = 'whatsapp'
const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

export async function startInlet(options: InletOptions): Promise<Inlet> {
  const gateway = await startGateway({
    ...(options.data === undefined ? {} : { data: options.data }),
    env: { INLET_LOG: 'warn', ...options.env },
    args: options.only === undefined ? [] : ['--only', options.only],
  })
  const vendor = options.bare === true ? null : (options.vendor ?? (await startVendor()))
  if (vendor !== null && options.vendor === undefined) await makeAccounts(gateway, vendor, options.accounts ?? 1)
  const asAdmin = { authorization: `Bearer ${gateway.adminKey}` }
  const metrics = async (): Promise<string> => (await fetch(`${gateway.address}/metrics`, { headers: asAdmin })).text()
  const port = Number(new URL(gateway.address).port)
  return {
    ...gateway,
    port,
    vendor,
    asAdmin,
    target: { port, path: `/in/${channel}/line0`, line: lineOf(vendor) },
    metrics,
    metric: valueOf,
    drained: () => drained(metrics),
    async end() {
      gateway.kill('SIGTERM')
      await gateway.ended
      if (options.vendor === undefined && options.keepVendor !== true) await vendor?.stop()
    },
  }
}

/** Through the registry: a house without this channel still type-checks, and says here what is missing. */
async function startVendor(): Promise<RunningStandIn> {
  const standIn = await (await readRegistry(foldersOf())).standIn(channel)
  return standIn.start({ seed: 7, latencyMs: 50 })
}

async function makeAccounts(gateway: Gateway, vendor: RunningStandIn, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const { settings, secrets } = vendor.account(n)
    const own = n === 0 ? { secrets } : { secrets: { accessToken: secrets['accessToken'] }, endpoint: 'line0' }
    const body = { channel, id: `line${n}`, settings, ...own }
    const { status, text } = await gateway.call('POST', '/v1/accounts', { body })
    if (status !== 201) throw new Error(`the account line${n} could not be made: ${status} ${text}`)
  }
  vendor.knocksAt(`${gateway.address}/in/${channel}/line0`)
  vendor.receipts('off')
  // The gateway hears of a new account within seconds; the first message waits for that, unmeasured.
  for (let n = 0; n < count; n += 1) await vendor.write({ customer: n, account: n })
}

function lineOf(vendor: RunningStandIn | null): Line {
  if (vendor === null) return { phoneNumberId: '', wabaId: '', appSecret: '' }
  const { settings, secrets } = vendor.account(0)
  const need = (from: Readonly<Record<string, unknown>>, key: string): string => String(from[key] ?? '')
  return {
    phoneNumberId: need(settings, 'phoneNumberId'),
    wabaId: need(settings, 'wabaId'),
    appSecret: need(secrets, 'appSecret'),
  }
}

function valueOf(page: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`)
  return page
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .filter((line) => wanted.every((it) => line.includes(it)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

async function drained(metrics: () => Promise<string>): Promise<void> {
  for (let quiet = 0; quiet < 2;) {
    quiet = valueOf(await metrics(), 'inlet_lag_events') === 0 ? quiet + 1 : 0
    await pause(100)
  }
}
