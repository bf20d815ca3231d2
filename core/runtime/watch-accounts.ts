// Polls and sessions: every account's receiver is run by one process at a time, and its position moves only after the bytes are safe.
import { messageOf } from '../errors.ts'
import type { AnyChannel, Page, Poll, Session } from '../ports/channel.ts'
import type { Clock, FileLinks, Http } from '../ports/edges.ts'
import { receiverLease, type Keeps, type Leases, type LiveAccount } from '../ports/queues.ts'
import type { Directory } from './directory.ts'
import { edgesOf } from './edges-of.ts'
import { ingest, type IngestDeps } from './ingest.ts'
import { pauseMs } from './later.ts'
import { sameJson } from './replay.ts'

export interface WatchDeps extends IngestDeps {
  readonly directory: Directory
  readonly leases: Leases
  readonly keeps: Keeps
  readonly clock: Clock
  readonly http: Http
  readonly links: FileLinks
  /** This process, as leases know it. */
  readonly owner: string
}

type Receiver = Poll<unknown, string> | Session<unknown, string>
interface Watched {
  readonly account: LiveAccount
  readonly stop: AbortController
  readonly ended: Promise<void>
}

const lookMs = 1000
/** A dead owner's account is read by another process within this time. */
const leaseSeconds = 8
const renewMs = 2000
const appendMs = 30_000
const againPause = { baseMs: 1000, maxMs: 10 * 60 * 1000 }
/** A session that ends sooner than this was no session: the next one waits longer each time. */
const briefMs = 30_000

/** Ends with the signal, after every receiver has let go. */
export async function watchAccounts(deps: WatchDeps, signal: AbortSignal): Promise<void> {
  const watched = new Map<string, Watched>()
  while (!signal.aborted) {
    reconcile(watched, deps)
    await deps.clock.sleep(lookMs, signal).catch(() => undefined)
  }
  for (const it of watched.values()) it.stop.abort()
  await Promise.all([...watched.values()].map((it) => it.ended))
}

/** Starts what is new, ends what is gone or changed: a changed account is started anew by the next look. */
function reconcile(watched: Map<string, Watched>, deps: WatchDeps): void {
  const wanted = new Map(wantedReceivers(deps))
  for (const [name, it] of watched) if (!isSame(it.account, wanted.get(name)?.account)) it.stop.abort()
  for (const [name, { account, channel, receiver }] of wanted) {
    if (watched.has(name)) continue
    const stop = new AbortController()
    const ended = watchOne({ name, account, channel, receiver }, deps, stop.signal).finally(() => watched.delete(name))
    watched.set(name, { account, stop, ended })
  }
}

/** One that was dropped and made anew, here or in another workspace, begins at version 1 again. */
const isSame = (known: LiveAccount, now: LiveAccount | undefined): boolean =>
  known.workspace === now?.workspace && known.version === now.version && sameJson(known.settings, now.settings)

function wantedReceivers(deps: WatchDeps) {
  return deps.directory
    .all()
    .filter((account) => account.state !== 'disabled')
    .flatMap((account) => {
      const channel = deps.directory.channel(account.channel)
      const receivers = (channel?.receive ?? []).filter(
        (it): it is Receiver => it.kind === 'poll' || it.kind === 'session',
      )
      return receivers.map(
        (receiver) =>
          [receiverLease(account, receiver.name), { account, channel: channel as AnyChannel, receiver }] as const,
      )
    })
}

interface Watching {
  readonly name: string
  readonly account: LiveAccount
  readonly channel: AnyChannel
  readonly receiver: Receiver
}

/** Waits for the lease, works while it holds, gives it back. A failure is tried again with growing pauses. */
async function watchOne(it: Watching, deps: WatchDeps, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    const triedAt = deps.clock.ticks()
    try {
      const lease = await deps.leases.take(it.name, deps.owner, leaseSeconds)
      if (lease === null) await deps.clock.sleep(renewMs, signal)
      else {
        const began = deps.clock.ticks()
        await whileLeased(it, deps, (held) => readPages(it, lease.epoch, { ...deps, signal: held }), signal)
        const isBrief = it.receiver.kind === 'session' && deps.clock.ticks() - began < briefMs
        failures = isBrief ? failures + 1 : 0
        if (isBrief) await deps.clock.sleep(pauseMs(it.name, failures, againPause), signal)
      }
    } catch (error) {
      if (signal.aborted) break
      // One that worked for a while before it broke begins anew with the shortest pause.
      failures = it.receiver.kind === 'session' && deps.clock.ticks() - triedAt >= briefMs ? 1 : failures + 1
      deps.logger.warn('a receiver failed; it starts again after a pause', {
        receiver: it.name,
        failures,
        why: messageOf(error),
        error,
      })
      await deps.clock.sleep(pauseMs(it.name, failures, againPause), signal).catch(() => undefined)
    }
  }
  await deps.leases
    .release(it.name, deps.owner)
    .catch((error: unknown) => deps.logger.warn('could not release a receiver', { receiver: it.name, error }))
}

/** Renews while `work` runs; when the lease cannot be renewed the work is told to stop. */
async function whileLeased(
  it: Watching,
  deps: WatchDeps,
  work: (held: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const lost = new AbortController()
  const held = AbortSignal.any([signal, lost.signal])
  const renewing = (async () => {
    while (!held.aborted) {
      await deps.clock.sleep(renewMs, held).catch(() => undefined)
      if (held.aborted) return
      const mine = await deps.leases.take(it.name, deps.owner, leaseSeconds).catch(() => null)
      if (mine === null) lost.abort()
    }
  })()
  try {
    await work(held)
  } finally {
    lost.abort()
    await renewing
  }
}

async function readPages(
  it: Watching,
  epoch: number,
  deps: WatchDeps & { readonly signal: AbortSignal },
): Promise<void> {
  const { receiver } = it
  // As it is now: a token that was renewed changes no version.
  const { workspace, channel, id } = it.account
  const account = deps.directory.account(channel, id, workspace) ?? it.account
  const opened = deps.directory.open(account)
  const keep = { get: (name: string) => deps.keeps.get(account, receiver.name, name) }
  const edges = edgesOf(deps, account.workspace, deps.logger.with({ receiver: it.name }))
  const pages =
    receiver.kind === 'poll'
      ? receiver.pages(opened, keep, edges, deps.signal)
      : receiver.connect(opened, keep, edges, deps.signal)
  for await (const page of pages) {
    if (deps.signal.aborted || !(await keepPage(it, page, epoch, deps))) return
  }
  if (receiver.kind === 'poll')
    await deps.clock.sleep(receiver.everySeconds(opened) * 1000, deps.signal).catch(() => undefined)
}

/** First the bytes, then the position; false when another process has the lease by now: it will read the same again, harmlessly. */
async function keepPage(it: Watching, page: Page, epoch: number, deps: WatchDeps): Promise<boolean> {
  const { account, channel, receiver } = it
  const correlation = `${it.name}#${deps.clock.now()}`
  const arrivals = page.raws.map((raw) => ({ channel, account, raw, correlation }))
  if (arrivals.length > 0) await ingest(arrivals, deps, AbortSignal.timeout(appendMs))
  return deps.keeps.put(account, receiver.name, page.keep, epoch)
}
