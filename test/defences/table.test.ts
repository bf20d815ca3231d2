// The table of defences fits the code: each of them is where it says, once, and its tests carry the id of its promise.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { defences } from './table.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
/** What a file of tests runs, the suites of the contracts that it imports among it. */
function namesIn(path: string): string {
  const text = read(path)
  const suites = [...text.matchAll(/from '(\.{1,2}\/[^']*)'/g)]
    .map(([, to = '']) => relative(root, join(root, dirname(path), to)))
    .filter((it) => it.startsWith('test/contracts/'))
  return [text, ...suites.map(namesIn)].join('\n')
}

it('every defence of the table is in the code, in one place, and its tests carry its id', () => {
  const wrong = defences.filter(
    ({ id, file, from, tests }) =>
      read(file).split(from).length !== 2 || !new RegExp(`['"\`][^'"\`]*\\b${id}\\b`).test(namesIn(tests)),
  )
  expect(wrong).toEqual([])
})

it('a defence in a migration is taken out of the last one that has it: an earlier one is overwritten, and nobody would notice', () => {
  const migrations = readdirSync(join(root, 'infra/migrations'))
    .filter((it) => /^\d{4}-/.test(it))
    .toSorted()
  const stale = defences.filter(({ file, from }) => {
    const at = migrations.indexOf(file.replace('infra/migrations/', ''))
    if (at < 0) return false
    const isGone = !read('infra/migrations/schema.sql').includes(from)
    return isGone || migrations.slice(at + 1).some((later) => read(`infra/migrations/${later}`).includes(from))
  })
  expect(stale).toEqual([])
})
