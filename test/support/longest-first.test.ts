// The order of a run: what takes longest begins it, the seed decides the rest, and the list names nothing that is gone.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { inOrder, longest } from './longest-first.ts'

const others = Array.from({ length: 30 }, (_, n) => `core/some-${n}.test.ts`)
const ordered = (files: readonly string[], seed: number) => inOrder(files, (file) => file, seed)

it('the longest come first, in their order, wherever they stood', () => {
  const paths = longest.map((one) => (one.includes('/') ? one : `connectors/pigeon/${one}`))
  const order = ordered([...others, ...paths.toReversed()], 7)
  expect(order.slice(0, longest.length)).toEqual(paths)
  expect(order.slice(longest.length).toSorted()).toEqual(others.toSorted())
})
it('the others come in an order that the seed brings back, whatever order they were found in', () => {
  const order = ordered(others, 7)
  expect(ordered(others.toReversed(), 7)).toEqual(order)
  expect(ordered(others, 8)).not.toEqual(order)
  expect(order).not.toEqual(others)
})
it('every file that is named is there, but for those of channels, which come and go', () => {
  const isGone = (path: string): boolean => !existsSync(join(import.meta.dirname, '../..', path))
  expect(longest.filter((path) => path.includes('/') && isGone(path))).toEqual([])
})
