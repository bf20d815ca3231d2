// What was decided of a recorded log is decided of it again: the log, the desk and the decisions lie beside this test.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { DeskRows } from '../../core/ports/desk-rows.ts'
import { languageDetector } from '../../core/rules/language.ts'
import { emptyDesk, makeDesk } from '../../core/rules/make-desk.ts'
import type { Instant } from '../../schemas/ids.ts'
import { moment } from '../../test/support/given.ts'
import triage from './index.ts'
import { questionOf, type Triaged } from './question.ts'
import type { Facts } from './read.ts'

type Kept = Pick<NonNullable<Facts>, 'row' | 'isLive'>
interface Step {
  readonly event: Triaged
  readonly now: Instant
  /** As they stood when it was decided; null: it concerned no rule. */
  readonly facts: Kept | null
}
const lines = readFileSync(new URL('recorded/log.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): unknown => JSON.parse(line))
const [{ desk: rows }, ...steps] = lines as [{ readonly desk: DeskRows }, ...Step[]]

const grown = (row: Kept['row']): Kept['row'] => ({
  ...row,
  ticket: { ...row.ticket, customStatus: null, snoozedUntil: null },
})

it('G18 P14 a recorded log comes to the decisions that were made of it', async () => {
  // A list that is newer than the log was empty then.
  const desk = makeDesk({ ...emptyDesk, ...rows })
  const detect = await languageDetector()
  const decided = steps.map(({ event, now, facts }) => {
    const question = questionOf(event)
    const known =
      facts === null || question === null ? null : { ...facts, row: grown(facts.row), question, desk, detect }
    return triage.decide(event, known, moment(now, event.id), undefined)
  })
  expect(decided.filter(({ events }) => events.length > 0).length).toBeGreaterThan(15)
  // A change that is meant is written by `npx vitest run workers/triage -u`, and seen in review.
  await expect(`${decided.map((it) => JSON.stringify(it)).join('\n')}\n`).toMatchFileSnapshot(
    'recorded/decisions.jsonl',
  )
})
