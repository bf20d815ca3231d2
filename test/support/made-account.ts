// An account and the edges a channel gets, for tests that call a channel as deliver does: real calls, a kept log, kept health.
import type { Account, SendEdges } from '../../core/ports/channel.ts'
import { GatewayError } from '../../core/errors.ts'
import type { StandInAccount } from '../../core/ports/stand-in.ts'
import type { Instant } from '../../schemas/ids.ts'
import { vendorCall } from '../../connectors/_shared/http.ts'
import { systemClock } from '../../infra/drivers/clock.ts'
import { makeGuardedFetch } from '../../infra/drivers/guarded-fetch.ts'
import { keptLog, type Line } from './quiet-log.ts'

export interface MadeAccount {
  readonly account: Account<never, string>
  readonly health: readonly { readonly state: string; readonly why: string }[]
}
export function madeAccount(from: StandInAccount, route = 'test'): MadeAccount {
  const health: { state: string; why: string }[] = []
  return {
    health,
    account: {
      id: 'main',
      route,
      settings: from.settings as never,
      secret: (name) => {
        const value = from.secrets[name]
        if (value !== undefined) return Promise.resolve(value)
        return Promise.reject(new GatewayError('settings.invalid', `Account main: the secret ${name} is not set.`))
      },
      state: 'connected',
      expiresAt: () => null,
      renew: (name) => Promise.reject(new Error(`no renewal of ${name} in this test`)),
      health: (state, why) => void health.push({ state, why }),
    },
  }
}

export interface MadeEdges {
  readonly edges: SendEdges
  readonly lines: readonly Line[]
}
/** `files` by blob reference; one that is not there throws as the real store does. */
export function madeEdges(files: Readonly<Record<string, Uint8Array>> = {}): MadeEdges {
  const log = keptLog()
  return {
    lines: log.lines,
    edges: {
      clock: systemClock,
      http: { call: vendorCall, fetch: makeGuardedFetch() },
      log,
      file: (ref) => {
        const bytes = files[ref]
        if (bytes !== undefined) return Promise.resolve(bytes)
        return Promise.reject(new GatewayError('event.invalid', `There is no blob ${ref}.`))
      },
      linkTo: (file) => Promise.resolve(`https://inlet.test/v1/files/main/${file}`),
      says: () => Promise.resolve(),
    },
  }
}

/** Edges that find a short text under every name, and whatever a test puts in their place. */
export const readingEdges = (over: Partial<SendEdges> = {}): SendEdges => ({
  ...madeEdges().edges,
  file: () => Promise.resolve(Buffer.from('Merhaba')),
  ...over,
})

/** Edges whose clock is the test's. */
export function edgesAt(nowMs: () => number): SendEdges {
  const { edges } = madeEdges()
  return { ...edges, clock: { ...edges.clock, now: () => new Date(nowMs()).toISOString() as Instant } }
}
