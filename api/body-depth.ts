// How deep a body may be nested: what walks it, checks it or writes it down again goes as deep, and a stack ends.
import { invalid } from './problem.ts'

const levels = 64

/** Throws a Problem that names the field. Looks at a level at a time, so that it needs no stack itself. */
export function refuseTooDeep(body: unknown): void {
  if (typeof body !== 'object' || body === null) return
  for (const [field, value] of Object.entries(body))
    if (isDeeper(value)) throw invalid(field, `${field} is nested more than ${levels} levels deep.`, 'too_deep')
}

function isDeeper(value: unknown): boolean {
  let level: readonly unknown[] = [value]
  for (let depth = 0; depth < levels; depth += 1) {
    level = level.flatMap((it) => (typeof it === 'object' && it !== null ? (Object.values(it) as unknown[]) : []))
    if (level.length === 0) return false
  }
  return true
}
