// The vendor's side of this channel: customers review, the API pages and limits and fails as Apple's does, answers are published later.
import type { StandIn } from '../../../core/ports/stand-in.ts'
import { faultyServer } from '../../_shared/stand-in/faulty-server.ts'
import { rollingHour } from '../../_shared/stand-in/hour.ts'
import { openLedger } from '../../_shared/stand-in/ledger.ts'
import { callsNobody, controls, shelfOf, writes, type RunningReviews } from '../../_shared/stand-in/review-shelf.ts'
import { seeded } from '../../_shared/stand-in/seeded.ts'
import { answer, appleError, rateHeader, refuses, type Store } from './api.ts'
import { keysFrom } from './token.ts'

export interface RunningAppStore extends RunningReviews {
  /** Names the next page at another host. */
  nextElsewhere(host: string | null): void
}

/** A simulation looks every second; a test that minds sets what Apple allows. */
const hourly = 36_000
const publishMs = 1_500

export const standIn: StandIn<RunningAppStore> = {
  takesNoKey: true,
  async start(options) {
    const chance = seeded(options.seed)
    const ledger = openLedger()
    let advancedMs = 0
    const now = (): number => (options.now ?? Date.now)() + advancedMs
    const idOf = (turn: number): string =>
      `000000${chance.hex(2, 'id', turn)}-${chance.hex(4, 'id', turn, 1)}-0014-729e-${chance.hex(12, 'id', turn, 2)}`
    const keys = keysFrom(
      chance.hex(64, 'key'),
      chance.hex(10, 'key id').toUpperCase(),
      `${chance.hex(8, 'issuer')}-0000-4000-8000-000000000001`,
    )
    const shelf = shelfOf({ chance, now, idOf })
    const store: Store = {
      keys,
      shelf,
      ledger,
      now,
      hour: rollingHour(hourly, now),
      appOf: (n) => `645${chance.digits(7, 'app', n)}`,
      base: '',
      publishMs,
      nextElsewhere: null,
    }
    const server = await faultyServer(
      {
        ledger,
        now,
        latencyMs: options.latencyMs ?? 0,
        kindOf: ({ method }) => (method === 'POST' ? 'send' : 'other'),
        refuses: (asked) => refuses(asked, store),
        answer: (asked) => answer(asked, store),
        errorOf: ({ code, http, text }) =>
          appleError(http ?? code, text ?? 'an error that was ordered', rateHeader(store)),
      },
      options.port,
    )
    store.base = server.base
    return {
      apiBase: server.base,
      ledger,
      account: (n = 0) => ({
        settings: {
          appId: store.appOf(n),
          keyId: keys.keyId,
          issuerId: keys.issuerId,
          pollSeconds: 1,
          apiBase: server.base,
        },
        secrets: { privateKey: keys.pem },
      }),
      customer: shelf.customer,
      ...writes(shelf, { ledger, now }),
      ...controls(shelf, now),
      hourly: (calls) => void (store.hour.limit = calls),
      nextElsewhere: (host) => void (store.nextElsewhere = host),
      ...callsNobody('The App Store'),
      receipts: (how) =>
        void (store.publishMs = how === 'off' || (how !== 'auto' && !how.includes('delivered')) ? null : publishMs),
      fail: server.fail,
      advance: (ms) => void (advancedMs += ms),
      stop: server.stop,
    }
  },
}
