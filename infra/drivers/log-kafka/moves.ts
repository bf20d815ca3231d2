// A coordinator that moved to another broker: the client asks the old one for ever, and is told here to look for it and join under its old name.
//
// It looks for its coordinator only when it joins, and joins only when a coordinator says that something changed, which one that is dead
// does not. So it is told the same in that one's place, at the one moment where it listens: before a fetch. Which errors it takes for that
// word is known of this version alone, which is therefore exact in package.json; `npm run chaos -- kafka-F6-killed` shows that it holds.
import type { Consumer } from 'kafkajs'
import type { Clock } from '../../../core/ports/edges.ts'

interface Watching {
  readonly clock: Clock
  /** When the group last knew this member. */
  readonly knownAt: () => number
  readonly signal: AbortSignal
}

/** Several heartbeats, and no pause of a process that is merely busy. */
const silentMs = 2_000
const lookEveryMs = 250

/** Until the signal. */
export function watchForMoves(consumer: Consumer, { clock, knownAt, signal }: Watching): void {
  let moved = false
  const { FETCH_START, GROUP_JOIN, HEARTBEAT, REBALANCING } = consumer.events
  for (const name of [GROUP_JOIN, HEARTBEAT, REBALANCING]) consumer.on(name, () => void (moved = false))
  consumer.on(FETCH_START, () => {
    if (moved) throw Object.assign(new Error('the coordinator of the group moved'), { type: 'REBALANCE_IN_PROGRESS' })
  })
  const isSilent = (): boolean => knownAt() > 0 && clock.ticks() - knownAt() > silentMs
  void (async () => {
    while (!signal.aborted) {
      await clock.sleep(lookEveryMs, signal).catch(() => undefined)
      if (signal.aborted || moved || !isSilent()) continue
      // Asked anew where it is: an answer means that there is one.
      const isThere = await consumer.describeGroup().then(
        () => true,
        () => false,
      )
      moved = isThere && isSilent()
    }
  })()
}
