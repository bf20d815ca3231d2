// What this process knows of the ends of all partitions: from its own appends at once, from others by a hint or a poll.
import type { Pool } from 'pg'
import type { Clock, Logger } from '../../../core/ports/edges.ts'
import { messageOf } from '../../../core/errors.ts'
import { ask } from './ask.ts'
import { makeBell, nap } from '../bell.ts'

export interface Head {
  /** The position to be given next: all before it are committed and may be read. */
  readonly next: number
  /** The first that was not dropped. */
  readonly oldest: number
  /** No event at `dayFrom` or after lies on an earlier day than `day`. */
  readonly day: string
  readonly dayFrom: number
}
export interface Heads {
  of(topic: string, partition: number): Head
  /** [topic, partition, next] as an append gives them after its commit. */
  learn(news: readonly (readonly [topic: string, partition: number, next: number])[]): void
  /** Asks the database; calls made meanwhile are answered by one more question. */
  refresh(): Promise<void>
  /** Calls `wake` when one of these topics grew, until the signal aborts. */
  onGrowth(topics: readonly string[], wake: () => void, signal: AbortSignal): void
  /** Refreshes every so often and whenever `hint` was called, until the signal aborts. */
  poll(everyMs: number, signal: AbortSignal): Promise<void>
  hint(): void
}

interface Counter extends Omit<Head, 'dayFrom'> {
  readonly topic: string
  readonly partition: number
}

const nowhere: Head = { next: 0, oldest: 0, day: '0001-01-01', dayFrom: 0 }
const name = (topic: string, partition: number): string => `${topic}/${partition}`

export function makeHeads(deps: { readonly pool: Pool; readonly clock: Clock; readonly log: Logger }): Heads {
  const known = new Map<string, Head>()
  const listeners = new Set<{ readonly topics: ReadonlySet<string>; readonly wake: () => void }>()
  const bell = makeBell()
  let hinted = false
  let lessons = 0

  const grow = (grown: ReadonlySet<string>): void => {
    if (grown.size === 0) return
    for (const { topics, wake } of listeners) if (!topics.isDisjointFrom(grown)) wake()
  }
  /** Believed also where it knows less than before (a standby took over), unless an append told more meanwhile. */
  async function refresh(): Promise<void> {
    const before = lessons
    const text = 'select topic, partition, next, oldest, day from log_partition'
    const rows = await ask<Counter>(deps.pool, { name: 'log_heads', text, silentAfterMs: 3_000 })
    const grown = new Set<string>()
    for (const { topic, partition, next, oldest, day } of rows) {
      const old = known.get(name(topic, partition)) ?? nowhere
      const now = lessons === before ? next : Math.max(next, old.next)
      known.set(name(topic, partition), { next: now, oldest, day, dayFrom: next })
      if (now > old.next) grown.add(topic)
    }
    grow(grown)
  }
  async function poll(everyMs: number, signal: AbortSignal): Promise<void> {
    let silent = false
    while (!signal.aborted) {
      hinted = false
      try {
        await refresh()
        silent = false
      } catch (error) {
        if (!silent) deps.log.warn('The log’s counters cannot be read; asked again.', { why: messageOf(error) })
        silent = true
      }
      if (!hinted || silent) await nap(deps.clock, everyMs, { signal, bell })
    }
  }
  return {
    of: (topic, partition) => known.get(name(topic, partition)) ?? nowhere,
    learn(news) {
      lessons++
      const grown = new Set<string>()
      for (const [topic, partition, next] of news) {
        const before = known.get(name(topic, partition)) ?? nowhere
        if (next <= before.next) continue
        known.set(name(topic, partition), { ...before, next })
        grown.add(topic)
      }
      grow(grown)
    },
    refresh,
    onGrowth(topics, wake, signal) {
      const listener = { topics: new Set(topics), wake }
      listeners.add(listener)
      signal.addEventListener('abort', () => listeners.delete(listener), { once: true })
    },
    poll,
    hint() {
      hinted = true
      bell.ring()
    },
  }
}
