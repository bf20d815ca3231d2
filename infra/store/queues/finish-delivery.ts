// What became of tries to send, of one workspace: the new states, the tries themselves and the events, in one transaction.
import type { NewEvent } from '../../../schemas/events.ts'
import type { WorkspaceId } from '../../../schemas/ids.ts'
import type { ReplyState } from '../../../schemas/reply.ts'
import type { Clock } from '../../../core/ports/edges.ts'
import type { Delivery, Finished, KeptSaid } from '../../../core/ports/queues.ts'
import { lockOf, type Change, type LockKey } from '../../../core/ports/worker.ts'
import { isProven, nextReplyState, proofOf } from '../../../core/rules/reply-state.ts'
import { externalLock, threadLock } from '../../../core/rules/thread-locks.ts'
import { raise } from '../../../core/runtime/raise.ts'
import { setReply } from '../apply/replies.ts'
import { takeLocks } from '../locks.ts'
import { statement } from '../statement.ts'
import { secondsUntil } from './delay.ts'
import { noteSaid } from './said.ts'
import { inTransaction, type Inside, type TransactionDeps } from '../transaction.ts'

// Held in the order in which they are written: two of these that share replies wait for each other in one direction only.
const hold = statement(
  'finish_hold',
  `select r.id, r.state, r.attempt, r.external_id as "externalId" from reply r
   where r.workspace = $1 and r.id = any (array(select json_array_elements_text($2::json))) order by r.id for update`,
)
const noteTries = statement(
  'finish_tries',
  `insert into reply_attempt as a (workspace, reply, n, outcome, why)
   select $1, q.id, q.n, q.outcome, q.why from json_to_recordset($2::json) as q (id text, n int, outcome text, why text)
   on conflict (workspace, reply, n) do update set outcome = excluded.outcome, why = excluded.why, at = now()`,
)
// The lease ends with the try; what may have been sent before stays "sending" for whoever takes it next.
const letGo = statement(
  'finish_let_go',
  `update reply r set lease_until = '-infinity'
   where r.workspace = $1 and r.id = any (array(select json_array_elements_text($2::json)))`,
)
const putOff = statement(
  'finish_put_off',
  `update reply r set not_before = now() + make_interval(secs => ($2::json ->> 'seconds')::double precision), why = $2::json ->> 'why'
   where r.workspace = $1 and r.id = $2::json ->> 'id'`,
)

// A key that leads elsewhere already stays there: nothing that was sent is undone for it.
const addKeys = statement(
  'finish_keys',
  `insert into thread_key (workspace, channel, account, key, conversation)
   select $1, q.channel, q.account, q.key, q.conversation
   from json_to_recordset($2::json) as q (channel text, account text, key text, conversation text) order by q.channel, q.account, q.key
   on conflict (workspace, channel, account, key) do nothing`,
)

interface Standing {
  readonly id: string
  readonly state: ReplyState
  readonly attempt: number
  readonly externalId: string | null
}
/** One try that came to its end. */
export interface Ended {
  readonly delivery: Delivery
  readonly outcome: Finished
  readonly kept?: KeptSaid
}
/** What is written down of one. */
interface Written {
  readonly delivery: Delivery
  readonly change: Change<'set-reply'> | null
  readonly putOff: { readonly seconds: number; readonly why: string } | null
  readonly told: Told | null
}

export interface FinishDeps extends TransactionDeps {
  readonly clock: Clock
}
/** Of each reply one, all of one workspace. Whole or not at all. */
export async function finish(workspace: WorkspaceId, ended: readonly Ended[], deps: FinishDeps): Promise<void> {
  await inTransaction(async (enter) => {
    const inside = await enter(workspace)
    await takeLocks(inside, ended.flatMap(locksOf))
    const ids = ended.map(({ delivery }) => delivery.id)
    const rows = new Map((await inside.run<Standing>(hold, ids)).map((row) => [row.id, row]))
    // One that is not there: its workspace was erased meanwhile.
    const there = ended.filter(({ delivery }) => rows.has(delivery.id))
    if (there.length > 0) await write(there, rows, { ...inside, clock: deps.clock })
  }, deps)
}

/** Of the rank and name that threading and outbound take for an external id: whoever speaks of it waits until it is known whose it is. */
const locksOf = ({ delivery: { channel, account, conversation }, outcome }: Ended): readonly LockKey[] => [
  ...(outcome.is === 'sent' ? [externalLock({ channel, account }, outcome.externalId)] : []),
  ...keysOf(outcome).map((key) => threadLock({ channel, account }, key)),
  lockOf('conversation', conversation),
]

const keysOf = (outcome: Finished): readonly string[] => (outcome.is === 'sent' ? (outcome.keys ?? []) : [])

