// The state of the vendor: who there is, what was said, whose tokens hold, how often was called.
import { openLedger, type OpenLedger } from '../../_shared/stand-in/ledger.ts'
import { knocker, type Knocker } from '../../_shared/stand-in/knock.ts'
import { seeded, type Seeded } from '../../_shared/stand-in/seeded.ts'
import type { Customer, Fault, FaultyCall, Receipts, StandInOptions } from '../../../core/ports/stand-in.ts'
import { pairId } from '../wire.ts'
import { openStreams, type Streams } from './streams.ts'

export interface Said {
  readonly id: string
  readonly at: number
  readonly sender: string
  readonly conversation: string
  readonly text: string
  readonly media?: string
}
export interface Posted {
  readonly id: string
  readonly at: number
  readonly author: string
  readonly conversation: string
  readonly text: string
  readonly repliesTo?: string
  readonly repliesToUser?: string
  readonly quotes?: string
  readonly edits: readonly string[]
  /** Whether it speaks to us: in our mentions, and to be answered by an app. */
  readonly calls: boolean
  readonly isGone?: boolean
}
export interface Us {
  readonly id: string
  readonly username: string
}
export type Limit = 'dmSend' | 'dmRead' | 'mentions' | 'posts'
/** In 15 minutes, by account (sheet section 7). */
export const usualLimits: Readonly<Record<Limit, number>> = { dmSend: 15, dmRead: 15, mentions: 300, posts: 100 }
export const windowMs = 15 * 60_000

export interface Keys {
  readonly consumerKey: string
  readonly consumerSecret: string
  readonly clientId: string
  readonly userToken: string
  readonly userTokenSecret: string
  /** Access tokens that hold, and until when; null: without end, as tests have them. */
  readonly access: Map<string, number | null>
  /** Refresh tokens that were never used. */
  readonly refresh: Set<string>
  readonly burnt: Set<string>
}

const names = ['Ayşe Yılmaz', 'Mehmet Demir', 'Jordan Brinks', 'Zeynep Kaya', 'Emre Şahin', 'Noor Haddad', 'Elif Çelik']
const texts = [
  'Merhaba, siparişim nerede?',
  'Is anybody there?',
  'Bu ürün kırık geldi 😞',
  'Thank you!',
  'Ne zaman gelir?',
]

export interface HeldFile {
  readonly type: string
  readonly bytes: Uint8Array
  /** As it was announced. */
  readonly total?: number
}
export interface Missed {
  readonly at: number
  readonly bytes: Uint8Array
}

export interface Vendor {
  readonly chance: Seeded
  readonly ledger: OpenLedger
  readonly knocker: Knocker
  readonly keys: Keys
  readonly streams: Streams
  readonly latencyMs: number
  readonly messages: Said[]
  readonly posts: Posted[]
  readonly files: Map<string, HeldFile>
  /** How often X says of a film or GIF that it is not ready, and what it says then. */
  readonly looks: { wanted: number; ends: 'succeeded' | 'failed'; loses: boolean; readonly left: Map<string, number> }
  readonly faults: { order(times: number, fault: Fault, on: FaultyCall): void; next(on: FaultyCall): Fault | null }
  readonly limits: { of: Record<Limit, number>; used: Map<string, { count: number; resetMs: number }> }
  readonly pages: { size: number; partialErrors: boolean; broken: string }
  readonly clock: { advancedMs: number }
  /** `missed`: what it would have told while the webhook was ended, and what nobody took. */
  readonly hook: {
    readonly id: string
    readonly bearer: string
    valid: boolean
    mayReplay: boolean
    readonly missed: Missed[]
  }
  receipts: Receipts
  now(): number
  us(n?: number): Us
  customer(n: number): Customer
  nameOf(id: string): { readonly username: string; readonly name: string }
  text(n: number): string
  /** Of the moment, as the vendor makes them: newer ones are greater. */
  nextId(): string
  key(what: string): string
  conversationWith(id: string, n?: number): string
  /** An access token of our nth account that does not end. */
  tokenOf(n: number): string
  /** Which of our accounts calls: the first where its proof names no other. */
  callerOf(authorization: string): number
}

