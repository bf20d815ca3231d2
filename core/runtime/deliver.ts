// Replies on their way out: claim, commit, send outside any transaction, record the outcome. What may have been sent is never sent blindly again.
import { messageOf } from '../errors.ts'
import type { SendOutcome } from '../ports/channel.ts'
import type { Accounts, Deliveries, Delivery, Finished, LiveAccount } from '../ports/queues.ts'
import { ask, attempt, isLong, mayFollowMissing, maySendAgain, type AttemptDeps } from './attempt-delivery.ts'
import { makeCircuit, type Circuit } from './circuit.ts'
import { whileHeld } from './hold-claim.ts'
import { makeSaying, type Saying } from './keep-said.ts'
import { after, pauseMs } from './later.ts'

export interface DeliverDeps extends AttemptDeps {
  readonly deliveries: Deliveries
  readonly health: (account: LiveAccount, state: 'degraded' | 'connected', why: string) => void
  readonly down: Accounts['down']
  /** Sends under way at once; how many of one account is the claim's matter (G22). */
  readonly atOnce: number
}

const leaseSeconds = 60
const idleMs = 500
/** What vendors have answered and the database has not written down yet is no call any more, but not endless either. */
const openPerCall = 3
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
  /** Calls to vendors; and of those, and of what they brought, what is not written down yet. */
  const [calls, open] = [new Set<Promise<unknown>>(), new Set<Promise<unknown>>()]
  const room = () => Math.min(deps.atOnce - calls.size, deps.atOnce * openPerCall - open.size)
  while (!signal.aborted) {
    try {
      const claimed = await deps.deliveries.claim(room(), leaseSeconds)
      for (const delivery of claimed) {
        const tried = tryOne(delivery, deps)
        track(calls, tried)
        track(open, recordOne(delivery, tried, deps))
      }
      if (room() <= 0) await Promise.race([...calls, ...open])
      else if (claimed.length === 0)
        await Promise.race([deps.deliveries.wait(idleMs, signal), ...(calls.size > 0 ? [Promise.race(calls)] : [])])
    } catch (error) {
      if (signal.aborted) break
      deps.logger.warn('could not take replies to send; they wait', { why: messageOf(error) })
      await deps.clock.sleep(idleMs, signal).catch(() => undefined)
    }
  }
  await Promise.all(open)
}

function track(all: Set<Promise<unknown>>, one: Promise<unknown>): void {
  const settled: Promise<unknown> = one.then(
    () => all.delete(settled),
    () => all.delete(settled),
  )
  all.add(settled)
}

/** The call to the vendor and nothing else: its place is free for another when it has ended. */
async function tryOne(delivery: Delivery, deps: Deps): Promise<Tried> {
  // As it is now: what comes of the attempt is about these secrets, whatever they are by then.
  const account = deps.directory.account(delivery.channel, delivery.account, delivery.workspace)
  const waitMs = notYetMs(delivery, account, deps)
  if (waitMs > 0) return { waitMs }
  const { says, kept } = makeSaying(delivery, deps)
  try {
    const send = (lost: AbortSignal) => attempt(delivery, account, { ...deps, says }, lost)
    const outcome = await (isLong(deps.channels.get(delivery.channel))
      ? whileHeld(delivery, leaseSeconds, deps, send)
      : send(new AbortController().signal))
    return { delivery, account, outcome, said: kept }
  } catch (error) {
    deps.circuit.ended(homeOf(delivery))
    throw error
  }
}

/** Never throws: what could not be recorded is found again by its lease, as "perhaps sent". */
async function recordOne(delivery: Delivery, trying: Promise<Tried>, deps: Deps): Promise<void> {
  try {
    const tried = await trying
    if ('waitMs' in tried) return await deps.deliveries.putBack(delivery, after(deps.clock.now(), tried.waitMs))
    await record(tried, deps).finally(() => deps.circuit.ended(homeOf(delivery)))
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

interface Attempted {
  readonly delivery: Delivery
  readonly account: LiveAccount | null
  readonly outcome: SendOutcome
  readonly said: Saying['kept']
}
/** Or it was not time to try it. */
type Tried = Attempted | { readonly waitMs: number }

async function record({ delivery, account, outcome, said }: Attempted, deps: Deps): Promise<void> {
  const about = { channel: delivery.channel }
  const kept = await said(outcome)
  switch (outcome.is) {
    case 'sent':
      worksAgain(delivery, account, deps)
      deps.meter.count('sent', about)
      return deps.deliveries.finish(delivery, outcome, kept)
    case 'refused':
      worksAgain(delivery, account, deps)
      deps.meter.count('failed', about)
      return deps.deliveries.finish(delivery, outcome)
    case 'unknown':
      // Of one that is only looked at again after a crash nothing is learned about the vendor.
      if (!delivery.wasSending) await leaveAlone(delivery, { how: 'silent', why: outcome.why, afterSeconds: 0 }, deps)
      return deps.deliveries.finish(delivery, await afterUnknown(delivery, outcome.why, account, deps), kept)
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
  if (mayFollowMissing(delivery, found, deps) && !isGivenUp(delivery, deps))
    return { is: 'later', notBefore: after(deps.clock.now(), pauseMs(delivery.id, delivery.attempt, againPause)), why }
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
