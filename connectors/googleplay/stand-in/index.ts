// The vendor's side of this channel: customers review, the API shows a week and counts what is read, answers are live at once.
import type { StandIn } from '../../../core/ports/stand-in.ts'
import { faultyServer } from '../../_shared/stand-in/faulty-server.ts'
import { rollingHour } from '../../_shared/stand-in/hour.ts'
import { openLedger } from '../../_shared/stand-in/ledger.ts'
import { callsNobody, controls, shelfOf, writes, type RunningReviews } from '../../_shared/stand-in/review-shelf.ts'
import { seeded } from '../../_shared/stand-in/seeded.ts'
import { answer, googleError, isToken, refuses, type Store } from './api.ts'
import { tokensOf } from './token.ts'

export interface RunningGooglePlay extends RunningReviews {
  expireTokens(): void
  /** From now on no next page is named. */
  withoutPages(): void
}

/** A simulation looks every second; a test that minds sets what Google allows. */
const hourly = 36_000

export const standIn: StandIn<RunningGooglePlay> = {
  takesNoKey: true,
  async start(options) {
    const chance = seeded(options.seed)
    const ledger = openLedger()
    let advancedMs = 0
    const now = (): number => (options.now ?? Date.now)() + advancedMs
    const idOf = (turn: number): string =>
      turn % 2 === 0
        ? `gp:AOqpTO${chance.hex(40, 'id', turn)}`
        : `${chance.hex(8, 'id', turn)}-0000-4a4a-8b8b-${chance.hex(12, 'id', turn, 1)}`
    const shelf = shelfOf({ chance, now, idOf })
    const tokens = tokensOf({
      now,
      name: `inlet-${chance.hex(6, 'name')}`,
      next: (turn) => chance.hex(40, 'token', turn),
    })
    const store: Store = {
      shelf,
      ledger,
      tokens,
      now,
      hour: rollingHour(hourly, now),
      appOf: (n) => `com.example.shop${chance.hex(6, 'app', n)}`,
      base: '',
      isWithoutPages: false,
    }
    const server = await faultyServer(
      {
        ledger,
        now,
        latencyMs: options.latencyMs ?? 0,
        kindOf: (asked) => (isToken(asked) ? 'media' : asked.method === 'POST' ? 'send' : 'other'),
        refuses: (asked) => refuses(asked, store),
        answer: (asked) => answer(asked, store),
        errorOf: ({ code, http, subcode, text }) =>
          googleError(http ?? code, {
            ...(subcode === undefined ? {} : { reason: 'quotaExceeded' }),
            ...(text === undefined ? {} : { text }),
          }),
      },
      options.port,
    )
    store.base = server.base
    const keyFile = tokens.keyFile(`${server.base}/token`)
    return {
      apiBase: `${server.base}/androidpublisher/v3`,
      ledger,
      account: (n = 0) => ({
        settings: {
          packageName: store.appOf(n),
          pollSeconds: 1,
          readsPerHour: hourly,
          apiBase: `${server.base}/androidpublisher/v3`,
        },
        secrets: { serviceAccount: keyFile },
      }),
      customer: shelf.customer,
      ...writes(shelf, { ledger, now }),
      ...controls(shelf, now),
      hourly: (calls) => void (store.hour.limit = calls),
      expireTokens: () => tokens.expire(),
      withoutPages: () => void (store.isWithoutPages = true),
      ...callsNobody('Google Play'),
      receipts: () => undefined,
      fail: server.fail,
      advance: (ms) => void (advancedMs += ms),
      stop: server.stop,
    }
  },
}
