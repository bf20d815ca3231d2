// What must hold before anything is tested: lock file, types, lint, format, and that what is emitted is up to date.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { Argument, type Command } from 'commander'
import { messageOf } from '../../core/errors.ts'
import { systemClock } from '../drivers/clock.ts'
import { makeLogger } from '../drivers/logger.ts'
import { emittedFiles, leftOver, staleFiles } from './emitted.ts'
import { missingFromLock } from './lock-complete.ts'
import { main, tool, ToolRefusal, type Surroundings } from './tool.ts'

const house = resolve(import.meta.dirname, '../..')

/** Null: as it should be. Else what was found, and what to do. */
interface Step {
  readonly name: string
  find(root: string, around: Surroundings): Promise<string | null>
}
const program =
  (remedy: string, ...words: readonly string[]): Step['find'] =>
  async (root, around) => {
    const { code, output } = await run(words, root, around)
    return code === 0 ? null : `${output.trimEnd()}\n${remedy}`
  }

const steps: readonly Step[] = [
  { name: 'lock', find: lockFile },
  { name: 'types', find: program('', 'tsc', '--noEmit', '-p', '.') },
  { name: 'lint', find: program('', 'oxlint', '--deny-warnings') },
  { name: 'format', find: program('Run: npm run format', 'prettier', '--check', '--log-level', 'warn', '.') },
  { name: 'emitted', find: emitted },
]

export const checkTool = (around: Surroundings, root = house): Command =>
  tool(
    'check',
    `Looks at the code without running it: ${steps.map((step) => step.name).join(', ')}. Goes on after a fault, so that one run shows all.`,
  )
    .addArgument(new Argument('[parts...]', 'only these').choices(steps.map((step) => step.name)))
    .action(async (parts: readonly string[]) => {
      const failed: string[] = []
      // All at once, as most of them keep one core busy; told in their order.
      const looking = steps
        .filter(({ name }) => parts.length === 0 || parts.includes(name))
        .map((step) => ({ ...step, looked: look(step, root, around) }))
      for (const { name, looked } of looking) {
        around.say(`${name.padEnd(8)} `)
        const { found, seconds } = await looked
        around.say(`${found === null ? 'ok' : 'FAILED'}  ${seconds.toFixed(1)} s\n`)
        if (found === null) continue
        failed.push(name)
        around.say(`${indented(found)}\n`)
      }
      if (failed.length > 0) throw new ToolRefusal(`Not as it should be: ${failed.join(', ')}.`)
      around.out('Everything is as it should be.\n')
    })

/** Never rejects: what goes wrong with looking is what was found. */
async function look({ find }: Step, root: string, around: Surroundings) {
  const began = systemClock.ticks()
  const found = await find(root, around).catch((error: unknown) => messageOf(error))
  return { found, seconds: (systemClock.ticks() - began) / 1000 }
}

const indented = (text: string): string => text.trimEnd().replace(/^/gm, '  ')

async function lockFile(root: string): Promise<string | null> {
  const text = await readFile(join(root, 'package-lock.json'), 'utf8')
  const missing = missingFromLock(JSON.parse(text) as Parameters<typeof missingFromLock>[0])
  if (missing.length === 0) return null
  return `package-lock.json has no entry for ${missing.join(', ')}: a clean install on that platform would fail.`
}

async function emitted(root: string): Promise<string | null> {
  const files = await emittedFiles(root, makeLogger({ level: 'error' }))
  const stale = (await staleFiles(files, root)).map(({ path }) => `${path} is not what the code describes`)
  const gone = (await leftOver(files, root)).map((path) => `${path} is written by nothing`)
  return stale.length + gone.length === 0 ? null : [...stale, ...gone, 'Run: npm run describe'].join('\n')
}

/** The programs of this checkout, whoever started the check. */
function run(
  [name = '', ...words]: readonly string[],
  root: string,
  around: Surroundings,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const path = [join(root, 'node_modules/.bin'), around.env['PATH'] ?? ''].join(delimiter)
  const child = spawn(name, words, {
    cwd: root,
    env: { ...around.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: around.stop,
    shell: process.platform === 'win32',
  })
  let output = ''
  const keep = (chunk: Buffer): void => void (output += chunk.toString())
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) => done({ code, output }))
  })
}

if (import.meta.main) await main(checkTool)
