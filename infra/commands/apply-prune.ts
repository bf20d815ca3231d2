// What goes with --prune, in an order in which nobody misses it; what somebody who stays still names is told before anything is done.
import type { DeskRows } from '../../core/ports/desk-rows.ts'
import { topicDefault, typeDefault } from '../../core/rules/desk-defaults.ts'
import { namedBy, type NameKind } from '../../core/rules/desk-names.ts'
import { nameOf, pathOf } from './apply-accounts.ts'
import type { Wanted } from './apply-file.ts'
import { homes } from './apply-names.ts'
import type { Present } from './apply-plan.ts'
import type { Step } from './apply-steps.ts'
import {
  addressOf,
  callOf,
  idOf,
  isStandard,
  kinds,
  namesAll,
  sections,
  type Section,
  type Thing,
} from './apply-things.ts'
import { ToolRefusal } from './tool.ts'

type Gone = Pick<Step, 'name' | 'path' | 'lines'> & { readonly home: Section | 'accounts'; readonly id: string }

/** A file from before there was such a list says nothing of it: only where the list is there, what it leaves out goes. */
const alwaysMeant: readonly Section[] = ['brands']

export function prunes(wanted: Wanted, present: Present): readonly Step[] {
  const accounts: readonly Gone[] = present.accounts
    .filter((it) => !wanted.accounts.some((want) => nameOf(want) === nameOf(it)))
    .toSorted((a, b) => Number(a.endpoint === null) - Number(b.endpoint === null))
    .map((it) => ({
      home: 'accounts',
      id: nameOf(it),
      name: `account ${nameOf(it)}`,
      path: pathOf(it),
      lines: ['nothing is received or sent; tickets stay'],
    }))
  const goneOf = (section: Section): readonly Gone[] => {
    const list = wanted.things[section] ?? (alwaysMeant.includes(section) ? [] : null)
    if (list === null) return []
    return present.things[section]
      .filter((it) => !isStandard(section, it) && !list.some((want) => idOf(section, want) === idOf(section, it)))
      .map((it) => ({
        home: section,
        id: idOf(section, it),
        name: callOf(section, it),
        path: addressOf(section, it),
        lines: [],
      }))
  }
  const last: readonly Section[] = ['brands', 'calendars']
  const later = sections.filter((it) => !namesAll.includes(it) && !last.includes(it)).toReversed()
  const gone = [...namesAll.flatMap(goneOf), ...later.flatMap(goneOf), ...accounts, ...last.flatMap(goneOf)]
  refuseMissed(gone, wanted, present)
  return gone.map(({ name, path, lines }) => ({ sign: '-', method: 'DELETE', name, path, lines }))
}

/** Half of a plan is worse than none: the gateway would refuse it when all before it is done. */
function refuseMissed(gone: readonly Gone[], wanted: Wanted, present: Present): void {
  const stays = (section: Section): readonly Thing[] => [
    ...(wanted.things[section] ?? []).map((want) => ({
      ...(kinds[section].defaults ?? present.things[section].find((it) => idOf(section, it) === idOf(section, want))),
      ...want,
    })),
    ...present.things[section].filter(
      (it) =>
        !gone.some(({ home, id }) => home === section && id === idOf(section, it)) &&
        !(wanted.things[section] ?? []).some((want) => idOf(section, want) === idOf(section, it)),
    ),
  ]
  const rows = {
    agents: stays('agents'),
    autoReplies: stays('auto-replies'),
    brands: stays('brands'),
    catalogue: [
      ...stays('types').map((it) => ({ ...typeDefault, ...it, what: 'type' })),
      ...stays('topics').map((it) => ({ ...typeDefault, ...topicDefault, ...it, what: 'topic' })),
    ],
    notifications: stays('notifications'),
    rules: stays('rules'),
    slaPolicies: stays('sla-policies'),
  } as unknown as DeskRows
  for (const { home, id, name } of gone) {
    const kind = (Object.keys(homes) as NameKind[]).find((it) => homes[it] === home)
    const [by = home === 'accounts' ? callerBy(id, wanted, present) : undefined] =
      kind === undefined ? [] : namedBy({ rows }, kind, id)
    if (by !== undefined)
      throw new ToolRefusal(
        `--prune would drop the ${name}, which ${by} still names; nothing was changed. Keep it in the file, or let the file say what ${by} names instead.`,
      )
  }
}

/** The account that stays and is called by the address of this one. What the file does not say of it stays as it is. */
function callerBy(gone: string, wanted: Wanted, present: Present): string | undefined {
  const found = wanted.accounts.find((want) => {
    const id = want.endpoint ?? present.accounts.find((it) => nameOf(it) === nameOf(want))?.endpoint ?? null
    return id !== null && nameOf({ ...want, id }) === gone
  })
  return found && `the account ${nameOf(found)}`
}
