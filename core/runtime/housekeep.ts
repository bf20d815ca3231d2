// Forgets what may be forgotten: inbox generations, the feed's tail, kept answers, pacing, facts nobody came for, blobs nobody refers to.
import { messageOf } from '../errors.ts'
import type { BlobStore, Logger } from '../ports/edges.ts'
import type { Prunes } from '../ports/queues.ts'

export interface HousekeepDeps {
  readonly prunes: Prunes
  readonly blobs: BlobStore
  /** The log's own pruning: days older than this that every group has passed. */
  readonly pruneLog: (keepDays: number) => Promise<void>
  readonly logger: Logger
  readonly keepDays: number
}

/** Longer than any vendor repeats (14 days, G5) and than log and raws are kept: an older replay would open a second ticket. */
export const inboxDays = (keepDays: number): number => Math.max(keepDays, 14) + 2
const answerDays = 2
const uploadDays = 2
/** The longest window of a rate (B12). */
const assignmentDays = 1
/** Longer than any budget and any "once" of an automatic reply looks back; that a conversation was greeted is kept for good. */
const autoReplyDays = 30
/** By then every bucket is full again, which is as good as none. */
const bucketDays = 1

/** One round; bounded pieces until nothing is left. A piece that fails is said and tried in the next round. */
export async function housekeep(deps: HousekeepDeps, signal: AbortSignal): Promise<void> {
  const { prunes, keepDays } = deps
  await piece('the inbox', () => prunes.inbox(inboxDays(keepDays)), deps, signal)
  await piece('the feed', () => prunes.feed(keepDays), deps, signal)
  await piece('kept answers', () => prunes.answers(answerDays), deps, signal)
  await piece('pacing', () => prunes.buckets(bucketDays), deps, signal)
  await piece('waiting facts', () => prunes.waiting(keepDays), deps, signal)
  await piece('unused uploads', () => prunes.uploads(uploadDays), deps, signal)
  await piece('assignments', () => prunes.assignments(assignmentDays), deps, signal)
  await piece('notes of automatic replies', () => prunes.autoReplyNotes(autoReplyDays), deps, signal)
  await piece('the log', async () => (await deps.pruneLog(keepDays), false), deps, signal)
  await piece('blobs', async () => (await collectBlobs(deps), false), deps, signal)
}

async function piece(
  what: string,
  some: () => Promise<boolean>,
  deps: HousekeepDeps,
  signal: AbortSignal,
): Promise<void> {
  try {
    while (!signal.aborted && (await some())) deps.logger.debug('pruned a piece', { what })
  } catch (error) {
    deps.logger.warn(`could not prune ${what}; the next round tries again`, { why: messageOf(error), error })
  }
}

async function collectBlobs(deps: HousekeepDeps): Promise<void> {
  for (const workspace of await deps.prunes.workspaces()) {
    const gone = await deps.blobs.collect(workspace, (refs) => deps.prunes.blobsInUse(workspace, refs))
    if (gone > 0) deps.logger.info('collected blobs nothing refers to', { workspace, blobs: gone })
  }
}
