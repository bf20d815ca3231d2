// `npm run defences`: takes one defence after another out of a copy of the house and looks whether its tests notice. Exit code 1: some do not.
import { main, tool, ToolRefusal } from '../../infra/commands/tool.ts'
import { copyHouse } from '../support/house-copy.ts'
import type { Defence } from './defence.ts'
import { isNoticed, makeJudge } from './judge.ts'
import { defences } from './table.ts'

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
      const judge = makeJudge(copy, around.stop)
      const unseen: Defence[] = []
      try {
        for (const defence of defences.filter((it) => isAsked(it, only, places))) {
          if (around.stop.aborted) break
          const verdict = await judge(defence)
          if (around.stop.aborted) break
          around.out(`${defence.id.padEnd(4)} ${verdict.padEnd(15)} ${defence.what}\n`)
          if (!isNoticed(verdict)) unseen.push(defence)
        }
      } finally {
        await copy.remove()
      }
      if (unseen.length > 0)
        throw new ToolRefusal(`${unseen.length} defences can be taken out and no test of their promise says so.`)
    }),
)
