// A copy of the whole checkout in a temporary folder, to add channels to it and take them away; packages are shared by a link.
import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const here = join(import.meta.dirname, '..', '..')
const allRooms = ['api', 'connectors', 'core', 'infra', 'schemas', 'test', 'workers']
const files = ['package.json', 'package-lock.json', 'tsconfig.json', 'vitest.config.ts', 'README.md']
const rules = ['.oxlintrc.json', '.prettierrc.json', '.prettierignore', '.npmrc']

export interface Ran {
  readonly code: number | null
  readonly output: string
}
export interface HouseCopy {
  readonly root: string
  /** Runs one of the packages' programs there; the output comes with the code, so that a failed test shows it. */
  run(program: string, ...words: readonly string[]): Promise<Ran>
  /** The same, but it is ended with all that it started when `until` says so; the code is null then. */
  runUntil(until: AbortSignal, program: string, ...words: readonly string[]): Promise<Ran>
  remove(): Promise<void>
}

/** `rooms`: where a part of it is enough. */
export async function copyHouse(rooms: readonly string[] = allRooms): Promise<HouseCopy> {
  const root = await mkdtemp(join(tmpdir(), 'inlet-house-'))
  for (const part of [...rooms, ...files, ...rules])
    await cp(join(here, part), join(root, part), {
      recursive: true,
      filter: (from) => basename(from) !== 'node_modules',
    })
  await symlink(join(here, 'node_modules'), join(root, 'node_modules'))
  return {
    root,
    run: (program, ...words) => run(root, program, words),
    runUntil: (until, program, ...words) => run(root, program, words, until),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

export function run(root: string, program: string, words: readonly string[], until?: AbortSignal): Promise<Ran> {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(join(here, 'node_modules/.bin', program), words, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Nothing of the test run around it: a vitest in a vitest must not think it is a worker of the other.
    env: { PATH, HOME, NO_COLOR: '1' },
    // A group of its own: a worker that loops hears nothing of its parent's end.
    detached: until !== undefined,
  })
  let output = ''
  const keep = (chunk: Buffer): void => void (output += chunk.toString())
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const end = (): void => endGroup(child.pid)
  if (until?.aborted === true) end()
  until?.addEventListener('abort', end, { once: true })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      until?.removeEventListener('abort', end)
      resolve({ code, output: output.slice(-6_000) })
    })
  })
}

function endGroup(leader: number | undefined): void {
  if (leader === undefined) return
  try {
    process.kill(process.platform === 'win32' ? leader : -leader, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}
