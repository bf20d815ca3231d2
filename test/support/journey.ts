// Everything a journey needs, started together: a gateway process, the vendor on loopback, and a desk between them.
import type { RunningStandIn, StandIn } from '../../core/ports/stand-in.ts'
import { noteSecrets } from './canaries.ts'
import { freshDatabase, type FreshDatabase } from './database.ts'
import { deskOf, type Desk } from './desk.ts'
import {
  adminKey,
  endGateways,
  heard,
  masterKey,
  processList,
  startGateway,
  type Gateway,
  type GatewayProcess,
} from './gateway-process.ts'

export interface JourneyOptions {
  /** Of the stand-in: its people, texts, ids and keys. */
  readonly seed: number
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** With the embedded database in this directory, as somebody who tries it has it. */
  readonly data?: string
  /** Without an account; the journey makes its own. */
  readonly bare?: boolean
}
export interface Journey<Vendor extends RunningStandIn = RunningStandIn> {
  readonly vendor: Vendor
  readonly gateway: Gateway
  readonly desk: Desk
  /** null with the embedded one. */
  readonly database: FreshDatabase | null
  /** One more process on the same database. */
  another(...args: readonly string[]): Promise<Gateway>
  end(): Promise<void>
}

export async function journey<Vendor extends RunningStandIn>(
  channel: string,
  standIn: StandIn<Vendor>,
  options: JourneyOptions,
): Promise<Journey<Vendor>> {
  const vendor = await standIn.start({ seed: options.seed })
  noteSecrets(Object.values(vendor.account().secrets))
  const database = options.data === undefined ? await freshDatabase() : null
  const env = {
    ...(database === null ? {} : { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey }),
    ...options.env,
  }
  const { data } = options
  const start = (args: readonly string[] = []): Promise<Gateway> =>
    startGateway({ env, args, ...(data === undefined ? {} : { data }) })
  const gateway = await start(options.args)
  const desk = deskOf(gateway, channel, vendor)
  if (options.bare !== true) await desk.account()
  return {
    vendor,
    gateway,
    desk,
    database,
    another: (...args) => start(args),
    async end() {
      await vendor.stop()
      await endGateways()
      await database?.close()
    },
  }
}

/** Of people who wrote: what a log may not hold of them. */
export interface Told {
  readonly customers: readonly number[]
  readonly texts?: readonly string[]
}

/** S18, S19: where a secret was said at all, or a person was named in a log. Empty when all is well. */
export function leaks(
  vendor: RunningStandIn,
  processes: readonly Pick<GatewayProcess, 'stdout' | 'stderr'>[],
  told: Told,
): readonly string[] {
  const logs = processes.map((it) => it.stdout() + it.stderr()).join('\n')
  const answers = heard.join('\n')
  const shown = processList()
  const secrets = [...Object.values(vendor.account().secrets), masterKey, adminKey]
  const people = told.customers.flatMap((n) => {
    const { name, address, id } = vendor.customer(n)
    return [name, address.replace('+', ''), id]
  })
  const personal = [...people, ...(told.texts ?? [])]
  return [
    ...secrets.filter((it) => logs.includes(it)).map((it) => `a secret in the log: ${it}`),
    ...secrets.filter((it) => answers.includes(it)).map((it) => `a secret in an answer: ${it}`),
    ...secrets.filter((it) => shown.includes(it)).map((it) => `a secret in the process list: ${it}`),
    ...personal.filter((it) => logs.includes(it)).map((it) => `personal data in the log: ${it}`),
  ]
}
