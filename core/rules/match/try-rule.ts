// What a draft would do to a ticket that is there, without doing it: whether it matches, what it would set, and who said so before it.
import type { Desk } from '../../ports/desk.ts'
import type { RuleRow } from '../../ports/desk-rows.ts'
import type { TriageRow } from '../../ports/reader.ts'
import type { TicketRow } from '../../ports/rows.ts'
import type { RuleBook, RuleMatch, RuleQuestion } from '../../ports/rule-book.ts'
import type { TriedTicketAnswer } from '../../../schemas/desk-answers.ts'
import type { Instant } from '../../../schemas/ids.ts'
import type { RuleThen } from '../../../schemas/rule.ts'
import { isOfBrand } from '../sees.ts'
import { tagsChange } from '../tags.ts'
import { maySet, shownStatus, standingOf } from '../ticket-status.ts'
import { ruleFactsOf } from './facts.ts'
import { byOrder, makeRuleBook } from './rule-book.ts'

/** `overruled`: of single values, a rule in force that comes before it says something else, and the first decides. */
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
  const book = makeRuleBook({ rules: [draft] })
  return (row) => {
    const question = questionOf(draft, row, desk)
    const [match] = hasStruck(draft, row, now) ? book.matches(question) : []
    if (match === undefined) return null
    const before = rivals(desk.rules, question, draft)
    const all = row.ticket.status === 'closed' ? [] : changesOf(draft, row, desk)
    const ruledBy = (field: string): RuleMatch | undefined =>
      before.find(({ rule: { then } }) => single(field) && says(then, field))
    return {
      tests: [...match.tests],
      changes: all.filter(({ field }) => ruledBy(field) === undefined),
      overruled: all.flatMap(({ field }) => {
        const by = ruledBy(field)
        return by === undefined ? [] : [{ field, rule: by.rule.id, name: by.rule.name }]
      }),
    }
  }
}

function questionOf({ on, fields, id }: RuleRow, row: TriageRow, desk: Desk): RuleQuestion {
  const asked = on === 'created' ? asOpened(row) : row
  const { channel, account, brand } = row.ticket
  return { on, fields, rule: id, channel, account, brand, facts: ruleFactsOf(asked, desk) }
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
  return { ...row, ticket: { ...row.ticket, ...opened }, messageCount: 1 }
}

function hasStruck({ on, after }: RuleRow, row: TriageRow, now: Instant): boolean {
  if (on !== 'time' || after === null) return true
  const { createdAt, resolvedAt } = row.ticket
  const { lastMessageAt, lastCustomerMessageAt } = row
  const since = { createdAt, resolvedAt, lastMessageAt, lastCustomerMessageAt }[after.since]
  return since !== null && Date.parse(since) + after.minutes * 60_000 <= Date.parse(now)
}

/** Rules in force that are asked the same and come first. One of time is asked at an hour of its own, and has none. */
const rivals = (rules: RuleBook, question: RuleQuestion, draft: RuleRow): readonly RuleMatch[] =>
  question.on === 'time'
    ? []
    : rules.matches(question).filter(({ rule }) => rule.id !== draft.id && byOrder(rule, draft) < 0)

const single = (field: string): boolean => field !== 'tags' && field !== 'folders'
const says = (then: RuleThen, field: string): boolean =>
  field === 'assignee' ? then.agent !== undefined : then[field as keyof RuleThen] !== undefined

function changesOf({ on, then }: RuleRow, { ticket, contact }: TriageRow, desk: Desk): readonly WouldChange[] {
  const { tags } = tagsChange(ticket.tags, [...ticket.tags, ...(then.tags ?? [])])
  const folders = [...new Set([...ticket.folders, ...(then.folders ?? []).filter((it) => desk.folders.has(it))])]
  const isTheirs = on === 'created' && (contact?.language ?? null) !== null
  const plain: readonly (readonly [keyof TicketRow & string, string | undefined])[] = [
    ['type', ofBrand(desk.types.get(then.type ?? ''), ticket)],
    ['topic', ofBrand(desk.topics.get(then.topic ?? ''), ticket)],
    ['language', isTheirs ? undefined : then.language],
  ]
  // On a message nothing moves but what is still empty (B3).
  const moving: readonly (readonly [keyof TicketRow & string, string | undefined])[] = [
    ['priority', then.priority],
    ['status', statusOf(then.status, ticket, desk)],
    ['group', desk.groups.get(then.group ?? '')?.id],
    ['assignee', desk.agents.get(then.agent ?? '')?.id],
  ]
  const is = { ...ticket, status: shownStatus(ticket) }
  const set = on === 'message' ? plain.filter(([field]) => ticket[field] === null) : [...plain, ...moving]
  return [
    ...set.flatMap(([field, to]) =>
      to === undefined || to === is[field] ? [] : [{ field, from: is[field] as string | null, to }],
    ),
    ...(tags.length > ticket.tags.length ? [{ field: 'tags', from: [...ticket.tags], to: [...tags] }] : []),
    ...(folders.length > ticket.folders.length ? [{ field: 'folders', from: [...ticket.folders], to: folders }] : []),
  ]
}

function statusOf(key: string | undefined, ticket: TicketRow, desk: Desk): string | undefined {
  const to = key === undefined ? null : standingOf(desk, key)
  return to !== null && maySet(ticket, to) ? key : undefined
}

const ofBrand = (
  entry: { readonly key: string; readonly brands: readonly string[] | null } | undefined,
  { brand }: TicketRow,
): string | undefined => (entry !== undefined && isOfBrand(entry.brands, brand) ? entry.key : undefined)
