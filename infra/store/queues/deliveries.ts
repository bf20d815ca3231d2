// Replies on their way out, for the loop that sends them: claimed in one call, finished in shared transactions that fence late answers.
import type { Channel } from '../../../core/ports/channel.ts'
import type { Deliveries, Delivery } from '../../../core/ports/queues.ts'
import { statement } from '../statement.ts'
import { secondsUntil } from './delay.ts'
import { finish, type FinishDeps } from './finish-delivery.ts'
import { joinFinishes } from './join-finishes.ts'
import { onLoops } from './on-loops.ts'
import { makeSays } from './said.ts'
import type { Waits } from './waits.ts'

/** As the claim reads them: a list, or lists by a setting of the account. */
export type Limits =
  | Channel<unknown, string>['limits']
  | (Pick<Channel<unknown, string>, 'limits'> & NonNullable<Channel<unknown, string>['limitsBy']>)
export interface DeliveryDeps extends FinishDeps {
  readonly waits: Waits
  /** Of every channel that sends, by name. */
  readonly limits: ReadonlyMap<string, Limits>
  /** Sends under way at once to one account, over all processes: a vendor that hangs may not take every place (G22). */
  readonly atOncePerAccount: number
}

const claim = statement(
  'delivery_claim',
  `select d.workspace, d.id, d.message, d.ticket, d.conversation, d.channel, d.account, d.attempt, d.tries, d.correlation, d.outbound,
     d.queued_at as "queuedAt", d.customer_at as "customerAt", d.was_sending as "wasSending"
   from json_to_record($1::json) as q (room int, seconds double precision, "perAccount" int, limits json)
   cross join lateral claim_deliveries(q.room, make_interval(secs => q.seconds), q."perAccount", q.limits) d`,
)
// One that may have been sent stays "sending" with its lease run out, so that whoever takes it next is told so (G19).
const putBack = statement(
  'delivery_put_back',
  `update reply r set state = $1::json ->> 'state', attempt = r.attempt - 1,
     not_before = now() + make_interval(secs => ($1::json ->> 'seconds')::double precision),
     lease_until = '-infinity', updated_at = now()
   where r.workspace = $1::json ->> 'workspace' and r.id = $1::json ->> 'id' and r.attempt = ($1::json ->> 'attempt')::int and r.state = 'sending'`,
)
// Nobody else has claimed it since: each claim has a number of its own, also where the lease ran out a moment ago.
const keep = statement(
  'delivery_keep',
  `update reply r set lease_until = now() + make_interval(secs => ($1::json ->> 'seconds')::double precision)
   where r.workspace = $1::json ->> 'workspace' and r.id = $1::json ->> 'id' and r.attempt = ($1::json ->> 'attempt')::int and r.state = 'sending'
   returning r.id`,
)
const hold = statement(
  'account_hold',
  `insert into account_hold as h (workspace, channel, account, until, why)
   select q.workspace, q.channel, q.account, now() + make_interval(secs => q.seconds), q.why
   from json_to_record($1::json) as q (workspace text, channel text, account text, seconds double precision, why text)
   on conflict (workspace, channel, account) do update set why = excluded.why,
     until = case when h.until is null or excluded.until is null then null else greatest(h.until, excluded.until) end`,
)

export function makeDeliveries(deps: DeliveryDeps): Deliveries {
  const loops = onLoops(deps.database)
  const limits = Object.fromEntries(deps.limits)
  return {
    claim: async (room, seconds) =>
      room < 1 ? [] : loops.run<Delivery>(claim, { room, seconds, perAccount: deps.atOncePerAccount, limits }),
    finish: joinFinishes((workspace, ended) => finish(workspace, ended, deps)),
    keep: async ({ workspace, id, attempt }, seconds) =>
      (await loops.run(keep, { workspace, id, attempt, seconds })).length > 0,
    says: makeSays(deps),
    putBack: async ({ workspace, id, attempt, wasSending }, at) => {
      const seconds = secondsUntil(at, deps.clock)
      await loops.run(putBack, { workspace, id, attempt, seconds, state: wasSending ? 'sending' : 'queued' })
    },
    hold: async (workspace, channel, account, until, why) => {
      const seconds = until === null ? null : secondsUntil(until, deps.clock)
      await loops.run(hold, { workspace, channel, account, seconds, why })
    },
    wait: deps.waits.wait,
  }
}
