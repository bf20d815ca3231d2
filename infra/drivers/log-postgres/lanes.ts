// The lanes (a partition of a topic) a member owns: where each stands, what it may read next, what it must write down.
import { allot } from '../log-share.ts'
import type { Heads } from './heads.ts'

/** Alive only in the process that holds the lease; changed only by its handler (position), the flusher (flushed) and the beat (the rest). */
export interface Lane {
  readonly group: string
  readonly member: string
  readonly topic: string
  readonly partition: number
  readonly epoch: number
  /** Which handler of the process it belongs to while it is owned. */
  readonly slot: number
  /** The next position to read. */
  position: number
  /** No event at `position` or after lies on an earlier day. */
  day: string
  flushed: number
  busy: boolean
  /** To be let go: nothing new is started. */
  leaving: boolean
  /** Somebody else has it: what is done for it is not written down. */
  lost: boolean
}

/** What one read asks of one lane: at most `quota` events at positions `from` … `to` − 1. */
export interface Ask {
  readonly lane: Lane
  readonly from: number
  readonly to: number
  readonly quota: number
}

/** Positions one read may walk over, so that a group of rare types gets on. */
const longestWalk = 1_000

/** What the next batch of a handler reads; empty when there is nothing. */
export function asksFor(lanes: Iterable<Lane>, heads: Heads, most: number): readonly Ask[] {
  const due: { readonly lane: Lane; readonly from: number; readonly next: number }[] = []
  for (const lane of lanes) {
    if (lane.busy || lane.leaving || lane.lost) continue
    const head = heads.of(lane.topic, lane.partition)
    const from = Math.max(lane.position, head.oldest)
    if (from >= head.dayFrom && head.day > lane.day) lane.day = head.day
    if (head.next > from) due.push({ lane, from, next: head.next })
  }
  const quotas = allot(
    due.map(({ from, next }) => next - from),
    most,
  )
  return due
    .map(({ lane, from, next }, index) => ({
      lane,
      from,
      to: Math.min(next, from + longestWalk),
      quota: quotas[index] ?? 0,
    }))
    .filter(({ quota }) => quota > 0)
}
