// Replies on their way out: claim, commit, send outside any transaction, record the outcome. What may have been sent is never sent blindly again.
import { messageOf } from '../errors.ts'
import type { AnyChannel, Capabilities, Edges, SendOutcome } from '../ports/channel.ts'
import type { BlobStore, Clock, FileLinks, Http, Logger, Meter } from '../ports/edges.ts'
import type { Accounts, Deliveries, Delivery, Finished, LiveAccount } from '../ports/queues.ts'
import { makeCircuit, type Circuit } from './circuit.ts'
import { edgesOf } from './edges-of.ts'
import { after, pauseMs } from './later.ts'
import type { Directory } from './directory.ts'
import { stepNow } from '../rules/window.ts'

export interface DeliverDeps {
  readonly deliveries: Deliveries
  readonly directory: Directory
  readonly channels: ReadonlyMap<string, AnyChannel>
  readonly health: (account: LiveAccount, state: 'degraded' | 'connected', why: string) => void
  readonly down: Accounts['down']
  readonly blobs: BlobStore
  readonly links: FileLinks
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
/** Every process has read a changed account by then. */
const accountsKnownMs = 1500
/** An account that another process made a moment ago is not here yet; one that is not here after this is gone. */
const accountNewMs = 10_000
/** From a disabled account nothing is sent; what was queued before waits, and is looked at so often. */
const disabledMs = 15_000
/** After so many tries, or so long, a reply that cannot be sent is given back to a person. */
const maxTries = 12
const maxAgeMs = 24 * 3600 * 1000
const againPause = { baseMs: 1000, maxMs: 15 * 60 * 1000 }
/** While one reply asks whether the vendor answers again, the others of its account look again after this. */
const behindProbeMs = 1000
/** An outage of so many tries in a row is said in the account's health. */
const degradedAfter = 3

/** What one loop remembers of the vendors it calls. */
type Deps = DeliverDeps & { readonly circuit: Circuit }

/** Ends with the signal, after the sends under way. */
export async function deliver(needs: DeliverDeps, signal: AbortSignal): Promise<void> {
  const deps: Deps = { ...needs, circuit: makeCircuit(needs.clock) }
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
async function deliverOne(delivery: Delivery, deps: Deps): Promise<void> {
  const home = homeOf(delivery)
  // As it is now: what comes of the attempt is about these secrets, whatever they are by then.
  const account = deps.directory.account(delivery.channel, delivery.account, delivery.workspace)
  try {
    const waitMs = notYetMs(delivery, account, deps)
    if (waitMs > 0) return await deps.deliveries.putBack(delivery, after(deps.clock.now(), waitMs))
    await attempt(delivery, account, deps)
      .then((outcome) => record({ delivery, account, outcome }, deps))
      .finally(() => deps.circuit.ended(home))
  } catch (error) {
    deps.logger.error('could not record what became of a reply; it is looked at again when its lease ends', {
      reply: delivery.id,
      why: messageOf(error),
      error,
    })
  }
}

const homeOf = ({ workspace, channel, account }: Delivery): string => JSON.stringify([workspace, channel, account])

/** How long to put it back untried; 0: now is the time. */
function notYetMs(delivery: Delivery, account: LiveAccount | null, deps: Deps): number {
  const ageMs = Date.parse(deps.clock.now()) - Date.parse(delivery.queuedAt)
  if (account === null && ageMs < accountNewMs) return accountsKnownMs
  if (account?.state === 'disabled') return disabledMs
  return deps.circuit.mayTry(homeOf(delivery)) ? 0 : behindProbeMs
}

async function attempt(delivery: Delivery, account: LiveAccount | null, deps: Deps): Promise<SendOutcome> {
  const channel = deps.channels.get(delivery.channel)
  if (channel?.send === undefined || account === null) {
    const why = `${delivery.channel}/${delivery.account} is not there any more or cannot send`
    return delivery.wasSending ? { is: 'unknown', why } : { is: 'refused', code: 'no_account', why }
  }
  if (delivery.wasSending && !maySendAgain(delivery, deps)) {
    const found = await ask(delivery, account, deps)
    if (!neverHad(found)) return found
  }
  if (windowIsShut(delivery, deps)) return shut
  return send(delivery, account, channel.send, deps)
}

async function send(
  delivery: Delivery,
  account: LiveAccount,
  how: NonNullable<AnyChannel['send']>,
  deps: Deps,
): Promise<SendOutcome> {
  try {
    const began = deps.clock.ticks()
    const outcome = await how(
      delivery.outbound,
      deps.directory.open(account),
      edgesFor(delivery, deps),
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

const abilitiesOf = ({ channel, outbound }: Delivery, deps: Deps): Capabilities | undefined =>
  deps.channels.get(channel)?.can[outbound.kind]

/** Checked at the moment of sending, not only when the reply was asked for (P5). */
function windowIsShut(delivery: Delivery, deps: Deps): boolean {
  const { outbound } = delivery
  const windows = abilitiesOf(delivery, deps)?.windows ?? []
  if (outbound.template !== undefined || windows.length === 0) return false
  const step = stepNow(windows, delivery.customerAt, { now: deps.clock.now(), author: outbound.author })
  return step === null || step.as === 'template'
}

/** What may have gone out is not refused for a window that closed since: it is asked for, or a person decides. */
const maySendAgain = (delivery: Delivery, deps: Deps): boolean =>
  abilitiesOf(delivery, deps)?.resend === 'safe' && !windowIsShut(delivery, deps)

/** Of this one message the vendor says that it is not there. Any other "later" says only that it could not be asked. */
const neverHad = (found: SendOutcome): boolean => found.is === 'try-later' && found.scope === 'message'

/** The last try may have arrived: the vendor is asked where it can be; else a person decides. */
async function ask(delivery: Delivery, account: LiveAccount, deps: Deps): Promise<SendOutcome> {
  const channel = deps.channels.get(delivery.channel)
  if (channel?.find === undefined)
    return { is: 'unknown', why: 'The process ended while this was being sent, and this vendor cannot be asked.' }
  try {
    return await channel.find(
      delivery.outbound,
      deps.directory.open(account),
      edgesFor(delivery, deps),
      AbortSignal.timeout(sendMs),
    )
  } catch (error) {
    deps.logger.error('a channel threw while it asked for a reply', { reply: delivery.id, error })
    return { is: 'unknown', why: `the channel failed while asking for it: ${messageOf(error)}` }
  }
}

const edgesFor = (delivery: Delivery, deps: Deps): Edges =>
  edgesOf(deps, delivery.workspace, deps.logger.with({ reply: delivery.id, correlation: delivery.correlation }))

interface Attempted {
  readonly delivery: Delivery
  readonly account: LiveAccount | null
  readonly outcome: SendOutcome
}

async function record({ delivery, account, outcome }: Attempted, deps: Deps): Promise<void> {
  const about = { channel: delivery.channel }
  switch (outcome.is) {
    case 'sent':
      worksAgain(delivery, account, deps)
      deps.meter.count('sent', about)
      return deps.deliveries.finish(delivery, outcome)
    case 'refused':
      worksAgain(delivery, account, deps)
      deps.meter.count('failed', about)
      return deps.deliveries.finish(delivery, outcome)
    case 'unknown':
      // Of one that is only looked at again after a crash nothing is learned about the vendor.
      if (!delivery.wasSending) await leaveAlone(delivery, { how: 'silent', why: outcome.why, afterSeconds: 0 }, deps)
      return deps.deliveries.finish(delivery, await afterUnknown(delivery, outcome.why, account, deps))
    case 'account-down':
      deps.circuit.answered(homeOf(delivery))
      return waitForAccount(delivery, account !== null && (await deps.down(account, outcome.why)), deps)
    case 'try-later':
      return again(delivery, outcome, deps)
  }
}

/** Held until somebody changes the account; where somebody just did, tried again when this process knows the new secrets. */
const waitForAccount = (delivery: Delivery, isHeld: boolean, deps: Deps): Promise<void> =>
  deps.deliveries.putBack(delivery, isHeld ? deps.clock.now() : after(deps.clock.now(), accountsKnownMs))

function worksAgain(delivery: Delivery, account: LiveAccount | null, deps: Deps): void {
  const was = deps.circuit.answered(homeOf(delivery))
  if (was && account?.state === 'degraded') deps.health(account, 'connected', 'The vendor answers again.')
}

interface Silence {
  readonly how: 'not-reached' | 'silent'
  readonly why: string
  readonly afterSeconds: number
}
/** The whole account waits, in all processes, longer each time in a row: a vendor that is down is not called at full rate (G22). */
async function leaveAlone(delivery: Delivery, { how, why, afterSeconds }: Silence, deps: Deps): Promise<void> {
  const { pauseMs: waitMs, inARow } = deps.circuit.failed(homeOf(delivery), how)
  const forMs = Math.max(waitMs, afterSeconds * 1000)
  if (forMs === 0) return
  const account = deps.directory.account(delivery.channel, delivery.account, delivery.workspace)
  if (account?.state === 'connected' && inARow >= degradedAfter) deps.health(account, 'degraded', why)
  const until = after(deps.clock.now(), forMs)
  await deps.deliveries.hold(delivery.workspace, delivery.channel, delivery.account, until, why)
}

async function afterUnknown(
  delivery: Delivery,
  why: string,
  account: LiveAccount | null,
  deps: Deps,
): Promise<Finished> {
  if (maySendAgain(delivery, deps) && !isGivenUp(delivery, deps))
    return { is: 'later', notBefore: after(deps.clock.now(), pauseMs(delivery.id, delivery.attempt, againPause)), why }
  const found: SendOutcome =
    deps.channels.get(delivery.channel)?.find === undefined || account === null || delivery.wasSending
      ? { is: 'unknown', why }
      : await ask(delivery, account, deps)
  if (found.is === 'sent' || found.is === 'refused') return found
  deps.meter.count('unsure', { channel: delivery.channel })
  return { is: 'unsure', why }
}

const isTooOld = ({ queuedAt }: Delivery, { clock }: Deps): boolean =>
  Date.parse(clock.now()) - Date.parse(queuedAt) > maxAgeMs
const isGivenUp = (delivery: Delivery, deps: Deps): boolean => delivery.tries >= maxTries || isTooOld(delivery, deps)

type TryLater = Extract<SendOutcome, { is: 'try-later' }>

/** What is wrong with the account is not counted against a reply: an outage of an hour must not use up its tries, only its age may. */
async function again(delivery: Delivery, outcome: TryLater, deps: Deps): Promise<void> {
  const ofAccount = outcome.scope === 'account'
  if (ofAccount) await leaveAlone(delivery, { ...outcome, how: 'not-reached' }, deps)
  else worksAgain(delivery, deps.directory.account(delivery.channel, delivery.account, delivery.workspace), deps)
  if (ofAccount ? isTooOld(delivery, deps) : isGivenUp(delivery, deps)) return giveUp(delivery, outcome.why, deps)
  deps.meter.count('retried', { channel: delivery.channel, reason: outcome.scope })
  const now = deps.clock.now()
  if (ofAccount) return deps.deliveries.putBack(delivery, now)
  const waitMs = Math.max(outcome.afterSeconds * 1000, pauseMs(delivery.id, delivery.attempt, againPause))
  return deps.deliveries.finish(delivery, { is: 'later', notBefore: after(now, waitMs), why: outcome.why })
}

/** One that may have gone out before is not called failed. */
function giveUp(delivery: Delivery, last: string, deps: Deps): Promise<void> {
  const why = `gave up after ${delivery.tries} tries since ${delivery.queuedAt}; the last answer: ${last}`
  deps.meter.count(delivery.wasSending ? 'unsure' : 'failed', { channel: delivery.channel })
  return deps.deliveries.finish(
    delivery,
    delivery.wasSending ? { is: 'unsure', why } : { is: 'refused', code: 'gave_up', why },
  )
}
