// The accounts in memory, so that intake needs no database: who is called, whose route it is, which secrets hold now.
import { GatewayError } from '../errors.ts'
import type { Instant, WorkspaceId } from '../../schemas/ids.ts'
import type { AnyChannel, Account, Endpoint } from '../ports/channel.ts'
import type { Clock, Logger, Secrets } from '../ports/edges.ts'
import type { Accounts, LiveAccount } from '../ports/queues.ts'

export interface DirectoryDeps {
  readonly accounts: Accounts
  readonly channels: ReadonlyMap<string, AnyChannel>
  readonly secrets: Secrets
  readonly clock: Clock
  readonly logger: Logger
}
export interface Directory {
  /**
   * The account that stands for an endpoint; null for one that is unknown, or where it and all behind it are disabled (S6: the same
   * answer). One account that is switched off does not make its neighbours behind the same address deaf.
   */
  endpoint(
    channel: string,
    id: string,
  ): { readonly channel: AnyChannel; readonly account: LiveAccount; readonly endpoint: Endpoint } | null
  /** Whose a route is, among the endpoint's accounts. */
  claimed(channel: string, endpoint: string, route: string): LiveAccount | null
  /** Whose a route is where no endpoint is called: of all accounts of the channel the first that claimed it keeps it. */
  ofRoute(channel: string, route: string): LiveAccount | null
  /** Work of a workspace names it: the account's name may have gone to another one since, with that one's secrets (S27). */
  account(channel: string, id: string, of?: WorkspaceId): LiveAccount | null
  channel(name: string): AnyChannel | null
  all(): readonly LiveAccount[]
  /** An account as send, fetchFile and the polls see it. */
  open(account: LiveAccount): Account
  /** As they stand now: who changed one a moment ago asks about what they wrote. */
  readAnew(): Promise<void>
  /** Reads all accounts anew, and again at every change, until the signal aborts. The first read is done when this resolves. */
  follow(signal: AbortSignal): Promise<{ readonly ended: Promise<void> }>
}

const refreshMs = 5000

export function makeDirectory(deps: DirectoryDeps): Directory {
  let accounts: readonly LiveAccount[] = []
  let byName = new Map<string, LiveAccount>()
  let byRoute = new Map<string, LiveAccount>()
  let byChannel = new Map<string, LiveAccount>()
  let openDoors = new Set<string>()
  const turns = { begun: 0, taken: 0 }
  const refresh = async (): Promise<void> => {
    const turn = (turns.begun += 1)
    const all = await deps.accounts.all()
    // One that began earlier and took longer knows less.
    if (turn < turns.taken) return
    turns.taken = turn
    accounts = all
    byName = new Map(all.map((it) => [`${it.channel}/${it.id}`, it]))
    const enabled = all.filter((it) => it.state !== 'disabled' && isBehindItsOwn(it, byName))
    openDoors = new Set(enabled.map((it) => `${it.channel}/${it.endpoint ?? it.id}`))
    // Where several claim one route, the first account keeps it.
    const claims = enabled.flatMap((it) => it.routes.map((route) => ({ it, route }))).reverse()
    byRoute = new Map(claims.map(({ it, route }) => [routeKey(it.channel, it.endpoint ?? it.id, route), it]))
    byChannel = new Map(claims.map(({ it, route }) => [JSON.stringify([it.channel, route]), it]))
  }
  return {
    endpoint(channel, id) {
      const door = `${channel}/${id}`
      const account = byName.get(door)
      const plugin = deps.channels.get(channel)
      if (account === undefined || plugin === undefined || account.endpoint !== null || !openDoors.has(door))
        return null
      return { channel: plugin, account, endpoint: endpointOf(account, deps) }
    },
    claimed: (channel, endpoint, route) => byRoute.get(routeKey(channel, endpoint, route)) ?? null,
    ofRoute: (channel, route) => byChannel.get(JSON.stringify([channel, route])) ?? null,
    account(channel, id, of) {
      const found = byName.get(`${channel}/${id}`)
      return found === undefined || (of !== undefined && found.workspace !== of) ? null : found
    },
    channel: (name) => deps.channels.get(name) ?? null,
    all: () => accounts,
    open: (account) => accountOf(account, deps),
    readAnew: refresh,
    async follow(signal) {
      await refresh()
      return { ended: keepFresh(refresh, deps, signal) }
    },
  }
}

/** Nobody takes what another workspace's endpoint hears, whatever a row says (S27). */
const isBehindItsOwn = (account: LiveAccount, byName: ReadonlyMap<string, LiveAccount>): boolean =>
  account.endpoint === null || byName.get(`${account.channel}/${account.endpoint}`)?.workspace === account.workspace

const routeKey = (channel: string, endpoint: string, route: string) => JSON.stringify([channel, endpoint, route])

/** A lost database leaves the accounts as they were: intake goes on. */
async function keepFresh(refresh: () => Promise<void>, deps: DirectoryDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await deps.accounts.changed(refreshMs, signal)
      if (!signal.aborted) await refresh()
    } catch (error) {
      if (signal.aborted) return
      deps.logger.warn('could not read the accounts anew; going on with those in memory', { error })
      await deps.clock.sleep(1000, signal).catch(() => undefined)
    }
  }
}

const placeOf = (account: LiveAccount, name: string): string => `${account.channel}/${account.id}/${name}`

function endpointOf(account: LiveAccount, deps: DirectoryDeps): Endpoint {
  return {
    id: account.id,
    settings: account.settings,
    async secret(name) {
      const stored = [account.secrets[name], stillPrevious(account, name, deps.clock.now())]
      const values = stored.map((it, at) =>
        it === undefined
          ? null
          : deps.secrets.open(account.workspace, placeOf(account, at === 0 ? name : `${name}Previous`), it),
      )
      return (await Promise.all(values)).filter((it) => it !== null && it !== '') as string[]
    },
  }
}

/** The retired secret holds until the set time, and not a moment longer (S3). */
function stillPrevious(account: LiveAccount, name: string, now: string): string | undefined {
  const until = account.secrets[`${name}PreviousUntil`]
  return until !== undefined && now < until ? account.secrets[`${name}Previous`] : undefined
}

function accountOf(account: LiveAccount, deps: DirectoryDeps): Account {
  return {
    id: account.id,
    route: account.routes[0] ?? '',
    settings: account.settings,
    state: account.state,
    async secret(name) {
      const stored = account.secrets[name]
      const value =
        stored === undefined ? '' : await deps.secrets.open(account.workspace, placeOf(account, name), stored)
      if (value !== '') return value
      throw new GatewayError(
        'settings.invalid',
        `Account ${account.channel}/${account.id}: the secret ${name} is empty. Set \`${name}\` to a value or a secret reference; see connectors/${account.channel}/README.md.`,
      )
    },
    expiresAt: (name) => (account.facts[`${name}ExpiresAt`] ?? null) as Instant | null,
    renew: (name, make) => deps.accounts.renew(account, name, make),
    health(state, why) {
      deps.accounts
        .health(account, state, why)
        .catch((error: unknown) =>
          deps.logger.warn('could not record the health of an account', { account: account.id, state, why, error }),
        )
    },
  }
}
