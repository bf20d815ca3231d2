// An account whose vendor is a stand-in: made through the API, recognised again by its address, never mistaken for a real one.
import { setTimeout as pause } from 'node:timers/promises'
import type { AnyChannel } from '../../core/ports/channel.ts'
import type { RunningStandIn } from '../../core/ports/stand-in.ts'
import type { AccountAnswer } from '../../schemas/answers.ts'
import type { ApiClient } from './api-client.ts'
import { systemClock } from '../drivers/clock.ts'
import { ToolRefusal } from './tool.ts'

type Shown = AccountAnswer & { readonly webhook: string | null }
export interface Simulated {
  readonly channel: AnyChannel
  readonly account: string
  readonly brand?: string
  readonly standIn: RunningStandIn
  /** Where calls are taken in, when that is another process than the one whose API is asked. */
  readonly knockAt?: string
}

const loopback = /^http:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?::\d+)?(?:\/|$)/

/** Makes it, or turns one that an earlier run made to this stand-in, and points the stand-in at its address. */
export async function connectSimulated(
  { channel, account, brand, standIn, knockAt }: Simulated,
  client: ApiClient,
): Promise<void> {
  if (!loopback.test(client.url))
    throw new ToolRefusal(
      `A stand-in sends made-up people's messages to this machine only, not to ${client.url}. Run it where the gateway runs.`,
    )
  const { settings, secrets } = standIn.account(0)
  const path = `/v1/accounts/${encodeURIComponent(channel.name)}/${encodeURIComponent(account)}`
  const found = await client.call('GET', path, { takes: [404] })
  const isThere = found.status !== 404
  if (isThere) refuseReal(found.body as Shown)
  const made = isThere
    ? await turn(found.body as Shown, { path, settings, secrets }, client)
    : await client.call('POST', '/v1/accounts', {
        body: { channel: channel.name, id: account, settings, secrets, ...(brand === undefined ? {} : { brand }) },
      })
  const { webhook } = made.body as Shown
  // A channel that holds a connection open or asks by itself comes to the stand-in.
  if (webhook === null && channel.receive.some((it) => it.kind === 'poll' || it.kind === 'session'))
    return untilConnected(path, client)
  if (webhook === null)
    throw new ToolRefusal(`${channel.name} is not called by its vendor, so nothing can be sent at it this way.`)
  const address = `${knockAt ?? client.url}${new URL(webhook).pathname}`
  await untilAnswering(address)
  standIn.knocksAt(address)
}

const nobodyMs = 60_000
/**
 * The gateway hears of a new account within a second, and not every vendor calls again: an address nobody has answers 404, one that is there
 * finds the call unsigned. `inARow`: behind one address may be several processes, each of which hears by itself.
 */
export async function untilAnswering(address: string, inARow = 1): Promise<void> {
  const began = systemClock.ticks()
  for (let heard = 0; heard < inARow;) {
    const { status } = await fetch(address, { method: 'POST', body: '{}', headers: { connection: 'close' } })
    heard = status === 404 ? 0 : heard + 1
    if (status !== 404) continue
    if (systemClock.ticks() - began > nobodyMs)
      throw new ToolRefusal(
        `The gateway still answers 404 at ${address}, the address of the new account. Is it a process that takes calls in (--only connectors)?`,
      )
    await pause(50)
  }
}

/** A mailbox is read from the moment of its first connection on: what is written before that is nobody's. */
async function untilConnected(path: string, client: ApiClient): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const { state, why } = await client.get<{ readonly state: string; readonly why: string | null }>(`${path}/health`)
    if (state === 'connected') return
    if (tries >= connectTries)
      throw new ToolRefusal(
        `The account at ${path} is not connected to its stand-in yet: it is ${state}${why === null ? '' : ` (${why})`}.`,
      )
    await pause(connectEveryMs)
  }
}
const connectEveryMs = 200
/** A minute: the gateway hears of a new account within a second. */
const connectTries = 300

/** Somebody's real account must not get made-up secrets: only one whose vendor is on this machine is a simulation's. */
function refuseReal({ channel, id, settings }: Shown): void {
  const base = settings['apiBase']
  if (typeof base === 'string' && loopback.test(base)) return
  const hosts = hostsIn(settings)
  if (base === undefined && hosts.length > 0 && hosts.every((host) => loopback.test(`http://${host}`))) return
  throw new ToolRefusal(
    `${channel}/${id} was not made by a simulation: its vendor is ${typeof base === 'string' ? base : (hosts[0] ?? 'the real one')}. It stays as it is. Name another account: --account trial.`,
  )
}

/** Where the vendor is several servers, each has its host. */
const hostsIn = (settings: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.values(settings).flatMap((it) =>
    typeof it === 'object' && it !== null && 'host' in it && typeof it.host === 'string' ? [it.host] : [],
  )

interface Turn {
  readonly path: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
}
/** An address that is itself the secret was shown once, to the run that made it: a new one is asked for. */
const turn = ({ version, webhook }: Shown, { path, settings, secrets }: Turn, client: ApiClient) =>
  client.call('PATCH', path, {
    body: {
      version,
      settings,
      secrets,
      enabled: true,
      ...(webhook?.endsWith('/…') === true ? { rotateToken: true } : {}),
    },
  })
