// Why a draft is not a policy, in a sentence, before it is kept: nothing promised, a status that is none, conditions that do not fit.
import type { Desk } from '../../ports/desk.ts'
import type { SlaPolicyRow } from '../../ports/desk-rows.ts'
import { slaMetrics } from '../../../schemas/sla.ts'
import { whyNotACondition } from '../match/check-condition.ts'
import type { NotThis } from '../match/check.ts'
import { unknown } from '../match/did-you-mean.ts'

/** Its shape has been checked; null: it can be kept. */
export function whyNotAPolicy(policy: SlaPolicyRow, desk: Desk): NotThis | null {
  const all = [policy.targets, ...Object.values(policy.byPriority)]
  if (!all.some((targets) => slaMetrics.some((metric) => typeof targets[metric] === 'number')))
    return { field: 'targets', why: 'It promises nothing: give at least one time, such as {"firstResponse": 60}.' }
  return whyNotPauses(policy, desk) ?? (policy.when === null ? null : whyNotACondition(policy.when, desk))
}

/** A status that is done or junk ends the clock; there is nothing to pause in it. */
function whyNotPauses({ pauses }: SlaPolicyRow, desk: Desk): NotThis | null {
  const mayPause = [...desk.statuses.values()].flatMap(({ key, category }) =>
    category === 'open' || category === 'waiting' ? [key] : [],
  )
  const at = pauses.findIndex((status) => !mayPause.includes(status))
  return at < 0 ? null : { field: `pauses/${at}`, why: unknown('status that could pause', pauses[at]!, mayPause) }
}
