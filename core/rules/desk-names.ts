// Names that the desk's settings give each other: whether they lead anywhere, and who would miss one that goes.
import type { Condition } from '../../schemas/rule.ts'
import type { Desk } from '../ports/desk.ts'
import type { AutoReplyRow, NotificationRow } from '../ports/auto-reply-rows.ts'
import { asRule } from './auto-reply/book.ts'
import type { CatalogueRow, RuleRow, SlaPolicyRow } from '../ports/desk-rows.ts'
import { folded } from './fold.ts'
import { unknown } from './match/did-you-mean.ts'

export const nameKinds = [
  'brand',
  'account',
  'group',
  'agent',
  'folder',
  'type',
  'topic',
  'calendar',
  'status',
] as const
export type NameKind = (typeof nameKinds)[number]
export interface NameGiven {
  readonly kind: NameKind
  readonly field: string
  readonly name: string
}

const places: { readonly [K in NameKind]: (desk: Desk) => ReadonlyMap<string, unknown> } = {
  brand: (desk) => desk.brands,
  account: (desk) => desk.accounts,
  group: (desk) => desk.groups,
  agent: (desk) => desk.agents,
  folder: (desk) => desk.folders,
  type: (desk) => desk.types,
  topic: (desk) => desk.topics,
  calendar: (desk) => desk.calendars,
  status: (desk) => desk.statuses,
}
export const isNamed = (desk: Desk, kind: NameKind, name: string): boolean => places[kind](desk).has(name)

/** A sentence for the first name that leads nowhere, with what was perhaps meant. */
export function loose(
  desk: Desk,
  given: readonly NameGiven[],
): { readonly code: string; readonly field: string; readonly why: string } | null {
  const found = given.find(({ kind, name }) => !isNamed(desk, kind, name))
  if (found === undefined) return null
  const { kind, field, name } = found
  return { code: `unknown_${kind}`, field, why: unknown(kind, name, [...places[kind](desk).keys()]) }
}

export const given = (
  kind: NameKind,
  field: string,
  names: readonly (string | null | undefined)[] | null | undefined,
): readonly NameGiven[] =>
  (names ?? []).flatMap((name) => (name === null || name === undefined ? [] : [{ kind, field, name }]))

/** What a rule names, in its scope and in what it does. */
export const namesOfRule = ({ brands, accounts, then }: RuleRow): readonly NameGiven[] => [
  ...given('brand', 'brands', brands),
  ...given('account', 'accounts', accounts),
  ...given('type', 'then.type', [then.type]),
  ...given('topic', 'then.topic', [then.topic]),
  ...given('status', 'then.status', [then.status]),
  ...given('folder', 'then.folders', then.folders),
  ...given('group', 'then.group', [then.group]),
  ...given('agent', 'then.agent', [then.agent]),
]

export const namesOfAutoReply = (it: AutoReplyRow): readonly NameGiven[] => [
  ...namesOfRule(asRule(it)),
  ...given('calendar', 'calendar', [it.calendar]),
]
export const namesOfNotification = (it: NotificationRow): readonly NameGiven[] => [
  ...given('agent', 'agents', it.agents),
  ...given('agent', 'except', it.except),
  ...given('brand', 'brands', it.brands),
  ...given('account', 'account', [it.account]),
]

/** The field of a condition that holds names of a kind: a rule that asks for one that is gone would never match again, without a word. */
const asked: { readonly [K in NameKind]?: string } = {
  brand: 'ticket.brand',
  account: 'ticket.account',
  group: 'ticket.group',
  agent: 'ticket.assignee',
  folder: 'ticket.folders',
  type: 'ticket.type',
  topic: 'ticket.topic',
  status: 'ticket.status',
}

/** As conditions compare them: without case. */
const isAsked = (condition: Condition | null, field: string, name: string): boolean =>
  valuesIn(condition, field).some((it) => folded(it) === folded(name))

function valuesIn(condition: Condition | null, field: string): readonly string[] {
  if (condition === null) return []
  if ('all' in condition) return condition.all.flatMap((it) => valuesIn(it, field))
  if ('any' in condition) return condition.any.flatMap((it) => valuesIn(it, field))
  if ('not' in condition) return valuesIn(condition.not, field)
  return condition.field === field ? [condition.value ?? []].flat().map(String) : []
}

/** The channels that conditions ask for: whether one is there, the desk itself does not know. */
export const channelsAsked = (when: Condition | null) =>
  valuesIn(when, 'ticket.channel').map((name) => ({ field: 'when', name: folded(name) }))

/** A kind of conversation that no installed channel has: whether one does, the desk itself does not know. Null: there is none. */
export function whyNoKind(when: Condition | null, kinds: readonly string[]) {
  const odd = valuesIn(when, 'message.kind').find((it) => !kinds.includes(folded(it)))
  return odd === undefined ? null : { field: 'when', why: unknown('kind of conversation', odd, kinds) }
}

/** Who names it, as a person calls them: `the rule vip`, `the type refund`. */
export function namedBy({ rows }: Pick<Desk, 'rows'>, kind: NameKind, name: string): readonly string[] {
  const { agents, autoReplies, brands, catalogue, notifications, rules, slaPolicies } = rows
  const field = asked[kind]
  const names = (rule: RuleRow): boolean =>
    namesOfRule(rule).some((it) => it.kind === kind && it.name === name) ||
    (field !== undefined && isAsked(rule.when, field, name))
  const ofEntry = (entry: CatalogueRow): readonly (string | null)[] =>
    kind === 'brand' ? (entry.brands ?? []) : kind === 'group' ? [entry.group] : kind === 'agent' ? [entry.agent] : []
  const namesOfPolicy = (policy: SlaPolicyRow): boolean =>
    (kind === 'calendar' && policy.calendar === name) ||
    (kind === 'status' && policy.pauses.includes(name)) ||
    (field !== undefined && isAsked(policy.when, field, name))
  return [
    ...rules.filter(names).map(({ id }) => `the rule ${id}`),
    ...autoReplies
      .filter((it) => names(asRule(it)) || (kind === 'calendar' && it.calendar === name))
      .map(({ id }) => `the automatic reply ${id}`),
    ...notifications
      .filter((it) => namesOfNotification(it).some((one) => one.kind === kind && one.name === name))
      .map(({ id }) => `the notification ${id}`),
    ...slaPolicies.filter(namesOfPolicy).map(({ id }) => `the policy ${id}`),
    ...catalogue.filter((it) => ofEntry(it).includes(name)).map(({ what, key }) => `the ${what} ${key}`),
    ...(kind === 'calendar'
      ? brands.filter(({ calendar }) => calendar === name).map(({ id }) => `the brand ${id}`)
      : []),
    ...(kind === 'brand'
      ? agents.filter(({ brands }) => brands?.includes(name)).map(({ id }) => `the agent ${id}`)
      : []),
  ]
}
