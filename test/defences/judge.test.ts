// The command that takes defences out comes to an end, whatever a test does without them.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { run } from '../support/house-copy.ts'
import { row } from './defence.ts'
import { isNoticed, makeJudge } from './judge.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'inlet-judged-'))
  await symlink(join(import.meta.dirname, '../../node_modules'), join(root, 'node_modules'))
  await writeFile(join(root, 'package.json'), '{ "type": "module" }')
  await mkdir(join(root, 'rules'))
  await writeFile(join(root, 'rules/count.ts'), source)
  await writeFile(join(root, 'rules/count.test.ts'), tests)
})
afterAll(() => rm(root, { recursive: true, force: true }))

const source = `export function stepsTo(n: number): number {
  let at = 0
  while (at < n) at += 1
  return Math.abs(at)
}
`
const tests = `import { expect, it } from 'vitest'
import { stepsTo } from './count.ts'
it('T1 counts', () => expect(stepsTo(3)).toBe(3))
it('T2 never ends', () => { for (;;); })
`
const file = 'rules/count.ts'
const loops = row('T1', 'it moves', file, 'at += 1', 'at += 0', 'rules/count.test.ts')
const wrong = row('T1', 'by one', file, 'at += 1', 'at += 2', 'rules/count.test.ts')
const unseen = row('T1', 'no sign', file, 'Math.abs(at)', 'at', 'rules/count.test.ts')
const holds = row('T2', 'it moves', file, 'at += 1', 'at += 0', 'rules/count.test.ts')

const copy = {
  get root() {
    return root
  },
  runUntil: (until: AbortSignal, program: string, ...words: readonly string[]) => run(root, program, words, until),
}
const stop = new AbortController()

it('what loops for ever without its defence is ended and noticed by time; the next ones are judged as ever', async () => {
  const judge = makeJudge(copy, stop.signal, { asItIsMs: 60_000, moreMs: 2_000 })
  expect(await judge(loops)).toBe('noticed by time')
  expect(await judge(wrong)).toBe('noticed')
  expect(await judge(unseen)).toBe('NOT NOTICED')
  expect(await readFile(join(root, file), 'utf8')).toBe(source)
}, 90_000)

it('tests that do not end in the house as it is say nothing of a defence', async () => {
  const judge = makeJudge(copy, stop.signal, { asItIsMs: 1_500, moreMs: 60_000 })
  const verdict = await judge(holds)
  expect([verdict, isNoticed(verdict)]).toEqual(['never ends', false])
})
