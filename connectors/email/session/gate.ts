// What the mailboxes of one process share: starts spread over time, a host that is down tried by one at a time, large mails in turn.
import { createHash } from 'node:crypto'
import type { Clock } from '../../../core/ports/edges.ts'

/** So many log-ins at once, whatever the hosts: hundreds of TLS handshakes together starve everything else. */
const loginsAtOnce = 8
/** So many mails that need a fetch of their own are in memory at once. */
const largeAtOnce = 3
/** So many accounts in a row that could not reach a host make it the host's fault. */
const failuresOfHost = 5
const hostPauses = { baseMs: 5_000, maxMs: 120_000 }

export interface Gate {
  /** Rejects while the host is known to be down; resolves in turn. The caller says how it ended. */
  start(host: string, signal: AbortSignal): Promise<Started>
  /** A place for one large mail; given back when it is safe. */
  large(signal: AbortSignal): Promise<() => void>
}
export interface Started {
  /** The log-in is over, however it went: the next one may begin. `reached`: the host answered at all. */
  ended(reached: boolean): void
}
/** Not tried at all: others found the host down a moment ago. */
export class HostDown extends Error {
  readonly afterMs: number
  constructor(host: string, afterMs: number) {
    super(`${host} did not answer ${failuresOfHost} times in a row; it is tried by one mailbox at a time`)
    this.name = 'HostDown'
    this.afterMs = afterMs
  }
}

interface Host {
  failures: number
  openUntil: number
  probing: boolean
}

export function makeGate(): (clock: Clock) => Gate {
  const hosts = new Map<string, Host>()
  const logins = places(loginsAtOnce)
  const large = places(largeAtOnce)
  return (clock) => ({
    async start(name, signal) {
      const host = hosts.get(name) ?? { failures: 0, openUntil: 0, probing: false }
      hosts.set(name, host)
      const isOpen = host.failures >= failuresOfHost
      if (isOpen && (host.probing || clock.ticks() < host.openUntil))
        throw new HostDown(name, Math.max(1_000, host.openUntil - clock.ticks()))
      host.probing = isOpen
      const leave = await logins(signal).catch((error: unknown) => {
        // Told to stop while it waited: the next one may try.
        if (isOpen) host.probing = false
        throw error
      })
      let isOver = false
      return {
        ended(reached) {
          if (isOver) return
          isOver = true
          leave()
          host.probing = false
          host.failures = reached ? 0 : host.failures + 1
          if (host.failures >= failuresOfHost)
            host.openUntil = clock.ticks() + pauseOf(name, host.failures - failuresOfHost)
        },
      }
    },
    large: (signal) => large(signal),
  })
}

/** Doubling, spread by the name, so that processes do not knock together. */
function pauseOf(name: string, round: number): number {
  const spread = createHash('sha256').update(`${name} ${round}`).digest().readUInt16BE(0) / 65_536
  return Math.min(hostPauses.baseMs * 2 ** round, hostPauses.maxMs) * (0.75 + spread / 2)
}

/** So many at once; the others wait in the order they came. */
function places(most: number): (signal: AbortSignal) => Promise<() => void> {
  const room = { taken: 0 }
  const waiting = new Set<() => void>()
  const leave = (): void => {
    room.taken -= 1
    const [next] = waiting
    if (next !== undefined) next()
  }
  return async (signal) => {
    while (room.taken >= most) {
      signal.throwIfAborted()
      await new Promise<void>((done) => {
        const go = (): void => {
          waiting.delete(go)
          signal.removeEventListener('abort', go)
          done()
        }
        waiting.add(go)
        signal.addEventListener('abort', go, { once: true })
      })
    }
    signal.throwIfAborted()
    room.taken += 1
    let isBack = false
    return () => {
      if (!isBack) leave()
      isBack = true
    }
  }
}
