// Finds the faults of `faults/` by itself: a file there brings one or several, and there is no list to extend.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Fault } from './fault.ts'

export async function allFaults(): Promise<readonly Fault[]> {
  const folder = join(import.meta.dirname, 'faults')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).toSorted()
  const modules = await Promise.all(names.map((name) => import(pathToFileURL(join(folder, name)).href)))
  const numberOf = ({ id }: Fault): number => Number(/\d+/.exec(id)?.[0] ?? 0)
  return modules
    .flatMap((module: { readonly faults: readonly Fault[] }) => module.faults)
    .toSorted((a, b) => numberOf(a) - numberOf(b))
}
