// Checks that the lock file holds every optional dependency it names: `npm install` passes where a clean `npm ci` later fails.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** `package -> missing`, for each name that has no entry of its own. */
export function missingFromLock(lock: { readonly packages: Readonly<Record<string, Locked>> }): readonly string[] {
  const entries = Object.keys(lock.packages)
  return Object.entries(lock.packages).flatMap(([name, it]) =>
    Object.keys(it.optionalDependencies ?? {})
      .filter((wanted) => !entries.some((entry) => entry.endsWith(`node_modules/${wanted}`)))
      .map((wanted) => `${name === '' ? 'this project' : name} -> ${wanted}`),
  )
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as Parameters<
    typeof missingFromLock
  >[0]
  const missing = missingFromLock(lock)
  for (const it of missing)
    process.stderr.write(`package-lock.json: ${it} has no entry; a clean install on that platform would fail\n`)
  process.exitCode = missing.length === 0 ? 0 : 1
}
