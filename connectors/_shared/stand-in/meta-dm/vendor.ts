// The whole state of one vendor of private messages and comments: pages, people, windows, files, faults, and what it still owes us.
import type { Customer, Receipts, StandInOptions } from '../../../../core/ports/stand-in.ts'
import { faultQueue, type Faults } from '../faults.ts'
import type { Call, Fields, Handler, VendorError } from '../graph-api.ts'
import { knocker, type Knocker } from '../knock.ts'
import { openLedger, type OpenLedger } from '../ledger.ts'
import { signedHeaders, vendorBytes } from '../meta-signing.ts'
import { nameOf } from '../people.ts'
import { seeded, type Seeded } from '../seeded.ts'
import { bucketsOn, type Buckets } from './buckets.ts'
import { cdnOf, type Cdn } from './cdn.ts'

/** One of ours: what customers write to. */
export interface Page {
  readonly n: number
  readonly id: string
  readonly name: string
  token: string
  isExpired: boolean
  /** What is subscribed for it; empty: nobody hears of it. */
  fields: readonly string[]
}
export interface Person extends Customer {
  readonly n: number
}
export interface Comment {
  readonly id: string
  readonly page: Page
  readonly person: Person | null
  readonly at: number
  readonly post: string
  readonly root: string
  isGone: boolean
}

/** Where products differ; the numbers are their sheets'. */
export interface VendorRules {
  readonly name: string
  readonly object: string
  /** Pages of the fixtures, so that they may be posted as they are. */
  readonly pages: readonly string[]
  readonly messagePrefix: string
  fits(text: string): boolean
  /** Whether our key is given back in the echo, and an app's id with it. */
  readonly echoesNameUs: boolean
  /** A tapped link opens the window as a message does. */
  readonly clicksOpen: boolean
  /** How far they have read is told by a moment, or by a message. */
  readonly receipts: 'watermarks' | 'mids'
  readonly windowClosed: { readonly code: number; readonly subcode: number }
  readonly unknownPerson: number
  readonly privateReplyUsed: number
  readonly threadOwned: { readonly code: number; readonly subcode?: number }
  readonly rate: { readonly code: number; readonly subcode?: number }
  readonly subscribed: readonly string[]
  settings(page: Page, base: string): Fields
  /** Another id of the same, by which it may be called as well. */
  linkedTo?(page: Page): string
  /** What happens in public, as the value and field of a change; null: this kind is no public one. */
  publicly(kind: string, writing: PublicWriting, vendor: DmVendor): Change | null
  /** Calls only this product has. */
  routeOf(call: Call, page: Page, vendor: DmVendor): readonly ['send' | 'other', Handler] | null
}
export interface PublicWriting {
  readonly person: Person
  readonly page: Page
  readonly id: string
  readonly text: string
  readonly about: string | undefined
}
export interface Change {
  readonly id: string
  readonly field: string
  readonly value: Fields
  /** `field` and `value` stand in the entry itself. */
  readonly isFlat?: boolean
}

export interface DmVendor {
  readonly rules: VendorRules
  readonly chance: Seeded
  readonly now: () => number
  readonly clock: { advancedMs: number }
  readonly ledger: OpenLedger
  readonly knocker: Knocker
  readonly faults: Faults
  readonly latencyMs: number
  readonly keys: { readonly appSecret: string; readonly verifyToken: string; readonly appId: string }
  readonly pages: readonly Page[]
  readonly cdn: Cdn
  readonly buckets: Buckets
  /** When somebody wrote last, by page and person. */
  readonly wrote: Map<string, number>
  /** Conversations another app answers. */
  readonly owned: Set<string>
  readonly comments: Map<string, Comment>
  readonly privatelyAnswered: Set<string>
  receipts: Receipts
  /** The echo of what was accepted knocks before the call is answered. */
  isEchoFirst: boolean
  base: string
  key(forWhat: string): string
  page(n: number): Page
  person(n: number, page: Page): Person
  /** Signs and knocks, again until taken; `settled` waits for it. Without an address nothing is owed. */
  tell(what: string, ids: readonly string[], call: unknown): Promise<void>
}

