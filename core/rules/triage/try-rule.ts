// What a draft would do to a ticket that is there, without doing it: triage's own reading of it, with the draft alone, without it, and among the rules in force.
import type { Desk } from '../../ports/desk.ts'
import type { RuleRow } from '../../ports/desk-rows.ts'
import type { TriageRow } from '../../ports/reader.ts'
import type { TicketRow } from '../../ports/rows.ts'
import type { RuleBook, RuleMatch, RuleQuestion } from '../../ports/rule-book.ts'
import type { TriedTicketAnswer } from '../../../schemas/desk-answers.ts'
import type { Instant } from '../../../schemas/ids.ts'
import type { RuleTarget } from '../../../schemas/rule.ts'
import { byOrder, makeRuleBook } from '../match/rule-book.ts'
import { struckBy } from '../match/ticket-hours.ts'
import { tagsChange } from '../tags.ts'
import { maySet, shownStatus, standingOf } from '../ticket-status.ts'
import { deedsOf, factsAsked, type AllDeeds } from './deeds.ts'
import { silent } from './speak.ts'

/** `overruled`: what a rule in force decides instead. */
export type Tried = Pick<TriedTicketAnswer, 'tests' | 'changes' | 'overruled'>
type WouldChange = Tried['changes'][number]
export interface Try {
  readonly rule: RuleRow
  readonly desk: Desk
  /** Hours that have not struck change nothing yet. */
  readonly now: Instant
}

/** Makes ready once what many tickets are asked. Null: it does not match. */
export function tryRule({ rule, desk, now }: Try): (row: TriageRow) => Tried | null {
  const draft = { ...rule, isActive: true }
  const rules = makeRuleBook({ rules: [draft] })
  const alone: Desk = { ...desk, rules, ruleById: new Map([[draft.id, draft]]) }
  return (row) => {
    const asked = draft.on === 'created' ? asOpened(row) : row
    const question = questionOf(draft, asked, desk)
    const [match] = hasStruck(draft, row, { desk: alone, now }) ? rules.matches(question) : []
    if (match === undefined) return null
    const tests = [...match.tests]
    if (row.ticket.status === 'closed') return { tests, changes: [], overruled: [] }
    const deeds = deedsBy({ rule: draft, row: asked, desk, now })
    const rivals = rivalsOf(desk.rules, question, draft)
    const asOpens = saysAsItOpens(draft, asked.ticket)
    const done: Done = {
      draft: draft.id,
      asked: asked.ticket,
      rivals,
      alone: asOpens(deeds([match])),
      without: deeds([]),
      all: asOpens(deeds([...rivals, match].toSorted((a, b) => byOrder(a.rule, b.rule)))),
    }
    return { tests, ...told(done, row.ticket, desk) }
  }
}

/** The same picture, whichever rules are thought to match it. */
const deedsBy =
  ({ rule: { on, fields }, row, desk, now }: Try & { readonly row: TriageRow }) =>
  (matches: readonly RuleMatch[]): AllDeeds => {
    const { id, origin, priority, status, type } = row.ticket
    const isImport = on === 'created' && origin === 'import'
    // What was found in a first message stood nowhere before.
    const language = on === 'created' && origin === 'customer' ? null : row.ticket.language
    const question = { on, field: fields[0] ?? null, ticket: id, message: row.message?.id ?? null, after: [] }
    const news = {
      origin: isImport ? 'import' : 'live',
      opened: on === 'created' ? { priority, status } : null,
      typed: on === 'changed' && fields.includes('type') ? type : null,
    } as const
    const ticket = { ...row.ticket, language }
    return deedsOf({ news, question, desk, row, ticket, isLive: false, now, matches }, silent)
  }

/** Triage does nothing where a rule says what is so already, and the ticket may have become something else since: of what nobody else decides the draft's word counts. */
const saysAsItOpens =
  ({ id, then: { priority } }: RuleRow, opened: TicketRow) =>
  (deeds: AllDeeds): AllDeeds =>
    priority !== opened.priority || doerOf(deeds, 'priority') !== undefined
      ? deeds
      : {
          ...deeds,
          set: { ...deeds.set, priority },
          did: [...deeds.did, { rule: id, target: 'priority' }],
        }

function questionOf({ on, fields, id }: RuleRow, row: TriageRow, desk: Desk): RuleQuestion {
  const { channel, account, brand } = row.ticket
  return { on, fields, rule: id, channel, account, brand, facts: factsAsked(row, desk) }
}

/** What a customer's first message opens is new and low, and nobody has said anything of it yet; what others opened is asked as it stands. */
function asOpened(row: TriageRow): TriageRow {
  if (row.ticket.origin !== 'customer') return row
  const opened: Partial<TicketRow> = {
    status: 'new',
    customStatus: null,
    category: 'open',
    priority: 'low',
    type: null,
    topic: null,
    tags: [],
    folders: [],
    assignee: null,
    group: null,
  }
  return { ...row, ticket: { ...row.ticket, ...opened }, messageCount: 1, isFollowedUp: false }
}

