// Ten days of a desk as they lay in the log, played again: the same clocks, due hours, warnings, breaches and closings, also where everything comes twice.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { play, writtenBy, type Given, type Line, type Told } from './play.ts'
import { end, week } from './week.ts'

const file = join(import.meta.dirname, 'fixtures', 'week.jsonl')
const linesOf = (lines: readonly Line[]): string => `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
const recorded = (): readonly Line[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
const isGiven = (line: Line): line is Given => !('told' in line) && !('left' in line)
const isTold = (line: Line): line is Told => 'told' in line

/** When a decision is meant to come out otherwise, it is recorded anew: npx vitest run test/replayed-log -u. The difference is for the review; the test below plays the new one at the next run. */
it('B7 B8 V11 G9 what happens in these days leaves the log that is recorded', async () => {
  const given = week.map((step, n): Given =>
    'writes' in step ? { at: step.at, takes: writtenBy(step.writes, step.text, n, step.at) } : step,
  )
  await expect(linesOf(await play([...given, { at: end, waits: true }]))).toMatchFileSnapshot(file)
}, 60_000)

describe('the recorded log', () => {
  it('holds each kind of thing that time does', () => {
    const told = recorded().filter(isTold)
    const kinds = new Set(told.map((it) => it.told))
    for (const kind of ['started', 'paused', 'resumed', 'warning', 'breached', 'met', 'cancelled'])
      expect([...kinds]).toContain(`sla.${kind}`)
    const by = new Set(
      told.flatMap(({ told: type, data }) =>
        type === 'ticket.status_changed' ? [(data as { readonly why: string }).why] : [],
      ),
    )
    expect([...by]).toEqual(expect.arrayContaining(['close_days', 'snooze_over', 'customer_wrote']))
  })

  it('G4 G17 P13 played again, everything twice and at the end once more, ends in the same clocks, due hours and statuses, and tells the same', async () => {
    const again = await play(recorded().filter(isGiven), { repeats: true })
    expect(linesOf(again)).toBe(readFileSync(file, 'utf8'))
  }, 60_000)
})
