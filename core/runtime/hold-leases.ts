// The leases of one process's receivers: taken, renewed and watched together, and shared evenly with the other processes that are there.
import { createHash } from 'node:crypto'
import { messageOf } from '../errors.ts'
import type { Clock, Logger } from '../ports/edges.ts'
import type { Leases } from '../ports/queues.ts'

export interface HoldDeps {
  readonly leases: Leases
  readonly clock: Clock
  readonly logger: Logger
  /** This process, as leases know it. */
  readonly owner: string
}
export interface Hold {
  readonly epoch: number
  /** It ran out, or it is another process's turn. */
  readonly lost: AbortSignal
}
export interface LeaseHolder {
  /** Resolves when it is this process's turn; null with the signal. */
  hold(name: string, signal: AbortSignal): Promise<Hold | null>
  release(name: string): Promise<void>
  /** Nothing more is taken, and others know that they are to go on. */
  leave(): Promise<void>
  end(): Promise<void>
}

/** Dead processes are followed within this time and one look. */
const leaseSeconds = 6
const renewMs = 2_000
const lookMs = 1_000
/** So long before a lease that could not be renewed runs out its work is told to stop. */
const spareMs = 1_000

interface Held {
  readonly epoch: number
  readonly lost: AbortController
  renewedAt: number
}
interface State {
  readonly circle: string
  readonly deps: HoldDeps
  readonly held: Map<string, Held>
  readonly waiting: Map<string, (hold: Hold) => void>
  readonly stop: AbortController
  readonly shares: Shares
  isLeaving: boolean
  wake: () => void
}

/** Works until `end`. One call every second, however many leases there are. */
export function holdLeases(circle: string, deps: HoldDeps): LeaseHolder {
  const state: State = {
    circle,
    deps,
    held: new Map(),
    waiting: new Map(),
    stop: new AbortController(),
    shares: sharesOf(),
    isLeaving: false,
    wake: () => undefined,
  }
  const working = Promise.all([looking(state), expiring(state)])
  return {
    hold: (name, signal) => turnOf(name, state, signal),
    async release(name) {
      state.held.delete(name)
      await deps.leases
        .release(name, deps.owner)
        .catch((error: unknown) => deps.logger.warn('could not release a receiver', { receiver: name, error }))
    },
    async leave() {
      state.isLeaving = true
      await deps.leases
        .leave(circle, deps.owner)
        .catch((error: unknown) => deps.logger.warn('could not say that this process leaves', { error }))
    },
    async end() {
      state.stop.abort()
      await working
    },
  }
}

async function turnOf(name: string, state: State, signal: AbortSignal): Promise<Hold | null> {
  if (signal.aborted) return null
  return new Promise((done) => {
    const over = (): void => {
      state.waiting.delete(name)
      done(null)
    }
    signal.addEventListener('abort', over, { once: true })
    state.waiting.set(name, (hold) => {
      signal.removeEventListener('abort', over)
      done(hold)
    })
    state.wake()
  })
}

async function looking(state: State): Promise<void> {
  const { deps, stop } = state
  while (!stop.signal.aborted) {
    await look(state).catch((error: unknown) =>
      deps.logger.warn('the leases of receivers could not be renewed; it is tried again', { why: messageOf(error) }),
    )
    // Whoever begins to wait meanwhile is looked at soon, together with the others that begin then.
    const rang = new AbortController()
    state.wake = () => rang.abort()
    await deps.clock.sleep(lookMs, AbortSignal.any([stop.signal, rang.signal])).catch(() => undefined)
    await deps.clock.sleep(10, stop.signal).catch(() => undefined)
  }
}

async function look(state: State): Promise<void> {
  const { circle, deps, held, waiting, shares } = state
  const { leases, clock, owner } = deps
  const owners = state.isLeaving ? [] : await leases.gather(circle, owner, leaseSeconds)
  if (state.isLeaving) return await renew(state, [...held.keys()])
  const isMine = (name: string): boolean => shares.ownerOf(name, owners) === owner
  for (const [name, it] of held) if (!isMine(name)) it.lost.abort(new Error('another process is to read it'))
  const now = clock.ticks()
  const due = [...held].filter(([, it]) => !it.lost.signal.aborted && now - it.renewedAt >= renewMs - lookMs / 2)
  await renew(state, [...due.map(([name]) => name), ...[...waiting.keys()].filter(isMine)])
}

async function renew({ deps, held, waiting, isLeaving }: State, names: readonly string[]): Promise<void> {
  const { leases, clock, owner } = deps
  const began = clock.ticks()
  const taken = await leases.takeAll(names, owner, leaseSeconds)
  for (const name of names) {
    const epoch = taken.get(name)
    const was = held.get(name)
    const begin = waiting.get(name)
    if (was !== undefined && was.epoch === epoch) was.renewedAt = began
    else if (was !== undefined) was.lost.abort(new Error('another process holds its lease'))
    else if (epoch === undefined) continue
    else if (begin === undefined || isLeaving) await leases.release(name, owner)
    else {
      const it: Held = { epoch, lost: new AbortController(), renewedAt: began }
      held.set(name, it)
      waiting.delete(name)
      begin({ epoch, lost: it.lost.signal })
    }
  }
}

/** Beside the looks, which may hang with the database: what was not renewed in time is let go before another may take it. */
async function expiring({ deps, held, stop }: State): Promise<void> {
  while (!stop.signal.aborted) {
    await deps.clock.sleep(lookMs / 2, stop.signal).catch(() => undefined)
    const latest = deps.clock.ticks() - (leaseSeconds * 1000 - spareMs)
    for (const it of held.values()) if (it.renewedAt < latest) it.lost.abort(new Error('its lease ran out'))
  }
}

interface Shares {
  ownerOf(name: string, owners: readonly string[]): string | undefined
}
/** Each name belongs to the owner it fits best: all come to the same answer, and one that comes or goes moves only its own share. */
function sharesOf(): Shares {
  let known = new Map<string, string | undefined>()
  let of = ''
  return {
    ownerOf(name, owners) {
      if (of !== owners.join('\n')) {
        known = new Map()
        of = owners.join('\n')
      }
      if (!known.has(name)) known.set(name, best(name, owners))
      return known.get(name)
    },
  }
}
const fit = (name: string, owner: string): string => createHash('sha256').update(`${owner}\n${name}`).digest('hex')
const best = (name: string, owners: readonly string[]): string | undefined =>
  owners
    .map((owner) => [fit(name, owner), owner] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .at(-1)?.[1]