/** A draft was never asked before, though a rule of its id may have been. */
const hasStruck = (
  { on, id }: RuleRow,
  row: TriageRow,
  { desk, now }: { readonly desk: Desk; readonly now: Instant },
): boolean => on !== 'time' || struckBy(now, { ...row, asked: {} }, desk).some(({ rule }) => rule === id)

/** Rules in force that are asked the same. One of time is asked at an hour of its own, and has none. */
const rivalsOf = (rules: RuleBook, question: RuleQuestion, draft: RuleRow): readonly RuleMatch[] =>
  question.on === 'time' ? [] : rules.matches(question).filter(({ rule }) => rule.id !== draft.id)

interface Done {
  readonly draft: string
  /** As the rules saw it. */
  readonly asked: TicketRow
  /** In their order. */
  readonly rivals: readonly RuleMatch[]
  readonly alone: AllDeeds
  readonly without: AllDeeds
  readonly all: AllDeeds
}
const singles = ['type', 'topic', 'language', 'priority', 'status', 'group', 'assignee'] as const
type Single = (typeof singles)[number]

function told(done: Done, ticket: TicketRow, desk: Desk): Omit<Tried, 'tests'> {
  const changes: WouldChange[] = []
  const overruled: Tried['overruled'] = []
  for (const field of singles) {
    const to = valueOf(done.alone, field)
    const from = shownIn(ticket, field)
    if (to === undefined || to === from || !isOfDraft(done, field) || !isStillOpen(field, to, ticket, desk)) continue
    const by = rulerOf(done, field, to)
    if (by === null) changes.push({ field, from, to })
    else overruled.push({ field, rule: by, name: desk.ruleById.get(by)?.name ?? by })
  }
  return { changes: [...changes, ...added(done.alone, ticket)], overruled }
}

/** Undefined: it is not touched. Whose it is, is said by the line it waits in. */
function valueOf({ set, changes }: AllDeeds, field: Single): string | null | undefined {
  if (field === 'status')
    return set.status === undefined
      ? undefined
      : shownStatus({ status: set.status, customStatus: set.customStatus ?? null })
  if (field !== 'assignee') return set[field]
  const named = changes.flatMap((it) => (it.do === 'queue-ticket' ? (it.waiting.agent ?? []) : []))
  return named[0] ?? set.assignee
}

const targetOf = (field: Single): RuleTarget => (field === 'assignee' ? 'agent' : field)
const doerOf = ({ did }: AllDeeds, target: RuleTarget): string | undefined =>
  did.find((it) => it.target === target)?.rule

/** Its own word or what follows from it, and not what would come about anyway. */
const isOfDraft = ({ draft, alone, without }: Done, field: Single): boolean =>
  doerOf(alone, targetOf(field)) === draft || valueOf(alone, field) !== valueOf(without, field)

/** The rule in force that decides it instead: the field itself, or the type or status that it follows from. Null: none. */
function rulerOf(done: Done, field: Single, to: string | null): string | null {
  const { draft, all } = done
  const doer = doerOf(all, targetOf(field))
  if (doer !== undefined && doer !== draft) return doer
  if (valueOf(all, field) === to) return null
  const others = ([field, 'type', 'status', 'group', 'assignee'] as const).map(
    (it) => doerOf(all, targetOf(it)) ?? leaverOf(done, it),
  )
  return others.find((it) => it !== undefined && it !== draft) ?? null
}

/** Whose word is what is so already: triage lets it decide, and does nothing for it. */
const leaverOf = ({ asked, rivals }: Done, field: Single): string | undefined =>
  rivals.find(({ rule: { then } }) => then[targetOf(field)] === shownIn(asked, field))?.rule.id
const shownIn = (ticket: TicketRow, field: Single): string | null =>
  field === 'status' ? shownStatus(ticket) : ticket[field]

/** Asked of a ticket as it was opened, a status may be out of its reach by now. */
function isStillOpen(field: Single, to: string | null, ticket: TicketRow, desk: Desk): boolean {
  if (field !== 'status' || to === null) return true
  const standing = standingOf(desk, to)
  return standing !== null && maySet(ticket, standing)
}

function added({ set }: AllDeeds, ticket: TicketRow): readonly WouldChange[] {
  const { tags } = tagsChange(ticket.tags, [...ticket.tags, ...(set.tags ?? [])])
  const folders = [...new Set([...ticket.folders, ...(set.folders ?? [])])]
  return [
    ...(tags.length > ticket.tags.length ? [{ field: 'tags', from: [...ticket.tags], to: [...tags] }] : []),
    ...(folders.length > ticket.folders.length ? [{ field: 'folders', from: [...ticket.folders], to: folders }] : []),
  ]
}
