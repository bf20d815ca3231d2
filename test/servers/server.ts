// What a server of the tests is that no npm package brings: how it is found on this machine, and how it gets here.
import { spawn } from 'node:child_process'

export interface Server {
  /** As a person calls it: `Dovecot`. */
  readonly name: string
  /** What cannot be tested without it. */
  readonly for: string
  /** Where it lies, or null when it is not here. */
  find(): Promise<string | null>
  /** Brings it. Rejects with a sentence that says what to do by hand. */
  install(say: (line: string) => void): Promise<void>
}

let lists: Promise<void> | null = null
/** The package lists are read once a run: a fresh machine has none. */
const readLists = (): Promise<void> => (lists ??= run('apt-get', ['update', '-q']).then(() => undefined))

/** By the system's package manager, as root or as somebody who may become it without a password. */
export async function aptInstall(...packages: readonly string[]): Promise<void> {
  const byHand = `Install by hand: apt-get install ${packages.join(' ')}`
  try {
    await readLists()
    await run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages])
  } catch (error) {
    throw new Error(`${packages.join(', ')} could not be installed. ${byHand}`, { cause: error })
  }
}

/** The output; rejects with its end where the program says no. */
export function run(program: string, words: readonly string[], cwd?: string): Promise<string> {
  const asRoot = program === 'apt-get' && process.getuid?.() !== 0
  const [command, args] = asRoot ? ['sudo', ['-n', program, ...words]] : [program, words]
  const child = spawn(command, [...args], {
    cwd,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const keep = (chunk: Buffer): void => void (output += chunk.toString())
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', (code) =>
      code === 0 ? done(output) : fail(new Error(`${program} ended with ${code}: ${output.slice(-2000)}`)),
    )
  })
}
