// What became of our replies: receipts, echoes and outcomes move a reply forward, and a ticket whose reply failed is seen again.
import type { AnyEvent, NewEvent } from '../../schemas/events.ts'
import type { MessageId } from '../../schemas/ids.ts'
import type { ReplyState } from '../../schemas/reply.ts'
import type { ReplyRow } from '../../core/ports/rows.ts'
import { nothing, worker, type Change, type Decision, type Moment } from '../../core/ports/worker.ts'
import { changesOf, untouched } from '../../core/rules/message-facts.ts'
import { decisionOf, marksOfSent } from '../../core/rules/standing-answer.ts'
import { isProven, nextReplyState, proofOf } from '../../core/rules/reply-state.ts'
import { outcomeOf } from '../../core/rules/status-machine.ts'
import { moveStatus } from '../../core/rules/ticket-status.ts'
import { plusSeconds } from '../../core/rules/durations.ts'
import { basisOf, heard, locksOf, moreLocksOf, readFacts, readUpTo, type Facts, type Heard } from './read.ts'

export default worker({
  name: 'outbound',
  on: heard,
  guard: 'inbox',
  locks: locksOf,
  moreLocks: (_event, facts: Facts) => moreLocksOf(facts),
  facts: readFacts,
  decide: (event: Heard, facts: Facts, moment): Decision => decide(event, facts, moment),
})

/** What was told of a reply: by the vendor, or by its echo, which proves that it went out. */
interface Told {
  readonly state: ReplyState
  readonly externalId: string | null
  readonly code: string | null
  readonly why: string | null
}

function decide(event: Heard, facts: Facts, moment: Moment): Decision {
  switch (event.type) {
    case 'message.delivery_updated':
      if (event.data.upTo !== null) return readOn(event, facts, moment)
      if (facts.replies.length === 0) return keepForLater(event, facts)
      return isProvenBy(event, facts) || moment.isAsked === true ? receipt(event, facts, moment) : aside(event)
    case 'wake.due':
      return readOn(event, facts, moment)
    case 'message.echoed': {
      const told = { state: 'sent', externalId: event.data.externalId, code: null, why: null } as const
      return joined(facts.replies.map((row) => advance(row, told, { facts, moment })))
    }
    case 'message.sent':
      return joined([
        saidBefore(event.data.message as MessageId, facts, moment),
        decisionOf(marksOfSent(event.data.message as MessageId, facts.said)),
      ])
    case 'reply.refused':
      return joined(
        facts.replies.map((row) =>
          row.state === 'failed' ? showAgain(row, 'reply_failed', { facts, moment }) : nothing,
        ),
      )
    case 'reply.unsure':
      return joined(
        facts.replies.map((row) =>
          row.state === 'unsure' ? showAgain(row, 'reply_unsure', { facts, moment }) : nothing,
        ),
      )
  }
}

type Updated = Extract<Heard, { type: 'message.delivery_updated' }>

/** What anybody could have said counts only of whom the reply went to (P11). */
const isProvenBy = ({ data }: Updated, { replies, proven }: Facts): boolean =>
  data.proof === undefined || replies.every((it) => it.conversation === proven)

const aside = (event: Updated): Decision => ({
  changes: [
    {
      do: 'set-aside',
      event,
      worker: 'outbound',
      why: `A report says that ${event.data.recipient ?? 'somebody'} did not get a reply which did not go there, and nothing proves that it is genuine; retry it to believe it.`,
    },
  ],
  events: [],
})

function receipt(event: Updated, facts: Facts, moment: Moment): Decision {
  return joined(
    facts.replies.map((row) => {
      const missed = missedBy(event, row)
      if (missed !== null) return noted(row, row.state, [missed], moment)
      const told = toldBy(event, row)
      return told === null ? nothing : advance(row, told, { facts, moment })
    }),
  )
}

const isOfACopy = ({ state, recipient }: Updated['data'], to: ReplyRow['to']): boolean =>
  state === 'failed' && to.slice(1).includes(recipient ?? '')

/** Who beside the customer did not get it, as a sentence; null where this tells of nobody like that (P11). */
const missedBy = ({ data }: Updated, { to }: ReplyRow): string | null =>
  isOfACopy(data, to) ? `${data.recipient} was not reached: ${data.why ?? data.code ?? 'no reason given'}` : null

/** The reply went out all the same; what is said of it is read beside its state. */
function noted(row: ReplyRow, state: ReplyState, missed: readonly string[], { now }: Moment): Decision {
  const known = row.why ?? ''
  const fresh = missed.filter((it) => !known.includes(it))
  if (fresh.length === 0) return nothing
  const why = [...(known === '' ? [] : [known]), ...fresh].join('; ').slice(0, mostWords)
  return { changes: [{ do: 'set-reply', reply: row.id, state, why, at: now }], events: [] }
}
const mostWords = 4_000

/** Of what is still under way they may have read too: looked at again a moment later, and later, until its answer is known or given up. */
function readOn(
  event: Extract<Heard, { type: 'message.delivery_updated' | 'wake.due' }>,
  facts: Facts,
  moment: Moment,
): Decision {
  const kept = readUpTo(event)
  const upTo = event.type === 'wake.due' ? (kept?.upTo ?? null) : event.data.upTo
  if (upTo === null) return nothing
  const told = {
    state: event.type === 'wake.due' ? 'read' : event.data.state,
    externalId: null,
    code: null,
    why: null,
  } as const
  const moved = joined(facts.replies.map((row) => advance(row, told, { facts, moment })))
  const tries = (kept?.tries ?? 0) + 1
  if (facts.underWay === null || tries > mostLooks) return moved
  const dueAt = plusSeconds(moment.now, 2 ** tries)
  const again: Change = {
    do: 'wake-me',
    kind: 'read_up_to',
    subject: facts.underWay,
    dueAt,
    basis: basisOf({ upTo, tries }),
  }
  return { ...moved, changes: [...moved.changes, again] }
}
/** After 2, 4, 8 … s: some two minutes in all. What is unknown for longer waits for a person. */
const mostLooks = 6