type Within = Inside & { readonly clock: Clock }

async function write(ended: readonly Ended[], rows: ReadonlyMap<string, Standing>, inside: Within): Promise<void> {
  await inside.run(
    noteTries,
    ended.map(({ delivery, outcome }) => ({
      id: delivery.id,
      n: delivery.attempt,
      outcome: outcome.is,
      why: 'why' in outcome ? outcome.why : null,
    })),
  )
  const written = ended.map((one) => writtenOf(one, rows.get(one.delivery.id)!, inside)).filter((it) => it !== null)
  const changes = written.map(({ change }) => change).filter((it) => it !== null)
  if (changes.length > 0) await setReply(inside, changes)
  if (written.length > 0)
    await inside.run(
      letGo,
      written.map(({ delivery }) => delivery.id),
    )
  for (const { delivery, putOff: until } of written)
    if (until !== null) await inside.run(putOff, { id: delivery.id, ...until })
  const said = ended.flatMap(({ delivery, kept }) =>
    kept === undefined || !written.some((it) => it.delivery === delivery)
      ? []
      : [{ message: delivery.message, ...kept }],
  )
  if (said.length > 0) await noteSaid(inside, said)
  const keys = ended.flatMap(({ delivery: { channel, account, conversation }, outcome }) =>
    keysOf(outcome).map((key) => ({ channel, account, key, conversation })),
  )
  if (keys.length > 0) await inside.run(addKeys, keys)
  await inside.emit(written.flatMap(({ told, delivery }) => (told === null ? [] : eventsOf(told, delivery, inside))))
}

function writtenOf({ delivery, outcome, kept }: Ended, row: Standing, inside: Within): Written | null {
  if (outcome.is === 'sent') return sent({ delivery, kept }, outcome.externalId, row, inside)
  // Another process took it over since: only that it went out would still be news.
  const isMine = row.attempt === delivery.attempt && row.state === 'sending'
  return isMine ? notSent(delivery, outcome, inside) : null
}

/** A late answer is believed: the customer has it. Receipts that came before it wait under the external id, for `message.sent`. */
function sent(
  { delivery, kept }: Pick<Ended, 'delivery'> & { readonly kept: KeptSaid | undefined },
  externalId: string,
  row: Standing,
  inside: Within,
): Written {
  const state = nextReplyState(row.state, 'sent') ?? row.state
  const isNews = isProven(state) && (row.externalId === null || state !== row.state)
  const as = proofOf(delivery.id, row.externalId, externalId)
  return {
    delivery,
    change: {
      do: 'set-reply',
      reply: delivery.id,
      state,
      externalId,
      at: inside.now,
      ...(isProven(state) ? clean : {}),
    },
    putOff: null,
    told: isNews ? { type: 'message.sent', externalId, text: delivery.outbound.text, ...kept, as } : null,
  }
}
const clean = { code: null, why: null } as const

function notSent(delivery: Delivery, outcome: Exclude<Finished, { is: 'sent' }>, inside: Within): Written {
  const change = { do: 'set-reply', reply: delivery.id, at: inside.now } as const
  const { why } = outcome
  switch (outcome.is) {
    case 'refused': {
      const { code } = outcome
      const told = { type: 'reply.refused', code, why } as const
      return { delivery, change: { ...change, state: 'failed', code, why }, putOff: null, told }
    }
    case 'unsure':
      return {
        delivery,
        change: { ...change, state: 'unsure', why },
        putOff: null,
        told: { type: 'reply.unsure', why },
      }
    case 'later':
      return {
        delivery,
        change: delivery.wasSending ? null : { ...change, state: 'queued' },
        putOff: { seconds: secondsUntil(outcome.notBefore, inside.clock), why },
        told: null,
      }
  }
}

type Told =
  | {
      readonly type: 'message.sent'
      readonly externalId: string
      readonly text: string
      readonly fullText?: KeptSaid['fullText']
      readonly html?: KeptSaid['html']
      readonly as: ReturnType<typeof proofOf>
    }
  | { readonly type: 'reply.refused'; readonly code: string; readonly why: string }
  | { readonly type: 'reply.unsure'; readonly why: string }

/** A person may send it again, so what came of each try is an event of its own. */
function eventsOf(told: Told, delivery: Delivery, inside: Inside): ReturnType<typeof raise> {
  const { id, message, ticket, conversation, attempt } = delivery
  const { type, as, ...more } = { as: { decider: 'deliver', cause: `${id} ${attempt}` }, ...told }
  const event = {
    type,
    as,
    key: conversation,
    subject: ticket,
    data: { reply: id, message, ticket, conversation, ...more },
  } as NewEvent
  return raise([event], {
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
  })
}
