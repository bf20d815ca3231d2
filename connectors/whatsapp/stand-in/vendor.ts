// The vendor's whole state in one place: keys, numbers, registries, faults, and what it still owes us.
import type { Receipts, StandInOptions } from '../../../core/ports/stand-in.ts'
import { faultQueue, type Faults } from '../../_shared/stand-in/faults.ts'
import { knocker, type Knocker } from '../../_shared/stand-in/knock.ts'
import { openLedger, type OpenLedger } from '../../_shared/stand-in/ledger.ts'
import { signedHeaders, vendorBytes } from '../../_shared/stand-in/meta-signing.ts'
import { seeded, type Seeded } from '../../_shared/stand-in/seeded.ts'
import { limitsOn, type Limits } from './limits.ts'
import { mediaOf, type Media } from './media.ts'
import { templatesOf, type Templates } from './templates.ts'
import { managementCall, wideNumber, type Line } from './webhooks.ts'

export interface Vendor {
  readonly chance: Seeded
  readonly now: () => number
  readonly ledger: OpenLedger
  readonly knocker: Knocker
  readonly faults: Faults
  readonly limits: Limits
  readonly media: Media
  readonly templates: Templates
  readonly latencyMs: number
  readonly keys: { readonly appSecret: string; readonly verifyToken: string; accessToken: string; isExpired: boolean }
  /** Whose phone a user id is, learnt as customers are made up. */
  readonly phoneOf: Map<string, string>
  receipts: Receipts
  /** Unique keys for ids. */
  key(forWhat: string): string
  line(account: number): Line
  lineOf(phoneNumberId: string): Line | null
  /** Signs and knocks, again until taken; `settled` waits for it. Without an address nothing is owed. */
  tell(what: string, ids: readonly string[], call: unknown): Promise<void>
  readonly clock: { advancedMs: number }
}

/** The fixtures' own number and account, so that they may be posted as they are. */
const wabaId = '102290129340398'
const fixtureLines = [
  { phoneNumberId: '106540352242922', display: '15550783881' },
  { phoneNumberId: '7794189252778687', display: '15550783882' },
] as const

const mostLines = 20

export function vendorOf(options: StandInOptions): Vendor {
  const chance = seeded(options.seed)
  const clock = { advancedMs: 0 }
  const startNow = options.now ?? Date.now
  const now = (): number => startNow() + clock.advancedMs
  const ledger = openLedger()
  const knocks = knocker({ ledger, now, taken: (status) => status === 200 })
  const keys = {
    appSecret: chance.hex(32, 'app secret'),
    verifyToken: `verify-${chance.hex(16, 'verify token')}`,
    accessToken: `EAAStandIn${chance.hex(40, 'access token', 0)}`,
    isExpired: false,
  }
  let made = 0
  const lines = Array.from({ length: mostLines }, (_, account): Line => {
    const made = {
      phoneNumberId: `2${chance.digits(14, 'line', account)}`,
      display: `1555${chance.digits(7, 'display', account)}`,
    }
    return { wabaId, ...(fixtureLines[account] ?? made) }
  })
  const line = (account: number): Line => {
    const found = lines[account]
    if (found === undefined) throw new Error(`The stand-in has ${mostLines} numbers, there is no ${account}th`)
    return found
  }
  return {
    chance,
    now,
    ledger,
    keys,
    clock,
    line,
    knocker: knocks,
    faults: faultQueue(),
    limits: limitsOn(now),
    media: mediaOf(chance, now),
    templates: templatesOf(chance),
    latencyMs: options.latencyMs ?? 0,
    phoneOf: new Map(),
    receipts: 'auto',
    key: (forWhat) => chance.hex(40, forWhat, (made += 1)),
    lineOf: (id) => lines.find((it) => it.phoneNumberId === id) ?? null,
    async tell(what, ids, call) {
      if (knocks.url === null) return
      const bytes = vendorBytes(call)
      await knocks.knock({ what, ids, bytes, headers: signedHeaders(bytes, keys.appSecret, 'right') })
    },
  }
}

/** A template's state as its webhook says it. */
export function tellTemplate(vendor: Vendor, name: string, language: string): void {
  const template = vendor.templates.find(name, language)
  if (template === undefined) return
  const value = {
    event: template.state,
    message_template_id: wideNumber(template.id),
    message_template_name: name,
    message_template_language: language,
    reason: template.state === 'REJECTED' ? 'INVALID_FORMAT' : 'NONE',
    message_template_category: template.category,
  }
  const call = managementCall(wabaId, vendor.now(), { field: 'message_template_status_update', value })
  vendor.knocker.owe(vendor.tell('template', [template.id], call))
}
