// The stand-in of WhatsApp's Cloud API: signs, repeats, limits, fails and keeps a ledger (sheet section 10).
import type { RunningStandIn, StandIn } from '../../../core/ports/stand-in.ts'
import { listen } from '../../_shared/stand-in/graph-api.ts'
import { inward } from '../../_shared/stand-in/meta-inward.ts'
import { shakeHands, type Shaken } from '../../_shared/stand-in/meta-signing.ts'
import { apiOf } from './api.ts'
import { personOf } from './people.ts'
import { tellReceipt, type AcceptedMessage } from './receipts.ts'
import type { TemplateState } from './templates.ts'
import { tellTemplate, vendorOf, type Vendor } from './vendor.ts'
import { writtenCall } from './writing.ts'

/** What only this vendor can do. */
export interface RunningWhatsApp extends RunningStandIn {
  /** The GET by which the vendor verifies a webhook's address; `token` replaces the right one. */
  handshake(token?: string): Promise<Shaken>
  /** One receipt of an accepted message, whenever a test wants it; `code` of a failure. */
  receipt(id: string, state: 'sent' | 'delivered' | 'read' | 'failed', code?: number): Promise<void>
  /** Sets a template's state in the registry and tells it by webhook. */
  template(name: string, language: string, state: TemplateState): void
  /** From now on the account's token is dead; `account()` gives a new one once `renewToken` was called. */
  expireToken(): void
  renewToken(): void
  /** All addresses of files given out so far are over. */
  expireUrls(): void
}

export const standIn: StandIn<RunningWhatsApp> = {
  async start(options) {
    const vendor = vendorOf(options)
    const { base, close } = await listen(apiOf(vendor), options.port ?? 0)
    const stop = async (): Promise<void> => {
      await vendor.knocker.stop()
      await close()
    }
    options.log?.info('the stand-in of WhatsApp answers', { apiBase: base, seed: options.seed })
    return { apiBase: base, ...inward(vendor, writtenCall), ...control(vendor, base), ...whatsAppOnly(vendor), stop }
  },
}

type Controls = 'account' | 'customer' | 'receipts' | 'fail' | 'advance' | 'settled' | 'ledger'
function control(vendor: Vendor, base: string): Pick<RunningStandIn, Controls> {
  return {
    account(n = 0) {
      const { wabaId, phoneNumberId, display } = vendor.line(n)
      const waba: Readonly<Record<string, string>> = n === 0 ? { wabaId } : {}
      const { appSecret, verifyToken, accessToken } = vendor.keys
      return {
        settings: { phoneNumberId, ...waba, displayPhoneNumber: `+${display}`, apiBase: base, apiVersion: 'v26.0' },
        secrets: { appSecret, verifyToken, accessToken },
      }
    },
    customer: (n) => personOf(n, vendor.chance),
    receipts: (how) => void (vendor.receipts = how),
    fail: (times, fault, on = 'send') => vendor.faults.order(times, fault, on),
    advance: (ms) => void (vendor.clock.advancedMs += ms),
    settled: () => vendor.knocker.settled(),
    ledger: vendor.ledger,
  }
}

function whatsAppOnly(vendor: Vendor): Omit<RunningWhatsApp, keyof RunningStandIn> {
  const { keys, templates } = vendor
  let tokens = 0
  return {
    handshake: (token = keys.verifyToken) =>
      shakeHands(vendor.knocker.url, token, vendor.chance.digits(10, vendor.key('challenge'))),
    receipt: (id, state, code = 131026) => tellReceipt(acceptedAs(id, vendor), state, { failure: code, vendor }),
    template(name, language, state) {
      const known =
        templates.find(name, language) ?? templates.add(name, language, { body: '', category: 'UTILITY', state })
      known.state = state
      tellTemplate(vendor, name, language)
    },
    expireToken: () => void (keys.isExpired = true),
    renewToken() {
      keys.accessToken = `EAAStandIn${vendor.chance.hex(40, 'access token', (tokens += 1))}`
      keys.isExpired = false
    },
    expireUrls: () => vendor.media.expireUrls(),
  }
}

function acceptedAs(id: string, vendor: Vendor): AcceptedMessage {
  const entry = vendor.ledger.of('accepted').find((it) => it.id === id)
  const { ours = null, to = vendor.line(0).display } = entry ?? {}
  return { id, line: vendor.line(0), phone: to, userId: null, ours, isReaction: false }
}
