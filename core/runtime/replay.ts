// Raws once more through ingest: what was known stays as it was, what a mended normalizer reads differently becomes a correction.
import { createHash } from 'node:crypto'
import type { AnyEvent, EventType } from '../../schemas/events.ts'
import { eventIdFor, type BlobRef, type Instant, type WorkspaceId } from '../../schemas/ids.ts'
import type { Raw } from '../ports/channel.ts'
import type { KeptRaw } from '../ports/event-log.ts'
import type { LiveAccount, Published } from '../ports/queues.ts'
import type { Directory } from './directory.ts'
import { fileReader } from './file-reader.ts'
import { readArrival, type Arrival, type IngestDeps } from './ingest.ts'

export interface ReplayDeps extends IngestDeps {
  readonly directory: Directory
  readonly published: Published
}
export interface ReplayAsk {
  readonly workspace: WorkspaceId
  readonly from: Instant
  readonly to: Instant
  readonly channel?: string
  readonly account?: string
  readonly correlation: string
}
export interface ReplayResult {
  raws: number
  /** Events that were as before. */
  unchanged: number
  /** Events nobody had seen: read for the first time. */
  fresh: number
  corrected: number
  /** Raws that still cannot be read, or whose account is gone. */
  unreadable: number
}

const correctable: readonly EventType[] = ['message.received', 'message.echoed', 'message.edited']
const appendMs = 30_000

/** Same bytes, same ids, no doubles. Ends early with the signal. */
export async function replay(ask: ReplayAsk, deps: ReplayDeps, signal: AbortSignal): Promise<ReplayResult> {
  const result: ReplayResult = { raws: 0, unchanged: 0, fresh: 0, corrected: 0, unreadable: 0 }
  for await (const kept of deps.log.raws(ask.from, ask.to, signal)) {
    if (kept.workspace !== ask.workspace) continue
    if (ask.channel !== undefined && kept.channel !== ask.channel) continue
    if (ask.account !== undefined && kept.account !== ask.account) continue
    await replayOne(kept, { ask, result }, deps)
  }
  return result
}

type Counting = { readonly ask: Pick<ReplayAsk, 'correlation'>; readonly result: ReplayResult }

/** One raw. Gives the events it holds now, as they were appended or found. */
export async function replayOne(
  kept: KeptRaw,
  { ask, result }: Counting,
  deps: ReplayDeps,
): Promise<readonly AnyEvent[]> {
  result.raws += 1
  const arrival = await arrivalOf(kept, ask.correlation, deps)
  if (arrival === null) {
    result.unreadable += 1
    return []
  }
  const { events } = await readArrival(arrival, deps)
  const known = await deps.published.data(
    kept.workspace,
    events.map((event) => event.id),
  )
  const out = events.flatMap((event) => {
    if (event.type === 'ingest.quarantined') result.unreadable += 1
    else if (!known.has(event.id)) result.fresh += 1
    else if (sameJson(known.get(event.id), event.data)) result.unchanged += 1
    else if (correctable.includes(event.type)) result.corrected += 1
    else result.unchanged += 1
    return toAppend(event, known)
  })
  if (out.length > 0) await deps.log.append({ events: out }, AbortSignal.timeout(appendMs))
  return events
}

function toAppend(event: AnyEvent, known: ReadonlyMap<string, unknown>): readonly AnyEvent[] {
  if (!known.has(event.id)) return [event]
  if (sameJson(known.get(event.id), event.data) || !correctable.includes(event.type)) return []
  const digest = createHash('sha256').update(JSON.stringify(event.data)).digest('hex')
  const id = eventIdFor(
    event.workspace,
    event.channel ?? ('' as never),
    event.account ?? '',
    'message.corrected',
    `${event.id}:${digest}`,
  )
  const data = { original: event.id, originalType: event.type, data: event.data }
  return [
    {
      ...event,
      id,
      type: 'message.corrected',
      cause: event.id,
      actor: { kind: 'system', id: 'replay' },
      data,
    } as AnyEvent,
  ]
}

async function arrivalOf(kept: KeptRaw, correlation: string, deps: ReplayDeps): Promise<Arrival | null> {
  const route = kept.meta['route'] ?? ''
  const account = deps.directory.account(kept.channel, kept.account, kept.workspace)
  const channel = deps.directory.channel(kept.channel)
  if (account === null || channel === null) return null
  const bytes =
    kept.body instanceof Uint8Array ? kept.body : await fileReader(deps.blobs, kept.workspace)(kept.body as BlobRef)
  const { route: _, unclaimed, ...meta } = kept.meta
  const raw: Raw = { route, bytes, contentType: kept.contentType, receivedAt: kept.ref.at, meta }
  const owner = ownerNow(account, route, deps)
  return {
    channel,
    account: owner ?? account,
    raw,
    origin: 'replay',
    correlation,
    ref: kept.ref,
    // Whoever else knocks at the same address, it is not theirs.
    ...(owner === null && unclaimed !== undefined ? { unclaimed: true } : {}),
  }
}

/** A raw that nobody claimed belongs, by now, to the account that claims its route. */
const ownerNow = (account: LiveAccount, route: string, deps: ReplayDeps): LiveAccount | null =>
  account.routes.includes(route)
    ? account
    : deps.directory.claimed(account.channel, account.endpoint ?? account.id, route)

/** Equal as JSON, whatever the order of keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => sameJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
}
