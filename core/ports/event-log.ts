// The ordered, durable log between intake and workers. Two drivers keep this contract; one suite proves both.
import type { BlobRef, ChannelName, Instant, WorkspaceId } from '../../schemas/ids.ts'
import type { AnyEvent, EventOf, EventType, RawRef } from '../../schemas/events.ts'

/** What a vendor gave us, as it came. Small ones lie in the log itself; large ones (over 64 kB) go to the BlobStore first. */
export interface KeptRaw {
  readonly ref: RawRef
  readonly workspace: WorkspaceId
  readonly channel: ChannelName
  readonly account: string
  readonly contentType: string
  readonly meta: Readonly<Record<string, string>>
  readonly body: Uint8Array | BlobRef
}

export interface Batch {
  readonly raws?: readonly KeptRaw[]
  readonly events: readonly AnyEvent[]
}

/** How a group reads. */
export interface Reading {
  /** Batches a process has in hand at once, of different partitions; 1 when absent. */
  readonly handlers?: number | undefined
  /** Events of a batch; 100 when absent. */
  readonly most?: number | undefined
  /** At least so many milliseconds from the beginning of a batch to that of the next, where less than a batch waits; 0 when absent. */
  readonly everyMs?: number | undefined
}

export interface EventLog {
  /**
   * Resolves when every raw and every event is durable; rejects with `log.unavailable` at the signal's deadline (what was written may
   * still become durable: a repeat is harmless) or `log.full` when too many bytes already wait (→ 503). Events of one key and topic
   * keep the order given. Calls made at the same time share one write (at most 500 rows; two writes under way, or one a partition); a
   * shared write that fails is split once, so that one bad row harms only itself.
   */
  append(batch: Batch, signal: AbortSignal): Promise<void>
  /**
   * Calls `handle` with batches (at most `most` events) of these types, and of those of their topics that this build does not know (a newer
   * release beside it wrote them: who went past them would lose them for the whole group; G18): in order, and one handler at a time, within a key **of one
   * topic**; between topics nothing is promised: workers guard by state, never by order across types. A batch may join several
   * partitions; a group has `handlers` handlers a process, each owning a set of partitions. At least once: positions
   * move, flushed together every 100 ms, after `handle` resolves; if it rejects, the same batch comes again after a pause. Processes
   * share the partitions: ceil(partitions / live processes); who holds more lets go. Resolves after `signal` aborts and the handlers
   * under way have ended.
   */
  consume<T extends EventType>(
    group: string,
    types: readonly T[],
    handle: (batch: readonly EventOf<T>[]) => Promise<void>,
    signal: AbortSignal,
    options?: Reading,
  ): Promise<void>
  /** For replay and "show the original", oldest first, `from` inclusive, `to` exclusive. */
  raws(from: Instant, to: Instant, signal: AbortSignal): AsyncIterable<KeptRaw>
  raw(ref: RawRef): Promise<KeptRaw | null>
  /** Events appended that this group has not yet passed, and how old the oldest is. */
  lag(group: string): Promise<{ readonly events: number; readonly oldestSeconds: number }>
  /**
   * Whether this process is a member of the group now (readiness): the log let it in and heard it lately, and gave it its partitions, or
   * the word that there are none left for it. False before, and where it was not heard of for as long as members may be silent.
   */
  hasPlace(group: string): boolean
  /** Rejects with `log.unavailable` when an append could not succeed now (readiness). */
  ping(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}
