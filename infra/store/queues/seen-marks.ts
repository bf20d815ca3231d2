// Read receipts we owe a vendor: best effort, given up after a few tries.
import type { Clock } from '../../../core/ports/edges.ts'
import type { SeenMarks } from '../../../core/ports/queues.ts'
import { statement } from '../statement.ts'
import { secondsUntil } from './delay.ts'
import type { OnLoops } from './on-loops.ts'

const tries = 5
/** A mark whose process died is tried again after this. */
const againSeconds = 60

// With one whose last try ended with its process: nobody else would take it away.
const claim = statement(
  'seen_claim',
  `with given_up as (delete from seen_mark where not_before <= now() and attempt >= ${tries})
   update seen_mark s set attempt = s.attempt + 1, not_before = now() + make_interval(secs => ${againSeconds})
   from (select workspace, id from seen_mark where not_before <= now() and attempt < ${tries}
     order by not_before limit ($1::json #>> '{}')::int for update skip locked) q
   where s.workspace = q.workspace and s.id = q.id
   returning json_build_array(s.workspace, s.id)::text as id, s.workspace, s.channel, s.account, s.external_id as "externalId"`,
)
const finish = statement(
  'seen_finish',
  `with q as (select * from json_to_record($1::json) as q (workspace text, id text, seconds double precision)),
     gone as (delete from seen_mark s using q where s.workspace = q.workspace and s.id = q.id and (q.seconds is null or s.attempt >= ${tries}))
   update seen_mark s set not_before = now() + make_interval(secs => q.seconds)
   from q where s.workspace = q.workspace and s.id = q.id and q.seconds is not null and s.attempt < ${tries}`,
)

type Mark = Awaited<ReturnType<SeenMarks['claim']>>[number]
export const makeSeenMarks = (loops: OnLoops, clock: Clock): SeenMarks => ({
  claim: (limit) => loops.run<Mark>(claim, limit),
  finish: async (mark, again) => {
    const [workspace, id] = JSON.parse(mark) as readonly [string, string]
    await loops.run(finish, { workspace, id, seconds: again === null ? null : secondsUntil(again, clock) })
  },
})
