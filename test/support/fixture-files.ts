// Which fixtures of a channel the contract suite does not read: a test of the channel must, or they show nothing.
import { readdirSync } from 'node:fs'

/** Sorted; those without an `.expected.json` beside them. */
export function fixturesAlone(folder: string): readonly string[] {
  const files = readdirSync(folder)
  return files
    .filter((it) => !it.endsWith('.expected.json') && !files.includes(it.replace('.json', '.expected.json')))
    .toSorted()
}
