// `npm run defences`: takes one defence after another out of a copy of the house and looks whether its tests notice. Exit code 1: some do not.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { main, tool, ToolRefusal } from '../../infra/commands/tool.ts'
import { copyHouse } from '../support/house-copy.ts'
import type { Defence } from './defence.ts'
import { defences } from './table.ts'

type Copy = Awaited<ReturnType<typeof copyHouse>>
type Verdict = 'noticed' | 'NOT NOTICED' | 'fails anyway' | 'no test has run'

/** What the tests of a promise say of the house as it is: without that, a failure says nothing of the defence. */
const asItIs = new Map<string, Promise<Verdict | null>>()
function whyNoControl({ id, tests }: Defence, copy: Copy): Promise<Verdict | null> {
  const name = `${id} ${tests}`
  const known = asItIs.get(name) ?? control(id, tests, copy)
  asItIs.set(name, known)
  return known
}
async function control(id: string, tests: string, copy: Copy): Promise<Verdict | null> {
  const { code, output } = await runTests(id, tests, copy)
  if (code !== 0) return 'fails anyway'
  return /Tests .*\d+ passed/.test(output) ? null : 'no test has run'
}
const runTests = (id: string, tests: string, copy: Copy) => copy.run('vitest', 'run', tests, '-t', `\\b${id}\\b`)

async function without(defence: Defence, copy: Copy): Promise<Verdict> {
  const unfit = await whyNoControl(defence, copy)
  if (unfit !== null) return unfit
  const path = join(copy.root, defence.file)
  const whole = await readFile(path, 'utf8')
  await writeFile(
    path,
    whole.replace(defence.from, () => defence.to),
  )
  try {
    return (await runTests(defence.id, defence.tests, copy)).code === 0 ? 'NOT NOTICED' : 'noticed'
  } finally {
    await writeFile(path, whole)
  }
}

interface Asked {
  readonly only?: readonly string[]
  readonly in?: readonly string[]
}
/** A file of the defence, or of its tests. */
const isAsked = ({ id, file, tests }: Defence, only: Asked['only'], places: Asked['in']): boolean =>
  (only?.includes(id) ?? true) && (places?.some((word) => file.includes(word) || tests.includes(word)) ?? true)

await main((around) =>
  tool('defences', 'Takes each defence out of a copy of the code and looks whether the tests of its promise notice.')
    .option('--only <ids...>', 'those of some promises: S8 G4')
    .option('--in <words...>', 'those of files whose path holds one of these: messenger meta-dm')
    .action(async ({ only, in: places }: Asked) => {
      const copy = await copyHouse()
      const unseen: Defence[] = []
      try {
        for (const defence of defences.filter((it) => isAsked(it, only, places))) {
          if (around.stop.aborted) break
          const verdict = await without(defence, copy)
          around.out(`${defence.id.padEnd(4)} ${verdict.padEnd(15)} ${defence.what}\n`)
          if (verdict !== 'noticed') unseen.push(defence)
        }
      } finally {
        await copy.remove()
      }
      if (unseen.length > 0)
        throw new ToolRefusal(`${unseen.length} defences can be taken out and no test of their promise says so.`)
    }),
)
