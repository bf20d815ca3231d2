// What became of one try to send: the new state, the try itself and the event, in one transaction.
import type { NewEvent } from '../../../schemas/events.ts'
import type { ReplyState } from '../../../schemas/reply.ts'
import type { Clock } from '../../../core/ports/edges.ts'
import type { Delivery, Finished } from '../../../core/ports/queues.ts'
import { lockOf, type LockKey } from '../../../core/ports/worker.ts'
import { isProven, nextReplyState, proofOf } from '../../../core/rules/reply-state.ts'
import { externalLock, threadLock } from '../../../core/rules/thread-locks.ts'
import { raise } from '../../../core/runtime/raise.ts'
import { setReply } from '../apply/replies.ts'
import { takeLocks } from '../locks.ts'
import { statement } from '../statement.ts'
import { secondsUntil } from './delay.ts'
import { inTransaction, type Inside, type TransactionDeps } from '../transaction.ts'

const hold = statement(
  'finish_hold',
  `select r.state, r.attempt, r.external_id as "externalId" from reply r where r.workspace = $1 and r.id = $2::json #>> '{}' for update`,
)
const noteTry = statement(
  'finish_try',
  `insert into reply_attempt as a (workspace, reply, n, outcome, why)
   select $1, q.id, q.n, q.outcome, q.why from json_to_record($2::json) as q (id text, n int, outcome text, why text)
   on conflict (workspace, reply, n) do update set outcome = excluded.outcome, why = excluded.why, at = now()`,
)
// The lease ends with the try; what may have been sent before stays "sending" for whoever takes it next.
const letGo = statement(
  'finish_let_go',
  `update reply r set lease_until = '-infinity',
     not_before = coalesce(now() + make_interval(secs => ($2::json ->> 'seconds')::double precision), r.not_before),
     why = coalesce($2::json ->> 'why', r.why)
   where r.workspace = $1 and r.id = $2::json ->> 'id'`,
)

// A key that leads elsewhere already stays there: nothing that was sent is undone for it.
const addKeys = statement(
  'finish_keys',
  `insert into thread_key (workspace, channel, account, key, conversation)
   select $1, q.channel, q.account, k, q.conversation
   from json_to_record($2::json) as q (channel text, account text, conversation text, keys json)
   cross join lateral json_array_elements_text(q.keys) k order by k
   on conflict (workspace, channel, account, key) do nothing`,
)

interface Standing {
  readonly state: ReplyState
  readonly attempt: number
  readonly externalId: string | null
}

export interface FinishDeps extends TransactionDeps {
  readonly clock: Clock
}
export async function finish(delivery: Delivery, outcome: Finished, deps: FinishDeps): Promise<void> {
  await inTransaction(async (enter) => {
    const inside = await enter(delivery.workspace)
    await takeLocks(inside, locksOf(delivery, outcome))
    const [row] = await inside.run<Standing>(hold, delivery.id)
    if (row === undefined) return // its workspace was erased meanwhile
    await inside.run(noteTry, {
      id: delivery.id,
      n: delivery.attempt,
      outcome: outcome.is,
      why: 'why' in outcome ? outcome.why : null,
    })
    // Another process took it over since: only that it went out is still news.
    const mine = row.attempt === delivery.attempt && row.state === 'sending'
    if (outcome.is === 'sent') await sent(delivery, outcome, row, inside)
    else if (mine) await notSent(delivery, outcome, { ...inside, clock: deps.clock })
  }, deps)
}

/** Of the rank and name that threading and outbound take for an external id: whoever speaks of it waits until it is known whose it is. */
const locksOf = ({ channel, account, conversation }: Delivery, outcome: Finished): readonly LockKey[] => [
  ...(outcome.is === 'sent' ? [externalLock({ channel, account }, outcome.externalId)] : []),
  ...keysOf(outcome).map((key) => threadLock({ channel, account }, key)),
  lockOf('conversation', conversation),
]

const keysOf = (outcome: Finished): readonly string[] => (outcome.is === 'sent' ? (outcome.keys ?? []) : [])

/** A late answer is believed: the customer has it. Receipts that came before it wait under the external id, for `message.sent`. */
async function sent(
  delivery: Delivery,
  outcome: Extract<Finished, { is: 'sent' }>,
  row: Standing,
  inside: Inside,
): Promise<void> {
  const { externalId } = outcome
  const state = nextReplyState(row.state, 'sent') ?? row.state
  await setReply(inside, [
    { do: 'set-reply', reply: delivery.id, state, externalId, at: inside.now, ...(isProven(state) ? clean : {}) },
  ])
  await inside.run(letGo, { id: delivery.id })
  const keys = keysOf(outcome)
  if (keys.length > 0) {
    const { channel, account, conversation } = delivery
    await inside.run(addKeys, { channel, account, conversation, keys })
  }
  if (isProven(state) && (row.externalId === null || state !== row.state))
    await tell(
      {
        type: 'message.sent',
        externalId,
        text: delivery.outbound.text,
        as: proofOf(delivery.id, row.externalId, externalId),
      },
      delivery,
      inside,
    )
}
const clean = { code: null, why: null } as const

async function notSent(
  delivery: Delivery,
  outcome: Exclude<Finished, { is: 'sent' }>,
  inside: Inside & { readonly clock: Clock },
): Promise<void> {
  const reply = delivery.id
  const at = inside.now
  switch (outcome.is) {
    case 'refused':
      await setReply(inside, [{ do: 'set-reply', reply, state: 'failed', code: outcome.code, why: outcome.why, at }])
      await inside.run(letGo, { id: reply })
      return tell({ type: 'reply.refused', code: outcome.code, why: outcome.why }, delivery, inside)
    case 'unsure':
      await setReply(inside, [{ do: 'set-reply', reply, state: 'unsure', why: outcome.why, at }])
      await inside.run(letGo, { id: reply })
      return tell({ type: 'reply.unsure', why: outcome.why }, delivery, inside)
    case 'later':
      if (!delivery.wasSending) await setReply(inside, [{ do: 'set-reply', reply, state: 'queued', at }])
      await inside.run(letGo, { id: reply, seconds: secondsUntil(outcome.notBefore, inside.clock), why: outcome.why })
  }
}

type Told =
  | {
      readonly type: 'message.sent'
      readonly externalId: string
      readonly text: string
      readonly as: ReturnType<typeof proofOf>
    }
  | { readonly type: 'reply.refused'; readonly code: string; readonly why: string }
  | { readonly type: 'reply.unsure'; readonly why: string }

/** A person may send it again, so what came of each try is an event of its own. */
async function tell(told: Told, delivery: Delivery, inside: Inside): Promise<void> {
  const { id, message, ticket, conversation, attempt } = delivery
  const { type, as, ...more } = { as: { decider: 'deliver', cause: `${id} ${attempt}` }, ...told }
  const event = {
    type,
    as,
    key: conversation,
    subject: ticket,
    data: { reply: id, message, ticket, conversation, ...more },
  } as NewEvent
  const cause = {
    workspace: delivery.workspace,
    channel: delivery.channel,
    account: delivery.account,
    decider: 'deliver',
    name: id,
    event: null,
    correlation: delivery.correlation,
    actor: { kind: 'system', id: 'deliver' } as const,
    origin: 'live' as const,
    now: inside.now,
  }
  await inside.emit(raise([event], cause))
}