export function vendorOf(options: StandInOptions): Vendor {
  const chance = seeded(options.seed)
  const clock = { advancedMs: 0 }
  const now = (): number => (options.now ?? Date.now)() + clock.advancedMs
  const ledger = openLedger()
  const counts = new Map<string, number>()
  const count = (what: string): number => {
    counts.set(what, (counts.get(what) ?? 0) + 1)
    return counts.get(what)!
  }
  const us = (n = 0): Us => ({ id: `22${chance.digits(8, 'us', n)}`, username: `shop_${chance.hex(6, 'us', n)}` })
  const customer = (n: number): Customer => {
    const handle = `u_${chance.hex(8, 'customer', n)}`
    const name = `${names[n % names.length]} ${n}`
    return { name, address: `@${handle}`, id: `30${chance.digits(9, 'customer', n)}` }
  }
  const known = new Map<string, { username: string; name: string }>()
  const remember = (n: number): Customer => {
    const it = customer(n)
    known.set(it.id, { username: it.address.slice(1), name: it.name })
    return it
  }
  const first = chance.hex(60, 'access token')
  const access = new Map<string, number | null>([[first, null]])
  const callers = new Map<string, number>()
  const queue: { readonly on: FaultyCall; readonly fault: Fault; left: number }[] = []
  return {
    chance,
    ledger,
    knocker: knocker({ ledger, now, taken: (status) => status === 200 }),
    keys: {
      consumerKey: chance.hex(25, 'consumer key'),
      consumerSecret: chance.hex(50, 'consumer secret'),
      clientId: chance.hex(34, 'client'),
      userToken: `${chance.digits(10, 'user token')}-${chance.hex(40, 'user token')}`,
      userTokenSecret: chance.hex(45, 'user token secret'),
      access,
      refresh: new Set(),
      burnt: new Set(),
    },
    streams: openStreams(),
    latencyMs: options.latencyMs ?? 0,
    messages: [],
    posts: [],
    files: new Map(),
    looks: { wanted: 2, ends: 'succeeded', loses: false, left: new Map() },
    faults: {
      order: (times, fault, on) => void queue.push({ on, fault, left: times }),
      next(on) {
        const found = queue.find((it) => it.on === on && it.left > 0)
        if (found !== undefined) found.left -= 1
        return found?.fault ?? null
      },
    },
    limits: { of: { ...usualLimits }, used: new Map() },
    pages: { size: 100, partialErrors: false, broken: '' },
    clock,
    hook: {
      id: chance.digits(19, 'webhook'),
      bearer: chance.hex(80, 'bearer'),
      valid: true,
      mayReplay: true,
      missed: [],
    },
    receipts: 'auto',
    now,
    us,
    customer: remember,
    nameOf(id) {
      const ours = [0, 1, 2, 3].map(us).find((it) => it.id === id)
      return ours === undefined
        ? (known.get(id) ?? { username: `u${id}`, name: 'Somebody' })
        : { username: ours.username, name: 'Our Store' }
    },
    text: (n) => chance.pick(texts, 'text', n),
    nextId: () => String(((BigInt(now()) - 1_288_834_974_657n) << 22n) + BigInt(count('id') % 4_000_000)),
    key: (what) => chance.hex(24, what, count(what)),
    conversationWith: (id, n = 0) => pairId(us(n).id, id),
    tokenOf(n) {
      const token = n === 0 ? first : chance.hex(60, 'access token', n)
      access.set(token, null)
      callers.set(`Bearer ${token}`, n)
      return token
    },
    callerOf: (authorization) => callers.get(authorization) ?? 0,
  }
}
