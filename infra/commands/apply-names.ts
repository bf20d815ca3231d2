// A name in the file that leads nowhere is found before anything is done, with its line.
import type { RuleRow } from '../../core/ports/desk-rows.ts'
import type { AutoReplyRow, NotificationRow } from '../../core/ports/auto-reply-rows.ts'
import { autoReplyDefault, notificationDefault, ruleDefault } from '../../core/rules/desk-defaults.ts'
import {
  given,
  namesOfAutoReply,
  namesOfNotification,
  namesOfRule,
  type NameGiven,
  type NameKind,
} from '../../core/rules/desk-names.ts'
import { nearest } from '../../core/rules/nearest.ts'
import { nameOf } from './apply-accounts.ts'
import type { Wanted } from './apply-file.ts'
import type { Present } from './apply-plan.ts'
import { callOf, idOf, sections, type Section, type Thing } from './apply-things.ts'
import { ToolRefusal } from './tool.ts'

/** The list in which what is named stands. */
export const homes: { readonly [K in NameKind]: Section | 'accounts' } = {
  brand: 'brands',
  account: 'accounts',
  group: 'groups',
  agent: 'agents',
  folder: 'folders',
  type: 'types',
  topic: 'topics',
  calendar: 'calendars',
  status: 'statuses',
}
type Names = readonly string[] | null | undefined
const named: { readonly [S in Section]?: (it: Thing) => readonly NameGiven[] } = {
  brands: (it) => given('calendar', 'calendar', [it['calendar'] as string | null | undefined]),
  agents: (it) => [
    ...given('brand', 'brands', it['brands'] as Names),
    ...given('group', 'groups', it['groups'] as Names),
  ],
  types: (it) => [
    ...given('brand', 'brands', it['brands'] as Names),
    ...given('group', 'group', [it['group'] as string | null | undefined]),
    ...given('agent', 'agent', [it['agent'] as string | null | undefined]),
  ],
  'sla-policies': (it) => given('calendar', 'calendar', [it['calendar'] as string | null | undefined]),
  topics: (it) => given('brand', 'brands', it['brands'] as Names),
  rules: (it) => namesOfRule({ ...ruleDefault, ...it } as unknown as RuleRow),
  'auto-replies': (it) => namesOfAutoReply({ ...autoReplyDefault, ...it } as unknown as AutoReplyRow),
  notifications: (it) => namesOfNotification({ ...notificationDefault, ...it } as unknown as NotificationRow),
}

interface Giver {
  readonly called: string
  readonly from: string
  readonly names: readonly NameGiven[]
}
const giversIn = (wanted: Wanted): readonly Giver[] => [
  ...wanted.accounts.map((it, at) => ({
    called: `account ${nameOf(it)}`,
    from: `accounts.${at}`,
    names: [
      ...given('brand', 'brand', [it.brand]),
      ...given('account', 'endpoint', [it.endpoint === undefined ? null : nameOf({ ...it, id: it.endpoint })]),
    ],
  })),
  ...sections.flatMap((section) =>
    (wanted.things[section] ?? []).map((it, at) => ({
      called: callOf(section, it),
      from: `${section}.${at}`,
      names: named[section]?.(it) ?? [],
    })),
  ),
]

export function refuseLooseEnds(wanted: Wanted, present: Present): void {
  const known = (kind: NameKind): readonly string[] => {
    const home = homes[kind]
    if (home === 'accounts') return [...wanted.accounts, ...present.accounts].map(nameOf)
    return [...(wanted.things[home] ?? []), ...present.things[home]].map((it) => idOf(home, it))
  }
  for (const { called, from, names } of giversIn(wanted)) {
    const loose = names.find(({ kind, name }) => !known(kind).includes(name))
    if (loose === undefined) continue
    const what = loose.field === 'endpoint' ? 'endpoint' : loose.kind
    const near = nearest(loose.name, known(loose.kind))
    const hint = near === null ? '' : ` Did you mean ${near}?`
    throw new ToolRefusal(
      `${wanted.place(`${from}.${loose.field}`)}: The ${called} names the ${what} ${loose.name}, which is neither in the file nor in the gateway.${hint}`,
    )
  }
}
