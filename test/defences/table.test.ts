// The table of defences fits the code: each of them is where it says, once, and its tests carry the id of its promise.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { defences } from './table.ts'

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')
/** The contract's suites have the names that their short files run. */
const namesIn = (path: string): string =>
  read(path) + (path.startsWith('test/contracts/') ? read('test/contracts/channel.ts') : '')

it('every defence of the table is in the code, in one place, and its tests carry its id', () => {
  const wrong = defences.filter(
    ({ id, file, from, tests }) =>
      read(file).split(from).length !== 2 || !new RegExp(`['"\`][^'"\`]*\\b${id}\\b`).test(namesIn(tests)),
  )
  expect(wrong).toEqual([])
})
