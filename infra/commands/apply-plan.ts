// What must be done so that a gateway is as the file says: pure, so that what is shown is what is done.
import type { AccountAnswer } from '../../schemas/answers.ts'
import { accountStep, nameOf, pathOf, plainWarning } from './apply-accounts.ts'
import type { Wanted } from './apply-file.ts'
import { refuseLooseEnds } from './apply-names.ts'
import type { Plan, PlanOptions, Step } from './apply-steps.ts'
import {
  addressOf,
  callOf,
  idOf,
  isStandard,
  sections,
  thingStep,
  workspaceStep,
  type Section,
  type Thing,
} from './apply-things.ts'

export interface Present {
  readonly workspace: Thing
  readonly accounts: readonly AccountAnswer[]
  readonly things: { readonly [S in Section]: readonly Thing[] }
}

/** What is named before what names it, endpoints before those that share them; what goes, in the other order. */
export function planOf(wanted: Wanted, present: Present, options: PlanOptions): Plan {
  refuseLooseEnds(wanted, present)
  const made = [
    ...sections.filter((it) => !namesAll.includes(it)).flatMap((section) => stepsOf(section, wanted, present)),
    ...accountSteps(wanted, present, options),
    ...from(workspaceStep(wanted.workspace, present.workspace), 'workspace'),
    ...namesAll.flatMap((section) => stepsOf(section, wanted, present)),
  ]
  const gone = options.prune ? prunes(wanted, present) : []
  return { steps: [...made, ...gone], warnings: wanted.accounts.flatMap((it) => plainWarning(it, options)) }
}

/** What they hold or look at may be anything, accounts too. */
const namesAll: readonly Section[] = ['sla-policies', 'rules', 'auto-replies', 'notifications']

const from = (step: Step | null, place: string): readonly Step[] => (step === null ? [] : [{ ...step, from: place }])

const stepsOf = (section: Section, wanted: Wanted, present: Present): readonly Step[] =>
  (wanted.things[section] ?? []).flatMap((want, at) => {
    const is = present.things[section].find((it) => idOf(section, it) === idOf(section, want))
    return from(thingStep(section, want, is), `${section}.${at}`)
  })

const accountSteps = (wanted: Wanted, present: Present, options: PlanOptions): readonly Step[] =>
  wanted.accounts
    .map((want, at) => ({ want, at }))
    .toSorted((a, b) => Number(a.want.endpoint !== undefined) - Number(b.want.endpoint !== undefined))
    .flatMap(({ want, at }) => {
      const is = present.accounts.find((it) => nameOf(it) === nameOf(want))
      return from(accountStep(want, is, options), `accounts.${at}`)
    })

/** A file from before there was such a list says nothing of it: only where the list is there, what it leaves out goes. */
const alwaysMeant: readonly Section[] = ['brands']

function prunes(wanted: Wanted, present: Present): readonly Step[] {
  const accounts = present.accounts
    .filter((it) => !wanted.accounts.some((want) => nameOf(want) === nameOf(it)))
    .toSorted((a, b) => Number(a.endpoint === null) - Number(b.endpoint === null))
    .map((it) => ({
      name: `account ${nameOf(it)}`,
      path: pathOf(it),
      lines: ['nothing is received or sent; tickets stay'],
    }))
  const goneOf = (section: Section) => {
    const list = wanted.things[section] ?? (alwaysMeant.includes(section) ? [] : null)
    if (list === null) return []
    return present.things[section]
      .filter((it) => !isStandard(section, it) && !list.some((want) => idOf(section, want) === idOf(section, it)))
      .map((it) => ({ name: callOf(section, it), path: addressOf(section, it), lines: [] }))
  }
  const last: readonly Section[] = ['brands', 'calendars']
  const later = sections.filter((it) => !namesAll.includes(it) && !last.includes(it)).toReversed()
  return [...namesAll.flatMap(goneOf), ...later.flatMap(goneOf), ...accounts, ...last.flatMap(goneOf)].map((it) => ({
    sign: '-',
    method: 'DELETE',
    ...it,
  }))
}
