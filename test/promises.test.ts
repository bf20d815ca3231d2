// The page of promises is held to what is there: every test it names exists, and no promise of the README is without its place on it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const page = read('docs/promises.md')
const named = [...page.matchAll(/^- `([^`]+)` “(.+)”$/gm)].map(([, file = '', name = '']) => ({ file, name }))
/** "S1 to S6" is six of them. */
const spread = (text: string): string =>
  text.replace(/\b([GSM])(\d+) to \1(\d+)\b/g, (_all, letter: string, from: string, to: string) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, n) => `${letter}${Number(from) + n}`).join(' '),
  )
const idsIn = (text: string): readonly string[] => [...new Set(spread(text).match(/\b[GSM]\d+\b/g))]
const placed = [...page.matchAll(/^(?:### |\| )([GSM]\d+)\b/gm)].map(([, id]) => id)

it('every test that the page names is there, under that name', () => {
  expect(named.length).toBeGreaterThan(100)
  expect(named.filter(({ file, name }) => !read(file).includes(name))).toEqual([])
})
it('each promise of the spine has one place: shown by tests, or said not to be kept yet', () => {
  const all = [
    ['G', 27],
    ['S', 34],
    ['M', 4],
  ] as const
  const ids = all.flatMap(([letter, last]) => Array.from({ length: last }, (_, n) => `${letter}${n + 1}`))
  expect(placed.toSorted()).toEqual(ids.toSorted())
})
it('each promise of the README is shown by a test of its id', () => {
  const promised = idsIn(read('README.md').split('## What it promises')[1]?.split('\n## ')[0] ?? '')
  expect(promised.length).toBeGreaterThan(5)
  const shown = page.split('## Not promised')[0]?.split('### ') ?? []
  const without = promised.filter(
    (id) => !shown.some((it) => it.startsWith(`${id}\n`) && new RegExp(`^- .* “[^”]*\\b${id}\\b`, 'm').test(it)),
  )
  expect(without).toEqual([])
})
