// `npm run fuzz`: fuzzes for a time; exit code 1 when something was found, which is then a file in test/fuzz/corpus.
import { randomInt } from 'node:crypto'
import { InvalidArgumentError } from 'commander'
import { main, tool, ToolRefusal } from '../../infra/commands/tool.ts'
import { duration } from '../../infra/settings-values.ts'
import { fuzzFor } from './index.ts'
import { targetNames, type TargetName } from './target.ts'

interface Flags {
  readonly for: number
  readonly seed?: string
  readonly only?: readonly TargetName[]
}

const seconds = (text: string): number => {
  const parsed = duration('s', 1, 86_400)(text)
  if ('is' in parsed) return parsed.is
  throw new InvalidArgumentError(`It is ${parsed.meant}.`)
}
function targets(text: string): readonly TargetName[] {
  const asked = text.split(',')
  const unknown = asked.find((it) => !targetNames.includes(it as TargetName))
  if (unknown !== undefined)
    throw new InvalidArgumentError(`There is no ${unknown}; there are ${targetNames.join(', ')}.`)
  return asked as readonly TargetName[]
}

await main((around) =>
  tool('fuzz', 'Throws garbage at what reads foreign bytes, and keeps what it finds in test/fuzz/corpus.')
    .option('--for <time>', 'how long in all: 30s, 10m', seconds, 60)
    .option('--seed <n>', 'same seed, same inputs; a new one when absent')
    .option('--only <targets>', `of ${targetNames.join(',')}`, targets)
    .action(async (flags: Flags) => {
      const seed = flags.seed === undefined ? randomInt(2 ** 30) : Number(flags.seed)
      around.say(`seed ${seed}\n`)
      const { only, for: time } = flags
      const outcomes = await fuzzFor(time, seed, {
        say: around.say,
        stop: around.stop,
        ...(only === undefined ? {} : { only }),
      })
      for (const { target, inputs, finds } of outcomes)
        around.out(`${target}\t${inputs} inputs\t${finds.length} finds\n`)
      const found = outcomes.reduce((all, it) => all + it.finds.length, 0)
      if (found > 0)
        throw new ToolRefusal(`${found} inputs were not taken well; each is a file in test/fuzz/corpus now.`)
    }),
)
