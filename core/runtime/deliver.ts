// Replies on their way out: claim, commit, send outside any transaction, record the outcome. What may have been sent is never sent blindly again.
import { messageOf } from '../errors.ts'
import type { AnyChannel, Capabilities, Edges, SendOutcome } from '../ports/channel.ts'
import type { BlobStore, Clock, Http, Logger, Meter } from '../ports/edges.ts'
import type { Deliveries, Delivery, Finished, LiveAccount } from '../ports/queues.ts'
import { fileReader } from './file-reader.ts'
import { after, pauseMs } from './later.ts'
import type { Directory } from './directory.ts'
import { stepNow } from '../rules/window.ts'

export interface DeliverDeps {
  readonly deliveries: Deliveries
  readonly directory: Directory
  readonly channels: ReadonlyMap<string, AnyChannel>
  readonly health: (account: LiveAccount, state: 'auth_failed' | 'degraded' | 'connected', why: string) => void
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly http: Http
  readonly logger: Logger
  readonly meter: Meter
  /** Sends under way at once; how many of one account is the claim's matter (G22). */
  readonly atOnce: number
}

const leaseSeconds = 60
/** Under half the lease: a send that is still under way when it ends is the last of this claim. */
const sendMs = 25_000
const idleMs = 500
/** After so many tries, or so long, a reply that cannot be sent is given back to a person. */
const maxTries = 12
const maxAgeMs = 24 * 3600 * 1000
const againPause = { baseMs: 1000, maxMs: 15 * 60 * 1000 }

/** Ends with the signal, after the sends under way. */
export async function deliver(deps: DeliverDeps, signal: AbortSignal): Promise<void> {
  const underWay = new Set<Promise<void>>()
  while (!signal.aborted) {
    try {
      const claimed = await deps.deliveries.claim(deps.atOnce - underWay.size, leaseSeconds)
      for (const delivery of claimed) track(underWay, deliverOne(delivery, deps))
      if (underWay.size >= deps.atOnce) await Promise.race(underWay)
      else if (claimed.length === 0)
        await Promise.race([
          deps.deliveries.wait(idleMs, signal),
          ...(underWay.size > 0 ? [Promise.race(underWay)] : []),
        ])
    } catch (error) {
      if (signal.aborted) break
      deps.logger.warn('could not take replies to send; they wait', { why: messageOf(error) })
      await deps.clock.sleep(idleMs, signal).catch(() => undefined)
    }
  }
  await Promise.all(underWay)
}

function track(all: Set<Promise<void>>, one: Promise<void>): void {
  const settled = one.finally(() => all.delete(settled))
  all.add(settled)
}

/** Never throws: what could not be recorded is found again by its lease, as "perhaps sent". */
export async function deliverOne(delivery: Delivery, deps: DeliverDeps): Promise<void> {
  try {
    const outcome = await attempt(delivery, deps)
    await record(delivery, outcome, deps)
  } catch (error) {
    deps.logger.error('could not record what became of a reply; it is looked at again when its lease ends', {
      reply: delivery.id,
      why: messageOf(error),
      error,
    })
  }
}

async function attempt(delivery: Delivery, deps: DeliverDeps): Promise<SendOutcome> {
  const channel = deps.channels.get(delivery.channel)
  const account = deps.directory.account(delivery.channel, delivery.account)
  if (channel?.send === undefined || account === null)
    return {
      is: 'refused',
      code: 'no_account',
      why: `${delivery.channel}/${delivery.account} is not there any more or cannot send`,
    }
  const can = channel.can[delivery.outbound.kind]
  if (delivery.wasSending && can?.resend !== 'safe') return await ask(delivery, account, deps)
  if (can !== undefined && windowIsShut(delivery, can, deps.clock)) return shut
  const edges = edgesFor(delivery, deps)
  try {
    const began = deps.clock.ticks()
    const outcome = await channel.send(
      delivery.outbound,
      deps.directory.open(account),
      edges,
      AbortSignal.timeout(sendMs),
    )
    deps.meter.observe('send_seconds', (deps.clock.ticks() - began) / 1000, { channel: delivery.channel })
    return outcome
  } catch (error) {
    deps.logger.error('a channel threw while sending; the reply may have gone out', { reply: delivery.id, error })
    return { is: 'unknown', why: `the channel failed while sending: ${messageOf(error)}` }
  }
}

