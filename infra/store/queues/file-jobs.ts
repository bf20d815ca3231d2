// Files that are still at the vendor: claimed under a lease, and recorded with their event in one transaction.
import type { EventData, NewEvent } from '../../../schemas/events.ts'
import type { ConversationId } from '../../../schemas/ids.ts'
import type { Clock } from '../../../core/ports/edges.ts'
import type { FileJob, FileJobs } from '../../../core/ports/queues.ts'
import { lockOf } from '../../../core/ports/worker.ts'
import { raise } from '../../../core/runtime/raise.ts'
import { takeLocks } from '../locks.ts'
import { statement } from '../statement.ts'
import { inTransaction, type Inside, type TransactionDeps } from '../transaction.ts'
import { secondsUntil } from './delay.ts'
import { onLoops } from './on-loops.ts'
import type { Waits } from './waits.ts'

const claim = statement(
  'file_claim',
  `update attachment a set attempt = a.attempt + 1, lease_until = now() + make_interval(secs => ($1::json ->> 'seconds')::double precision)
   from (select workspace, id from attachment
     where state = 'pending' and not_before <= now() and message is not null
       and (lease_until <= now() or lease_until > now() + interval '1 hour')
     order by not_before limit ($1::json ->> 'limit')::int for update skip locked) q
   where a.workspace = q.workspace and a.id = q.id
   returning a.id, a.workspace, a.channel, a.account, a.message, a.at_vendor as "atVendor", a.name, a.attempt, a.created_at as since`,
)
const later = statement(
  'file_later',
  `update attachment a set not_before = now() + make_interval(secs => ($1::json ->> 'seconds')::double precision), lease_until = '-infinity', why = $1::json ->> 'why'
   where a.workspace = $1::json ->> 'workspace' and a.id = $1::json ->> 'id' and a.state = 'pending' and a.attempt = ($1::json ->> 'attempt')::int`,
)
// Whoever brings the bytes is believed; what failed only while the lease was its own.
const settle = statement(
  'file_settle',
  `update attachment a set state = q.state, blob = q.blob, type = coalesce(q.type, a.type), size = coalesce(q.size, a.size),
     sha256 = coalesce(q.sha256, a.sha256), why = q.why, lease_until = '-infinity'
   from json_to_record($2::json) as q (id text, attempt int, state text, blob text, type text, size bigint, sha256 text, why text)
   where a.workspace = $1 and a.id = $2::json ->> 'id' and a.state = 'pending' and (a.attempt = q.attempt or q.state = 'stored')
   returning a.name`,
)
const conversationOf = statement(
  'file_conversation',
  `select m.conversation, m.correlation from message m where m.workspace = $1 and m.id = $2::json #>> '{}' limit 1`,
)

export interface FileJobDeps extends TransactionDeps {
  readonly clock: Clock
  readonly waits: Waits
}
export function makeFileJobs(deps: FileJobDeps): FileJobs {
  const loops = onLoops(deps.database)
  return {
    claim: (limit, seconds) => loops.run<FileJob>(claim, { limit, seconds }),
    stored: (job, file) =>
      record(job, { state: 'stored', ...file }, deps, (about, name) => ({
        type: 'attachment.stored',
        data: { ...about, ...file, name },
      })),
    failed: (job, state, why) =>
      record(job, { state, why }, deps, (about) => ({ type: 'attachment.failed', data: { ...about, state, why } })),
    later: async (job, at, why) => {
      await loops.run(later, { ...job, seconds: secondsUntil(at, deps.clock), why })
    },
    wait: deps.waits.wait,
  }
}

type About = Pick<EventData['attachment.stored'], 'attachment' | 'message' | 'conversation'>
type Told =
  | { readonly type: 'attachment.stored'; readonly data: EventData['attachment.stored'] }
  | { readonly type: 'attachment.failed'; readonly data: EventData['attachment.failed'] }

async function record(
  job: FileJob,
  set: { readonly state: string; readonly why?: string },
  deps: FileJobDeps,
  tell: (about: About, name: string) => Told,
): Promise<void> {
  await inTransaction(async (enter) => {
    const inside = await enter(job.workspace)
    const [of] = await inside.run<{ conversation: ConversationId | null; correlation: string }>(
      conversationOf,
      job.message,
    )
    if (of === undefined) return
    const key = of.conversation ?? job.message
    // Events of one key leave in the order of their commits.
    await takeLocks(inside, [lockOf('conversation', key)])
    const [file] = await inside.run<{ name: string }>(settle, { id: job.id, attempt: job.attempt, ...set })
    if (file === undefined) return
    const about = { attachment: job.id, message: job.message, conversation: of.conversation }
    const event = { key, subject: key, ...tell(about, file.name) } as NewEvent
    await inside.emit(raise([event], causeOf(job, of.correlation, inside)))
  }, deps)
}

const causeOf = (job: FileJob, correlation: string, { now }: Inside) => ({
  workspace: job.workspace,
  channel: job.channel,
  account: job.account,
  decider: 'fetch-files',
  name: job.id,
  event: null,
  correlation,
  actor: { kind: 'system', id: 'fetch-files' } as const,
  origin: 'live' as const,
  now,
})