const mostPages = 20

export function dmVendorOf(rules: VendorRules, options: StandInOptions): DmVendor {
  const chance = seeded(options.seed)
  const clock = { advancedMs: 0 }
  const startNow = options.now ?? Date.now
  const now = (): number => startNow() + clock.advancedMs
  const ledger = openLedger()
  const knocks = knocker({ ledger, now, taken: (status) => status === 200 })
  const keys = {
    appSecret: chance.hex(32, 'app secret'),
    verifyToken: `verify-${chance.hex(16, 'verify token')}`,
    appId: chance.digits(16, 'app'),
  }
  let made = 0
  const key = (forWhat: string): string => chance.hex(40, forWhat, (made += 1))
  const pages = Array.from({ length: mostPages }, (_, n): Page => ({
    n,
    id: rules.pages[n] ?? chance.digits(15, 'page', n),
    name: `Stand-in Shop ${n + 1}`,
    token: `EAAStandIn${chance.hex(40, 'access token', n, 0)}`,
    isExpired: false,
    fields: rules.subscribed,
  }))
  return {
    rules,
    chance,
    now,
    clock,
    ledger,
    keys,
    pages,
    key,
    knocker: knocks,
    faults: faultQueue(),
    latencyMs: options.latencyMs ?? 0,
    cdn: cdnOf(chance),
    buckets: bucketsOn(now),
    wrote: new Map(),
    owned: new Set(),
    comments: new Map(),
    privatelyAnswered: new Set(),
    receipts: 'auto',
    isEchoFirst: false,
    base: '',
    page(n) {
      const found = pages[n]
      if (found === undefined) throw new Error(`The stand-in has ${mostPages} pages, there is no ${n}th`)
      return found
    },
    person(n, page) {
      // One person has another id on every page.
      const id = `${chance.digits(9, 'person', page.id, n)}${String(n).padStart(7, '0')}`
      return { n, id, address: id, name: nameOf(n, chance) }
    },
    async tell(what, ids, call) {
      if (knocks.url === null) return
      const bytes = vendorBytes(call)
      await knocks.knock({ what, ids, bytes, headers: signedHeaders(bytes, keys.appSecret, 'right') })
    },
  }
}

export const pairOf = (page: Page, person: string): string => `${page.id} ${person}`
export const messageId = (vendor: DmVendor, forWhat: string): string =>
  `${vendor.rules.messagePrefix}${vendor.key(forWhat).slice(0, 32)}`

/** Sheets 8, checked 2026-11: nearly everything comes as 400. */
export const dmError = (code: number, subcode?: number, text?: string): VendorError => ({
  code,
  http: code === 2 ? 503 : code === 190 ? 401 : code === 10 || (code >= 200 && code <= 299) ? 403 : 400,
  ...(subcode === undefined ? {} : { subcode }),
  text: text ?? 'An error of the stand-in',
})

/** Entries of one call: what stands beside one another and is of one page and place goes into one. */
export interface Placed {
  readonly page: Page
  readonly place: 'messaging' | 'standby' | 'changes' | 'flat'
  readonly item: Fields
}
export function callOf(placed: readonly Placed[], vendor: DmVendor): Fields {
  const entries: { page: Page; place: Placed['place']; items: Fields[] }[] = []
  for (const { page, place, item } of placed) {
    const last = entries.at(-1)
    if (last?.page === page && last.place === place && place !== 'flat') last.items.push(item)
    else entries.push({ page, place, items: [item] })
  }
  const timeOf = (place: Placed['place']): number =>
    place === 'changes' || place === 'flat' ? Math.floor(vendor.now() / 1_000) : vendor.now()
  return {
    object: vendor.rules.object,
    entry: entries.map(({ page, place, items }) => ({
      id: page.id,
      time: timeOf(place),
      ...(place === 'flat' ? items[0] : { [place]: items }),
    })),
  }
}
