// What every tool shares: its help, its exit codes (0 done, 1 could not, 2 not understood) and how it says why.
import { Command, CommanderError } from 'commander'
import { GatewayError, messageOf } from '../../core/errors.ts'
import { readEnvironment } from '../settings-environment.ts'

export interface Surroundings {
  /** The words after the tool's name. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** What the tool is for: it may be piped on. */
  out(text: string): void
  /** What is said to the person beside it: progress, warnings, refusals. */
  say(text: string): void
  readonly isTerminal: boolean
  /** Ctrl-C and SIGTERM. */
  readonly stop: AbortSignal
}

/** A refusal in words: nothing went wrong in the tool itself, so no trace is shown. */
export class ToolRefusal extends Error {}

/** `name`: as in package.json's scripts, for the help. */
export const tool = (name: string, says: string): Command =>
  new Command(`npm run ${name} --`)
    .description(says)
    .helpOption('--help', 'this page')
    .showHelpAfterError('See --help.')

/** Runs a tool and gives its exit code. */
export async function runTool(command: Command, around: Surroundings): Promise<number> {
  command.exitOverride().configureOutput({ writeOut: around.out, writeErr: around.say })
  try {
    await command.parseAsync([...around.argv], { from: 'user' })
    return 0
  } catch (error) {
    return codeFor(error, around)
  }
}

function codeFor(error: unknown, around: Surroundings): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (around.stop.aborted) return 130
  const isExpected = error instanceof ToolRefusal || error instanceof GatewayError
  around.say(`${isExpected || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message)}\n`)
  return 1
}

/** For the file that is started: the words, streams and signals of this process. */
export async function main(make: (around: Surroundings) => Command): Promise<void> {
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  const around: Surroundings = {
    argv: process.argv.slice(2),
    env: readEnvironment(),
    out: (text) => void process.stdout.write(text),
    say: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY && process.stdin.isTTY,
    stop: stop.signal,
  }
  try {
    process.exitCode = await runTool(make(around), around)
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}
