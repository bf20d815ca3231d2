// A running stand-in of private messages and comments: what every product of the family can do.
import type { RunningStandIn, StandInOptions } from '../../../../core/ports/stand-in.ts'
import { listen } from '../graph-api.ts'
import { inward } from '../meta-inward.ts'
import { shakeHands, type Shaken } from '../meta-signing.ts'
import { apiOf } from './api.ts'
import { dmVendorOf, pairOf, type DmVendor, type VendorRules } from './vendor.ts'
import { writtenCall } from './writing.ts'

export interface RunningDm extends RunningStandIn {
  handshake(token?: string): Promise<Shaken>
  /** From now on the token of this page is dead; `account(n)` gives a new one once `renewToken` was called. */
  expireToken(n?: number): void
  renewToken(n?: number): void
  /** What is subscribed for a page; nothing: customers write and nobody here hears of it. Null: as at the start. */
  subscribe(n: number, fields: readonly string[] | null): void
  /** All addresses of files given out so far are over. */
  expireUrls(): void
  /** Another app answers this customer from now on, or no longer. */
  ownThread(customer: number, owned: boolean): void
  /** The page has used up its calls. */
  exhaust(n?: number): void
  /** The echo of what is accepted knocks before the call is answered. */
  echoFirst(is: boolean): void
  /** So long have people been silent, for the vendor's windows; the clock stands where it stood. */
  silentFor(ms: number): void
}

export async function startDm(rules: VendorRules, options: StandInOptions): Promise<RunningDm> {
  const vendor = dmVendorOf(rules, options)
  const { base, close } = await listen(apiOf(vendor), options.port ?? 0)
  vendor.base = base
  options.log?.info(`the stand-in of ${rules.name} answers`, { apiBase: base, seed: options.seed })
  const stop = async (): Promise<void> => {
    await vendor.knocker.stop()
    await close()
  }
  return { apiBase: base, ...inward(vendor, writtenCall), ...control(vendor), ...only(vendor), stop }
}

type Controls = 'account' | 'customer' | 'receipts' | 'fail' | 'advance' | 'settled' | 'ledger'
function control(vendor: DmVendor): Pick<RunningStandIn, Controls> {
  return {
    account(n = 0) {
      const page = vendor.page(n)
      const { appSecret, verifyToken } = vendor.keys
      return {
        settings: { ...vendor.rules.settings(page, vendor.base), apiBase: vendor.base, apiVersion: 'v26.0' },
        secrets: { appSecret, verifyToken, accessToken: page.token },
      }
    },
    customer: (n) => vendor.person(n, vendor.page(0)),
    receipts: (how) => void (vendor.receipts = how),
    fail: (times, fault, on = 'send') => vendor.faults.order(times, fault, on),
    advance: (ms) => void (vendor.clock.advancedMs += ms),
    settled: () => vendor.knocker.settled(),
    ledger: vendor.ledger,
  }
}

function only(vendor: DmVendor): Omit<RunningDm, keyof RunningStandIn> {
  let tokens = 0
  return {
    handshake: (token = vendor.keys.verifyToken) =>
      shakeHands(vendor.knocker.url, token, vendor.chance.digits(10, vendor.key('challenge'))),
    expireToken: (n = 0) => void (vendor.page(n).isExpired = true),
    renewToken(n = 0) {
      const page = vendor.page(n)
      page.token = `EAAStandIn${vendor.chance.hex(40, 'access token', n, (tokens += 1))}`
      page.isExpired = false
    },
    subscribe: (n, fields) => void (vendor.page(n).fields = fields ?? vendor.rules.subscribed),
    expireUrls: () => vendor.cdn.expire(),
    ownThread(customer, owned) {
      const page = vendor.page(0)
      const pair = pairOf(page, vendor.person(customer, page).id)
      if (owned) vendor.owned.add(pair)
      else vendor.owned.delete(pair)
    },
    exhaust: (n = 0) => vendor.buckets.empty(vendor.page(n).id),
    echoFirst: (is) => void (vendor.isEchoFirst = is),
    silentFor(ms) {
      for (const [pair, at] of vendor.wrote) vendor.wrote.set(pair, at - ms)
    },
  }
}
