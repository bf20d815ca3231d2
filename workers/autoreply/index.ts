// Answers a customer without a person, where the desk says so and nothing forbids it: once, in their language, and never a robot (D11, D12, L2, B20, P10).
import type { Because } from '../../schemas/because.ts'
import type { NewEvent } from '../../schemas/events.ts'
import { automaticTopic } from '../../schemas/auto-reply.ts'
import { nothing, worker, type Change, type Decision, type Moment } from '../../core/ports/worker.ts'
import { answered } from '../../core/rules/answer.ts'
import { budgetsOf } from '../../core/rules/auto-reply/budgets.ts'
import { stillTrue, type Chosen } from '../../core/rules/auto-reply/choose.ts'
import { opensAfter } from '../../core/rules/auto-reply/hours.ts'
import { autoReplyLocks } from '../../core/rules/auto-reply/locks.ts'
import { whyWithheld, type Withheld } from '../../core/rules/auto-reply/withhold.ts'
import { filled, openingIn, safeName, textIn, type Values } from '../../core/rules/auto-reply/words.ts'
import type { Draft } from '../../core/rules/fit.ts'
import { whyNoReply, type ReadyFacts } from '../../core/rules/reply-facts.ts'
import { sentenceOf } from '../../core/rules/rule-sentence.ts'
import { fieldChanged } from '../../core/rules/ticket-events.ts'
import { builtIn, moved } from '../../core/rules/ticket-status.ts'
import { askedBy, heard, type Heard } from './heard.ts'
import { readFacts, type Facts } from './read.ts'

type Known = NonNullable<Facts> & { readonly chosen: Chosen }

export default worker({
  name: 'autoreply',
  on: [...heard],
  // A message has one note of its answer, and a ticket one of each reason for none: a repeat finds it, and what concerns nobody leaves no row.
  guard: 'own-key',
  everyMs: 100,
  concerns: (event: Heard) => askedBy(event) !== null,
  locks: () => [],
  moreLocks: (_event, facts: Facts) => (facts === null ? [] : autoReplyLocks(facts.asked)),
  facts: readFacts,
  decide(event: Heard, facts: Facts, moment): Decision {
    const chosen = facts === null ? null : stillTrue(facts.choices, moment.now)
    return facts === null || chosen === null ? nothing : decide(event, { ...facts, chosen }, moment)
  },
})

function decide(event: Heard, known: Known, moment: Moment): Decision {
  const ready = whyNoReply(known.reply)
  if ('refuse' in ready) return withheld(known, ready, moment)
  const { reply, calendar } = known.chosen
  const { earlier, isLive, isOurs, count } = known
  const message = known.row.message!
  const budgets = budgetsOf(known.desk, known.row.ticket.brand)
  const { now } = moment
  const why = whyWithheld({ reply, calendar, message, facts: ready, earlier, isLive, isOurs, count, budgets, now })
  if (why !== null) return withheld(known, why, moment)
  const { draft, language } = draftOf(known, moment)
  const spoken = { ...ready, ticket: { ...ready.ticket, language } }
  const from = { id: 'autoreply', name: reply.name, address: null, keys: [] }
  const made = answered(draft, spoken, { moment, from, correlation: event.correlation, to: 0, said: reasonOf(known) })
  if ('refuse' in made) return withheld(known, made, moment)
  const resolved = resolving(known, ready, moment)
  return {
    changes: [...made.queued.changes, noted(known, null, moment), ...resolved.changes],
    events: [...made.queued.events, ...resolved.events],
  }
}

function reasonOf({ chosen: { reply, match } }: Known) {
  const because: Because = { rule: null, by: 'auto_reply', name: reply.name, tests: [...match.tests] }
  return { why: sentenceOf(match).replace(/^Rule/, 'Automatic reply'), because }
}

/** In their language, and laid out in it: what stands around the text speaks like the text. */
function draftOf({ chosen: { reply, calendar }, row, desk, reply: { can, contact } }: Known, { now }: Moment) {
  const { ticket } = row
  const brand = desk.brands.get(ticket.brand ?? '') ?? null
  const found = textIn(reply.texts, [ticket.language, contact?.language, brand?.language])
  const { language, text } = found ?? { language: 'en', text: { text: '' } }
  // Who wrote when it was closed is told when it opens, also where it just did.
  const opens = opensAfter(calendar, now) ?? opensAfter(calendar, row.message!.sentAt)
  const values: Values = {
    'ticket.number': String(ticket.number),
    'requester.name': safeName(ticket.requesterName),
    'brand.name': brand?.name ?? null,
    'hours.nextOpening':
      opens === null || calendar === null ? null : openingIn(language, { opens, now, timezone: calendar.timezone }),
  }
  const html = can?.text.format === 'html' ? text.html : undefined
  const draft: Draft = {
    author: 'auto',
    text: filled(text.text, values),
    ...(html === undefined ? {} : { html: filled(html, values, true) }),
    parts: [],
    attachments: [],
    copies: 0,
  }
  return { draft, language }
}

/** Desk360's way, where it is asked for and nobody waits live: answered and away, until they write again; what follows up on a ticket of theirs is that (D11, B6). */
function resolving(known: Known, { life }: ReadyFacts, { now: at }: Moment): Decision {
  const { ticket } = known.row
  if (!known.chosen.reply.resolve || known.isLive || ticket.status !== 'new' || ticket.parent !== null) return nothing
  const { why, because } = reasonOf(known)
  const { set, changes, events } = moved(ticket, builtIn('resolved'), { why, because, at, life })
  return {
    changes: [{ do: 'set-ticket', ticket: ticket.id, set: { ...set, topic: automaticTopic }, at }, ...changes],
    events: [...events, fieldChanged(ticket, 'topic', automaticTopic, { why, because })],
  }
}

function withheld(known: Known, { code, why, isSilent }: Withheld, moment: Moment): Decision {
  if (isSilent === true || known.count.told.includes(code)) return nothing
  const { ticket, cause: message } = known.asked
  const { because } = reasonOf(known)
  const event: NewEvent = {
    type: 'ticket.auto_reply_withheld',
    key: ticket,
    subject: ticket,
    data: { ticket, message, autoReply: known.chosen.reply.id, code, why, because },
  }
  return { changes: [noted(known, code, moment)], events: [event] }
}

const noted = ({ asked, chosen }: Known, code: string | null, { now: at }: Moment): Change => {
  const { ticket, cause, conversation, address, domain } = asked
  return {
    do: 'note-auto-reply',
    note: { ticket, cause, code, kind: chosen.reply.kind, conversation, address, domain, at },
  }
}
