// Tells other processes that something was written that they may wait for. Hints only: every one of them may be lost (G11).
import type { Pool } from 'pg'
import type { Clock, Logger } from '../../core/ports/edges.ts'
import { messageOf } from '../../core/errors.ts'
import { ask } from './log-postgres/ask.ts'
import { makeBell, nap } from './bell.ts'

/** One NOTIFY per write collapses at 2,000 a second (measured): they take turns at one lock of the whole server. */
const atMostEveryMs = 50

export interface Announcer {
  /** After a commit. The first is told at once, what comes within 50 ms is told together. */
  grew(): void
  run(signal: AbortSignal): Promise<void>
}

export function makeAnnouncer(deps: {
  readonly pool: Pool
  readonly clock: Clock
  readonly log: Logger
  readonly channel: string
  /** What is said: who says it. */
  readonly me: string
}): Announcer {
  const bell = makeBell()
  let grown = false
  return {
    grew() {
      grown = true
      bell.ring()
    },
    async run(signal) {
      signal.addEventListener('abort', bell.ring, { once: true })
      while (!signal.aborted) {
        if (!grown) await bell.heard()
        grown = false
        if (signal.aborted) return
        try {
          const values = [deps.channel, deps.me]
          await ask(deps.pool, { name: 'log_notify', text: 'select pg_notify($1, $2)', values, silentAfterMs: 3_000 })
        } catch (error) {
          deps.log.debug('Other processes were not told; they look by themselves.', {
            channel: deps.channel,
            why: messageOf(error),
          })
        }
        await nap(deps.clock, atMostEveryMs, { signal })
      }
    },
  }
}
