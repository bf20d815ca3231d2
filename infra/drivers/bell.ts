// A bell that ends the waits of this process, and naps that a bell or a signal cuts short.
import type { Clock } from '../../core/ports/edges.ts'

export interface Bell {
  ring(): void
  /** Resolves at the next ring. Look for work first and wait in the same turn: then no ring is missed. */
  heard(): Promise<void>
  /** Calls `wake` once, at the next ring. Gives what takes that back. */
  onRing(wake: () => void): () => void
}

export function makeBell(): Bell {
  let waiting = new Set<() => void>()
  const onRing = (wake: () => void): (() => void) => {
    const mine = waiting.add(wake)
    return () => mine.delete(wake)
  }
  return {
    ring() {
      const woken = waiting
      waiting = new Set()
      for (const wake of woken) wake()
    },
    heard: () => new Promise((resolve) => void onRing(resolve)),
    onRing,
  }
}

/** Sleeps until the time is over, the bell rings or the signal aborts, whichever is first. */
export async function nap(
  clock: Clock,
  ms: number,
  ends: { readonly signal?: AbortSignal; readonly bell?: Bell },
): Promise<void> {
  const over = new AbortController()
  const end = () => over.abort()
  const forget = ends.bell?.onRing(end)
  if (ends.signal?.aborted) end()
  ends.signal?.addEventListener('abort', end, { once: true })
  try {
    await clock.sleep(ms, over.signal)
  } catch (error) {
    if (!over.signal.aborted) throw error
  } finally {
    forget?.()
    ends.signal?.removeEventListener('abort', end)
  }
}
