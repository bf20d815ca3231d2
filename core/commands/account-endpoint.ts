// What knocks for an account: a receiver of its own workspace, and for each of its routes one account only.
import type { Refusal } from '../ports/command.ts'
import type { Reader } from '../ports/reader.ts'
import type { AccountRow } from '../ports/rows.ts'
import { invalid } from './refusals.ts'

export interface EndpointFacts {
  /** The account it is to be behind, as this workspace knows it; null where it is its own, or where there is none. */
  readonly endpoint: AccountRow | null
  /** Who is called by that receiver already, itself among them. */
  readonly beside: readonly AccountRow[]
  /** Who is behind this very account. */
  readonly behind: readonly AccountRow[]
}

export async function readEndpoint(
  { channel, id }: { readonly channel: string; readonly id: string },
  endpointId: string | null,
  read: Reader,
): Promise<EndpointFacts> {
  const behind = await accountsBehind({ channel, id }, read)
  if (endpointId === null) return { endpoint: null, beside: behind, behind }
  const beside = await read.accounts.ofEndpoint(channel, endpointId)
  return { endpoint: await read.accounts.one(channel, endpointId), beside, behind }
}

/** Those that are called by it, without itself. */
export const accountsBehind = async (
  { channel, id }: { readonly channel: string; readonly id: string },
  read: Reader,
): Promise<readonly AccountRow[]> => (await read.accounts.ofEndpoint(channel, id)).filter((it) => it.id !== id)

/**
 * An endpoint of another workspace is not there: what is delivered to it would become this workspace's messages (S27). A second claim
 * of a route would be deaf without a word.
 */
export function whyNotBehind(account: AccountRow, facts: EndpointFacts, routesOf: Reader['routesOf']): Refusal | null {
  const { channel, id, endpoint } = account
  if (endpoint === id)
    return invalid(
      'unknown_endpoint',
      'endpoint',
      `${channel}/${id} is its own endpoint when none is named; leave it out.`,
    )
  if (endpoint !== null && (facts.endpoint === null || facts.endpoint.endpoint !== null))
    return invalid('unknown_endpoint', 'endpoint', `There is no endpoint ${channel}/${endpoint} in this workspace.`)
  if (endpoint !== null && facts.behind.length > 0)
    return invalid('is_endpoint', 'endpoint', `${namesOf(facts.behind)} knock at ${channel}/${id}; move them first.`)
  const routes = routesOf(channel, account.settings)
  for (const other of facts.beside) {
    if (other.id === id || other.state === 'disabled' || account.state === 'disabled') continue
    const twice = routesOf(channel, other.settings).find((route) => routes.includes(route))
    if (twice === undefined) continue
    const why = `${channel}/${other.id} of the same endpoint has ${twice} already; only one account can be called by it.`
    return { refuse: 'conflict', code: 'route_taken', field: 'settings', why }
  }
  return null
}

/** Others would be deaf without a word. */
export const whyNotDropped = (account: AccountRow, behind: readonly AccountRow[]): Refusal | null =>
  behind.length === 0
    ? null
    : {
        refuse: 'conflict',
        code: 'is_endpoint',
        why: `${namesOf(behind)} knock at ${account.channel}/${account.id}. Drop or move them first, or disable it.`,
      }

const namesOf = (accounts: readonly AccountRow[]): string =>
  accounts.map(({ channel, id }) => `${channel}/${id}`).join(', ')
