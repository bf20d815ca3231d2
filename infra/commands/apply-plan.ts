// What must be done so that a gateway is as the file says: pure, so that what is shown is what is done.
import type { AccountAnswer } from '../../schemas/answers.ts'
import { accountStep, nameOf, plainWarning } from './apply-accounts.ts'
import type { Wanted } from './apply-file.ts'
import { refuseLooseEnds } from './apply-names.ts'
import { prunes } from './apply-prune.ts'
import type { Plan, PlanOptions, Step } from './apply-steps.ts'
import { idOf, namesAll, sections, thingStep, workspaceStep, type Section, type Thing } from './apply-things.ts'

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
