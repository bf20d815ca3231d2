// The HTTP server of a process: the vendors' door, the API and the health pages, each given what it needs of the house.
import type { AnyWorker } from '../core/ports/worker.ts'
import { isGatewayError, messageOf } from '../core/errors.ts'
import { makeHeard } from '../core/runtime/heard.ts'
import { receive } from '../core/runtime/receive.ts'
import { replay } from '../core/runtime/replay.ts'
import { dropParked, retryParked, type RetryDeps } from '../core/runtime/retry-parked.ts'
import { apiPlugin } from '../api/server.ts'
import { makeAuth } from '../api/auth.ts'
import type { ApiDeps } from '../api/deps.ts'
import { makeHttp, type HttpServer } from './drivers/http.ts'
import { nap, type Bell } from './drivers/bell.ts'
import type { House } from './house.ts'
import { kindsOf } from './registry-facts.ts'
import type { Settings } from './settings.ts'

export interface ServeNeeds {
  readonly settings: Settings
  readonly adminKey: string
  readonly fed: Bell
  readonly stopping: AbortSignal
  /** False from the moment the process stops. */
  readonly willing: () => boolean
  /** Known once it listens. */
  readonly publicUrl: () => string
}

const pingMs = 2000
const testMs = 15_000
/** Other processes fill the feed too: their news is seen within this time. */
const feedPollMs = 500

export function serve(house: House, needs: ServeNeeds): HttpServer {
  const { settings } = needs
  const has = (part: Settings['only'][number]) => settings.only.includes(part)
  const api = apiDeps(house, needs)
  const heard = {
    ...house,
    unclaimed: unclaimed(house),
    heard: makeHeard({ ...house, accounts: house.queues.accounts }),
  }
  const auth = makeAuth(api)
  return makeHttp(settings, {
    logger: house.logger,
    meter: house.meter,
    auth,
    knock: has('connectors') ? (knock, signal) => receive(knock, heard, signal) : null,
    api: has('api') ? apiPlugin(api, auth) : null,
    ready: () => ready(house, needs),
    metrics: () => house.meter.text(),
  })
}

/**
 * Of the parts this process runs (M3): a connector with its accounts in memory is ready while the log takes appends; workers besides when
 * every one of them is a member of its group, with the partitions that fall to it.
 */
async function ready(
  house: House,
  needs: ServeNeeds,
): Promise<{ readonly ready: boolean; readonly missing: readonly string[] }> {
  const missing: string[] = needs.willing() ? [] : ['stopping']
  const asks: [string, Promise<unknown>][] = [['log', house.log.ping(AbortSignal.timeout(pingMs))]]
  if (needs.settings.only.some((part) => part !== 'connectors'))
    asks.push(['store', house.database.ping(AbortSignal.timeout(pingMs))])
  const answers = await Promise.allSettled(asks.map(([, asked]) => asked))
  answers.forEach((answer, at) => {
    if (answer.status === 'rejected') missing.push(`${asks[at]?.[0]}: ${messageOf(answer.reason)}`)
  })
  if (needs.settings.only.includes('workers')) missing.push(...withoutPlace(house))
  return { ready: missing.length === 0, missing }
}

function withoutPlace({ registry, log }: House): readonly string[] {
  const names = registry.workers.map((it) => it.name).filter((name) => !log.hasPlace(name))
  return names.length === 0
    ? []
    : [`workers: not let into the groups of ${names.join(', ')} yet, or not heard of lately`]
}

/** An endpoint that hears of numbers nobody claims says so in its health, at most once a minute. */
function unclaimed(house: House): (channel: string, endpoint: string, route: string) => void {
  const told = new Map<string, number>()
  return (channel, endpoint, route) => {
    const name = JSON.stringify([channel, endpoint, route])
    const account = house.directory.account(channel, endpoint)
    if (account === null || house.clock.ticks() - (told.get(name) ?? -Infinity) < 60_000) return
    if (told.size > 1000) told.clear()
    told.set(name, house.clock.ticks())
    const why = `The vendor calls about ${route === '' ? 'something that cannot be read' : route}, which no account of this endpoint claims; see /v1/parked.`
    house.queues.accounts
      .health(account, 'degraded', why, { unclaimed: route })
      .catch((error: unknown) => house.logger.warn('could not record the health of an endpoint', { endpoint, error }))
  }
}

function apiDeps(house: House, needs: ServeNeeds): ApiDeps {
  const { directory, queues } = house
  const workers = new Map<string, AnyWorker>(house.registry.workers.map((worker) => [worker.name, worker]))
  const again: RetryDeps = { ...house, published: queues.published, workers }
  return {
    ...house,
    adminKey: needs.adminKey,
    publicUrl: needs.publicUrl,
    channel: (name) => house.channels.get(name) ?? null,
    kinds: () => kindsOf(house.channels.values()),
    raw: (ref) => house.log.raw(ref),
    keepDays: needs.settings.keepDays,
    topicPrefix: needs.settings.kafkaPrefix,
    replay: (asked, signal) => replay(asked, again, signal),
    retryParked: (asked) => retryParked(asked, again),
    dropParked: (asked) => dropParked(asked, again),
    waitForEvents: (_workspace, ms, signal) => nap(house.clock, Math.min(ms, feedPollMs), { signal, bell: needs.fed }),
    stopping: needs.stopping,
    async testAccount(workspace, name, id) {
      await directory.readAnew()
      const account = directory.account(name, id, workspace)
      const channel = house.channels.get(name)
      if (account === null || channel === undefined) return null
      return testOne(house, { account, channel })
    },
  }
}

/** What the vendor says of an account becomes its health. */
async function testOne(
  house: House,
  {
    account,
    channel,
  }: {
    account: NonNullable<ReturnType<House['directory']['account']>>
    channel: NonNullable<ReturnType<House['channels']['get']>>
  },
): Promise<{ readonly ok: boolean; readonly why: string }> {
  if (channel.test === undefined)
    return { ok: true, why: `${channel.name} has no way to ask its vendor; nothing was tested.` }
  try {
    const answer = await channel.test(
      house.directory.open(account),
      house.edges(account.workspace),
      AbortSignal.timeout(testMs),
    )
    if (answer.ok) await house.queues.accounts.health(account, 'connected', null)
    return answer
  } catch (error) {
    if (!isGatewayError(error, 'settings.invalid')) throw error
    await house.queues.accounts.health(account, 'auth_failed', error.message)
    return { ok: false, why: error.message }
  }
}
