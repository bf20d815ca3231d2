// What housekeeping forgets, a bounded piece a call.
import type { BlobRef, WorkspaceId } from '../../../schemas/ids.ts'
import type { Prunes } from '../../../core/ports/queues.ts'
import { statement, type Statement } from '../statement.ts'
import type { OnLoops } from './on-loops.ts'

const piece = 5_000
const olderThan = `make_interval(days => ($1::json #>> '{}')::int)`

const inbox = statement('prune_inbox', `select inbox_swap(${olderThan}) as swapped`)
const feed = statement(
  'prune_feed',
  `delete from feed f using (select workspace, sequence from feed where at < now() - ${olderThan} order by at limit ${piece}) o
   where f.workspace = o.workspace and f.sequence = o.sequence returning 1`,
)
const answers = statement(
  'prune_answers',
  `delete from answer a using (select workspace, key from answer where at < now() - ${olderThan} order by at limit ${piece}) o
   where a.workspace = o.workspace and a.key = o.key returning 1`,
)
const waiting = statement(
  'prune_waiting',
  `delete from external_ref e using (select workspace, channel, account, external_id from external_ref
     where message is null and created_at < now() - ${olderThan} order by created_at limit ${piece}) o
   where e.workspace = o.workspace and e.channel = o.channel and e.account = o.account and e.external_id = o.external_id and e.message is null
   returning 1`,
)
const uploads = statement(
  'prune_uploads',
  `delete from attachment a using (select workspace, id from attachment where message is null and created_at < now() - ${olderThan} limit ${piece}) o
   where a.workspace = o.workspace and a.id = o.id and a.message is null returning 1`,
)
const assignments = statement(
  'prune_assignments',
  `delete from assignment a where a.at <= (select max(o.at) from (select at from assignment where at < now() - ${olderThan} order by at limit ${piece}) o)
   returning 1`,
)
/** That a conversation was greeted stays: it may go on for longer than anything is counted (L2). */
const isOver = `(kind <> 'greeting' or code is not null)`
const autoReplyNotes = statement(
  'prune_auto_reply_notes',
  `delete from auto_reply_note where ${isOver} and at <= (select max(o.at) from (
     select at from auto_reply_note where ${isOver} and at < now() - ${olderThan} order by at limit ${piece}) o)
   returning 1`,
)
const noticeNotes = statement(
  'prune_notice_notes',
  `delete from notice_note a where a.at <= (select max(o.at) from (select at from notice_note where at < now() - ${olderThan} order by at limit ${piece}) o)
   returning 1`,
)
const buckets = statement('prune_buckets', `select forget_buckets(${olderThan}, ${piece}) as gone`)
const inUse = statement(
  'blobs_in_use',
  `select blobs_in_use($1::json ->> 'workspace', array(select json_array_elements_text($1::json -> 'refs')),
     array(select json_array_elements_text($1::json -> 'readers'))) as ref`,
)
const workspaces = statement(
  'workspaces',
  `select workspace from workspace where $1::json is not null order by workspace`,
)

/** `readers`: the workers of this build. A group that nobody reads for any more must not keep every blob for ever. */
export function makePrunes(loops: OnLoops, readers: readonly string[]): Prunes {
  const some = (of: Statement) => async (days: number) => (await loops.run(of, days)).length >= piece
  return {
    inbox: async (days) => {
      await loops.run(inbox, days)
      return false // one swap is all there is to do
    },
    feed: some(feed),
    answers: some(answers),
    buckets: async (days) => (await loops.run<{ gone: number }>(buckets, days))[0]?.gone === piece,
    waiting: some(waiting),
    uploads: some(uploads),
    assignments: some(assignments),
    autoReplyNotes: async (days) => (await some(autoReplyNotes)(days)) || (await some(noticeNotes)(days)),
    blobsInUse: async (workspace, refs) =>
      new Set((await loops.run<{ ref: BlobRef }>(inUse, { workspace, refs, readers })).map(({ ref }) => ref)),
    workspaces: async () => (await loops.run<{ workspace: WorkspaceId }>(workspaces, 0)).map((it) => it.workspace),
  }
}