/** One member of a group, or one in Cc, who could not be reached does not make the reply fail for the others. */
function toldBy({ data }: Updated, { to }: ReplyRow): Told | null {
  if (data.state === 'failed' && data.participant !== null) return null
  if (isOfACopy(data, to)) return null
  const { state, externalId, code, why } = data
  return { state, externalId, code, why }
}

/** The receipt came before the vendor's answer to our call: it waits until `message.sent` tells whose it is. */
function keepForLater(event: Updated, { target }: Facts): Decision {
  const { channel, account, data } = event
  // A message that another tool sent has no reply of ours to move.
  if (channel === null || account === null || data.externalId === null || target?.message) return nothing
  return { changes: [{ do: 'await-target', channel, account, externalId: data.externalId, fact: event }], events: [] }
}

interface Known {
  readonly facts: Facts
  readonly moment: Moment
}

function advance(row: ReplyRow, told: Told, known: Known): Decision {
  const next = nextReplyState(row.state, told.state)
  if (next === null) return nothing
  const { externalId, code, why } = told
  const proven = isProven(next) && !isProven(row.state)
  const change: Change = {
    do: 'set-reply',
    reply: row.id,
    state: next,
    // Sent again after it failed, it has another id at the vendor now.
    ...(externalId !== null && (row.externalId === null || !isProven(row.state)) ? { externalId } : {}),
    ...(next === 'failed' ? { code, why } : proven && row.why !== null ? { code: null, why: null } : {}),
    at: known.moment.now,
  }
  const shown = next === 'failed' ? showAgain(row, 'reply_failed', known) : nothing
  return {
    changes: [change, ...shown.changes],
    events: [...(proven ? [sentEvent(row, externalId)] : []), ...shown.events],
  }
}

/** The same event that `deliver` raises when it gets the vendor's answer: whoever is first, it is one. */
const sentEvent = (row: ReplyRow, externalId: string | null): NewEvent => ({
  type: 'message.sent',
  key: row.conversation,
  subject: row.ticket,
  as: proofOf(row.id, row.externalId, externalId),
  data: {
    message: row.message,
    ticket: row.ticket,
    conversation: row.conversation,
    reply: row.id,
    externalId: externalId ?? row.externalId ?? '',
    text: row.text,
  },
})

/** The ticket waits for a customer who got nothing: it is an agent's turn again. */
function showAgain(row: ReplyRow, why: 'reply_failed' | 'reply_unsure', { facts, moment }: Known): Decision {
  const shown = facts.shown.get(row.ticket)
  if (shown === undefined) return nothing
  const { ticket, life } = shown
  const next = outcomeOf(row.author === 'auto' ? 'auto_reply_lost' : 'answer_lost', ticket, { life, at: moment.now })
  return next === 'stay' || next === 'follow-up' ? nothing : moveStatus(ticket, next, { why, at: moment.now, life })
}

/** Now that the vendor's id is known, what was said under it before is told of this reply. */
function saidBefore(message: MessageId, facts: Facts, moment: Moment): Decision {
  const { target } = facts
  const [row] = facts.replies
  if (!target || target.waiting.length === 0 || row === undefined) return nothing
  const { channel, account } = row
  // Of what waited, the keys are not asked for any more: whom the reply went to by name is enough.
  const receipts = target.waiting.filter(isReceipt).filter((it) => isOf(it, row))
  const told = receipts.map((it) => toldBy(it, row)).filter((it) => it !== null)
  const missed = receipts.map((it) => missedBy(it, row)).filter((it) => it !== null)
  const forget: Change = { do: 'forget-waiting', channel, account, externalId: target.externalId }
  const last = lastTold(row, told)
  const moved = last === null ? nothing : advance(row, last, { facts, moment })
  return {
    changes: [
      ...moved.changes,
      ...noted(row, last?.state ?? row.state, missed, moment).changes,
      ...changesOf(message, target.message === null ? untouched : target, target.waiting),
      forget,
    ],
    events: moved.events,
  }
}

const isOf = ({ data }: Updated, { to }: ReplyRow): boolean =>
  data.proof === undefined || to.includes(data.recipient ?? '')
const isReceipt = (event: AnyEvent): event is Updated => event.type === 'message.delivery_updated'

/** Of several, the one that leads furthest. */
function lastTold(row: ReplyRow, told: readonly Told[]): Told | null {
  let state = row.state
  let last: Told | null = null
  for (const one of told) {
    const next = nextReplyState(state, one.state)
    if (next === null) continue
    state = next
    last = one
  }
  return last
}

/** Two replies of one ticket may move it once. */
function joined(decisions: readonly Decision[]): Decision {
  const events = new Map(
    decisions.flatMap((it) => it.events).map((it) => [JSON.stringify([it.type, it.as, it.key, it.slot]), it]),
  )
  const changes = new Map(decisions.flatMap((it) => it.changes).map((it) => [JSON.stringify(it), it]))
  return { changes: [...changes.values()], events: [...events.values()] }
}
