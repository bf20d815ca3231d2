// Takes one defence out and looks whether its tests notice, with a limit of time: what then loops for ever is noticed too, and holds nobody up.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HouseCopy } from '../support/house-copy.ts'
import type { Defence } from './defence.ts'

/** The last two by themselves say nothing of the defence: its tests fail, or do not end, as the house is. */
export type Verdict = 'noticed' | 'noticed by time' | 'NOT NOTICED' | 'no test has run' | 'fails anyway' | 'never ends'
export const isNoticed = (verdict: Verdict): boolean => verdict === 'noticed' || verdict === 'noticed by time'

export interface Limits {
  /** For the tests of a promise in the house as it is. */
  readonly asItIsMs: number
  /** Beyond three times what they took so: for what fails slowly, by the time limits of its tests. */
  readonly moreMs: number
}
const usual: Limits = { asItIsMs: 600_000, moreMs: 60_000 }
type Copy = Pick<HouseCopy, 'root' | 'runUntil'>
interface AsItIs {
  readonly unfit: Verdict | null
  readonly tookMs: number
}

/** `stop` ends what runs at once; the verdict then means nothing. */
export function makeJudge(copy: Copy, stop: AbortSignal, limits: Limits = usual) {
  /** What the tests of a promise say of the house as it is: without that, a failure says nothing of the defence. */
  const known = new Map<string, Promise<AsItIs>>()
  const runTests = async ({ id, tests }: Defence, limitMs: number) => {
    const began = performance.now()
    const over = AbortSignal.timeout(Math.ceil(limitMs))
    const words = ['run', tests, '-t', `\\b${id}\\b`]
    const { code, output } = await copy.runUntil(AbortSignal.any([over, stop]), 'vitest', ...words)
    return { code, output, isOver: over.aborted && code === null, tookMs: performance.now() - began }
  }
  const asItIs = async (defence: Defence): Promise<AsItIs> => {
    const { code, output, isOver, tookMs } = await runTests(defence, limits.asItIsMs)
    if (isOver) return { unfit: 'never ends', tookMs }
    if (code !== 0) return { unfit: 'fails anyway', tookMs }
    return { unfit: /Tests .*\d+ passed/.test(output) ? null : 'no test has run', tookMs }
  }
  return async (defence: Defence): Promise<Verdict> => {
    const name = `${defence.id} ${defence.tests}`
    const before = known.get(name) ?? asItIs(defence)
    known.set(name, before)
    const { unfit, tookMs } = await before
    if (unfit !== null) return unfit
    return without(defence, copy, async () => {
      const { code, isOver } = await runTests(defence, 3 * tookMs + limits.moreMs)
      return isOver ? 'noticed by time' : code === 0 ? 'NOT NOTICED' : 'noticed'
    })
  }
}

async function without(defence: Defence, copy: Copy, look: () => Promise<Verdict>): Promise<Verdict> {
  const path = join(copy.root, defence.file)
  const whole = await readFile(path, 'utf8')
  await writeFile(
    path,
    whole.replace(defence.from, () => defence.to),
  )
  try {
    return await look()
  } finally {
    await writeFile(path, whole)
  }
}
