// What a chaos run says at its end: a table for people, the same as JSON, both in a file, and whether anything was not as promised.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { table } from '../../infra/commands/table.ts'
import { isWell } from './compare.ts'
import type { Outcome } from './run-fault.ts'

export interface Reported {
  readonly fault: string
  readonly layout: string
  readonly seed: number
  readonly says: string
  /** null: it could not be run to its end, and why. */
  readonly outcome: Outcome | null
  readonly broke?: string
}

/** What broke off, or was stopped, is a row of the table as well. */
export const reportOf = (one: Omit<Reported, 'outcome' | 'broke'>, run: Promise<Outcome>): Promise<Reported> =>
  run.then(
    (outcome) => ({ ...one, outcome }),
    (error: unknown) => ({ ...one, outcome: null, broke: error instanceof Error ? error.message : String(error) }),
  )

const head = [
  'fault',
  'layout',
  'seed',
  'rounds',
  'sent',
  'accepted',
  'lost',
  'doubled',
  'left empty',
  'otherwise wrong',
]
const tail = ['replies', 'unsure', 'deadlocks', 'longest recovery', 'longest catch-up']

export function tableOf(all: readonly Reported[]): string {
  const rows = all.map(({ fault, layout, seed, outcome, broke }) => {
    if (outcome === null) return [fault, layout, String(seed), `did not end: ${(broke ?? '').split('\n')[0] ?? ''}`]
    const { findings: found } = outcome
    return [
      fault,
      layout,
      ...[seed, outcome.rounds, outcome.sent, outcome.accepted].map(String),
      ...[found.lost, found.doubled, found.empty, found.wrong].map((it) => String(it.length)),
      ...[outcome.replies, outcome.unsure, outcome.deadlocks ?? '-'].map(String),
      ...[outcome.longestRecoveryMs, outcome.longestDrainMs].map((ms) => `${(ms / 1000).toFixed(1)} s`),
    ]
  })
  return table([...head, ...tail], rows)
}

/** What was measured, and the first of each kind of what is wrong; all of it is in the JSON. */
export const wordsOf = (all: readonly Reported[]): string =>
  all
    .flatMap(({ fault, layout, outcome, broke }) => {
      const found = outcome?.findings
      const words =
        found === undefined ? [broke ?? ''] : [...found.lost, ...found.doubled, ...found.empty, ...found.wrong]
      const measured = Object.entries(outcome?.measured ?? {}).map(([what, value]) => `${what}: ${Math.round(value)}`)
      return [...measured, ...words.slice(0, 20)].map((it) => `${fault} ${layout}: ${it}\n`)
    })
    .join('')

export const allWell = (all: readonly Reported[]): boolean =>
  all.length > 0 && all.every(({ outcome }) => outcome !== null && isWell(outcome.findings))

/** `path` without an ending: `.json` and `.txt` are put behind it. */
export function writeReport(path: string, all: readonly Reported[]): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.json`, `${JSON.stringify(all, null, 2)}\n`)
  writeFileSync(`${path}.txt`, `${tableOf(all)}\n${wordsOf(all)}`)
}