const shut: SendOutcome = {
  is: 'refused',
  code: 'window_closed',
  why: 'The window for free replies closed before this could be sent. Answer with an approved template.',
}

/** Checked at the moment of sending, not only when the reply was asked for (P5). */
function windowIsShut(delivery: Delivery, can: Capabilities, clock: Clock): boolean {
  const { outbound } = delivery
  if (outbound.template !== undefined || can.windows.length === 0) return false
  const step = stepNow(can.windows, delivery.customerAt, { now: clock.now(), author: outbound.author })
  return step === null || step.as === 'template'
}

/** The last try may have arrived: the vendor is asked where it can be; else a person decides. */
async function ask(delivery: Delivery, account: LiveAccount, deps: DeliverDeps): Promise<SendOutcome> {
  const channel = deps.channels.get(delivery.channel)
  if (channel?.find === undefined)
    return { is: 'unknown', why: 'The process ended while this was being sent, and this vendor cannot be asked.' }
  return channel.find(
    delivery.outbound,
    deps.directory.open(account),
    edgesFor(delivery, deps),
    AbortSignal.timeout(sendMs),
  )
}

const edgesFor = (delivery: Delivery, deps: DeliverDeps): Edges => ({
  clock: deps.clock,
  http: deps.http,
  log: deps.logger.with({ reply: delivery.id, correlation: delivery.correlation }),
  file: fileReader(deps.blobs, delivery.workspace),
})

async function record(delivery: Delivery, outcome: SendOutcome, deps: DeliverDeps): Promise<void> {
  const about = { channel: delivery.channel }
  const account = deps.directory.account(delivery.channel, delivery.account)
  switch (outcome.is) {
    case 'sent':
      deps.meter.count('sent', about)
      return deps.deliveries.finish(delivery, outcome)
    case 'refused':
      deps.meter.count('failed', about)
      return deps.deliveries.finish(delivery, outcome)
    case 'unknown':
      return deps.deliveries.finish(delivery, await afterUnknown(delivery, outcome.why, account, deps))
    case 'account-down':
      if (account !== null) deps.health(account, 'auth_failed', outcome.why)
      await deps.deliveries.hold(delivery.workspace, delivery.channel, delivery.account, null, outcome.why)
      return deps.deliveries.putBack(delivery, deps.clock.now())
    case 'try-later':
      return again(delivery, outcome, deps)
  }
}

async function afterUnknown(
  delivery: Delivery,
  why: string,
  account: LiveAccount | null,
  deps: DeliverDeps,
): Promise<Finished> {
  const channel = deps.channels.get(delivery.channel)
  if (channel?.can[delivery.outbound.kind]?.resend === 'safe')
    return { is: 'later', notBefore: after(deps.clock.now(), pauseMs(delivery.id, delivery.attempt, againPause)), why }
  const found: SendOutcome =
    channel?.find === undefined || account === null || delivery.wasSending
      ? { is: 'unknown', why }
      : await ask(delivery, account, deps)
  if (found.is === 'sent' || found.is === 'refused') return found
  deps.meter.count('unsure', { channel: delivery.channel })
  return { is: 'unsure', why }
}

async function again(
  delivery: Delivery,
  outcome: Extract<SendOutcome, { is: 'try-later' }>,
  deps: DeliverDeps,
): Promise<void> {
  const now = deps.clock.now()
  const tooOld = Date.parse(now) - Date.parse(delivery.queuedAt) > maxAgeMs
  if (delivery.attempt >= maxTries || tooOld) {
    deps.meter.count('failed', { channel: delivery.channel })
    const why = `gave up after ${delivery.attempt} tries since ${delivery.queuedAt}; the last answer: ${outcome.why}`
    return deps.deliveries.finish(delivery, { is: 'refused', code: 'gave_up', why })
  }
  deps.meter.count('retried', { channel: delivery.channel, reason: outcome.scope })
  const waitMs = Math.max(outcome.afterSeconds * 1000, pauseMs(delivery.id, delivery.attempt, againPause))
  const notBefore = after(now, waitMs)
  if (outcome.scope === 'account')
    await deps.deliveries.hold(delivery.workspace, delivery.channel, delivery.account, notBefore, outcome.why)
  return deps.deliveries.finish(delivery, { is: 'later', notBefore, why: outcome.why })
}
