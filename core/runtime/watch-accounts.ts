// Polls and sessions: every account's receiver is run by one process at a time, and its position moves only after the bytes are safe.
import { messageOf } from '../errors.ts'
import type { AnyChannel, Page, Poll, Raw, Session } from '../ports/channel.ts'
import type { Clock, FileLinks, Http } from '../ports/edges.ts'
import { receiverLease, type Accounts, type Keeps, type Leases, type LiveAccount } from '../ports/queues.ts'
import type { Directory } from './directory.ts'
import { edgesOf } from './edges-of.ts'
import { holdLeases, type LeaseHolder } from './hold-leases.ts'
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
  readonly accounts: Pick<Accounts, 'gap'>
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
const appendMs = 30_000
const againPause = { baseMs: 1000, maxMs: 10 * 60 * 1000 }
/** A session that ends sooner than this was no session: the next one waits longer each time. */
const briefMs = 30_000

/** Ends with the signal, after every receiver has let go. */
export async function watchAccounts(deps: WatchDeps, signal: AbortSignal): Promise<void> {
  const watched = new Map<string, Watched>()
  const holder = holdLeases('receivers', deps)
  while (!signal.aborted) {
    reconcile(watched, deps, holder)
    await deps.clock.sleep(lookMs, signal).catch(() => undefined)
  }
  // First others are told that it is their turn, then each is handed over as it ends.
  await holder.leave()
  for (const it of watched.values()) it.stop.abort()
  await Promise.all([...watched.values()].map((it) => it.ended))
  await holder.end()
}

/** Starts what is new, ends what is gone or changed: a changed account is started anew by the next look. */
function reconcile(watched: Map<string, Watched>, deps: WatchDeps, holder: LeaseHolder): void {
  const wanted = new Map(wantedReceivers(deps))
  for (const [name, it] of watched) if (!isSame(it.account, wanted.get(name)?.account)) it.stop.abort()
  for (const [name, { account, channel, receiver }] of wanted) {
    if (watched.has(name)) continue
    const stop = new AbortController()
    const one = { name, account, channel, receiver }
    const ended = watchOne(one, deps, holder, stop.signal).finally(() => watched.delete(name))
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

/** Waits for its turn, works while it lasts, hands over: for as long as the account is to be read. */
async function watchOne(it: Watching, deps: WatchDeps, holder: LeaseHolder, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const hold = await holder.hold(it.name, signal)
    if (hold === null) return
    try {
      await whileHeld(it, hold.epoch, { ...deps, signal: AbortSignal.any([signal, hold.lost]) })
    } finally {
      await holder.release(it.name)
    }
  }
}

/** A failure is tried again with growing pauses; through them the lease is kept, so that no other process knocks meanwhile. */
async function whileHeld(it: Watching, epoch: number, deps: WatchDeps & { readonly signal: AbortSignal }) {
  const { clock, signal } = deps
  const rest = (failures: number) => clock.sleep(pauseMs(it.name, failures, againPause), signal).catch(() => undefined)
  for (let failures = 0; !signal.aborted;) {
    const began = clock.ticks()
    const isBrief = (): boolean => it.receiver.kind === 'session' && clock.ticks() - began < briefMs
    try {
      await readPages(it, epoch, deps)
      failures = isBrief() ? failures + 1 : 0
      if (failures > 0) await rest(failures)
    } catch (error) {
      if (signal.aborted) return
      // One that worked for a while before it broke begins anew with the shortest pause.
      failures = it.receiver.kind === 'session' && !isBrief() ? 1 : failures + 1
      deps.logger.warn('a receiver failed; it starts again after a pause', {
        receiver: it.name,
        failures,
        why: messageOf(error),
        error,
      })
      await rest(failures)
    }
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

/** A connection may speak for a whole app: what is for another account behind the same endpoint is that one's. */
function whoseOf({ route }: Raw, account: LiveAccount, { directory }: WatchDeps): LiveAccount {
  if (account.routes.includes(route)) return account
  return directory.claimed(account.channel, account.endpoint ?? account.id, route) ?? account
}

/** First what is known to be missing and the bytes, then the position; false when another process has the lease by now: it will read the same again, harmlessly. */
async function keepPage(it: Watching, page: Page, epoch: number, deps: WatchDeps): Promise<boolean> {
  const { account, channel, receiver } = it
  const correlation = `${it.name}#${deps.clock.now()}`
  const arrivals = page.raws.map((raw) => ({ channel, account: whoseOf(raw, account, deps), raw, correlation }))
  if (page.gap !== undefined) await deps.accounts.gap(account, page.gap)
  if (arrivals.length > 0) await ingest(arrivals, deps, AbortSignal.timeout(appendMs))
  return deps.keeps.put(account, receiver.name, page.keep, epoch)
}
