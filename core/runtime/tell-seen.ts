// Tells vendors that a person has read a customer's message: best effort, given up after a few tries.
import { messageOf } from '../errors.ts'
import type { AnyChannel } from '../ports/channel.ts'
import type { BlobStore, Clock, FileLinks, Http, Logger } from '../ports/edges.ts'
import type { SeenMarks } from '../ports/queues.ts'
import type { Directory } from './directory.ts'
import { edgesOf } from './edges-of.ts'
import { after } from './later.ts'

export interface TellSeenDeps {
  readonly marks: SeenMarks
  readonly directory: Directory
  readonly channels: ReadonlyMap<string, AnyChannel>
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly http: Http
  readonly links: FileLinks
  readonly logger: Logger
}
const idleMs = 1000
const tellMs = 10_000
const againMs = 30_000

export async function tellSeen(deps: TellSeenDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const marks = await deps.marks.claim(16)
      await Promise.all(marks.map((mark) => tellOne(mark, deps)))
      if (marks.length === 0) await deps.clock.sleep(idleMs, signal)
    } catch (error) {
      if (signal.aborted) return
      deps.logger.warn('could not tell what was seen; it waits', { why: messageOf(error) })
      await deps.clock.sleep(idleMs, signal).catch(() => undefined)
    }
  }
}

async function tellOne(mark: Awaited<ReturnType<SeenMarks['claim']>>[number], deps: TellSeenDeps): Promise<void> {
  const channel = deps.channels.get(mark.channel)
  const account = deps.directory.account(mark.channel, mark.account, mark.workspace)
  if (channel?.markSeen === undefined || account === null) return deps.marks.finish(mark.id, null)
  const edges = edgesOf(deps, mark.workspace, deps.logger)
  const outcome = await channel
    .markSeen(mark.externalId, deps.directory.open(account), edges, AbortSignal.timeout(tellMs))
    .catch((error: unknown) => {
      deps.logger.warn('a channel threw while it told what was seen', { message: mark.externalId, error })
      return { is: 'unknown' } as const
    })
  const again = outcome.is === 'try-later' || outcome.is === 'unknown'
  await deps.marks.finish(mark.id, again ? after(deps.clock.now(), againMs) : null)
}
