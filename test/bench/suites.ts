// Finds the suites: every file of suites/, in the order they should run.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Suite } from './suite.ts'

const folder = join(import.meta.dirname, 'suites')
/** What is not named here comes behind. The longest last. */
const first = [
  'ingest',
  'channels',
  'latency',
  'end-to-end',
  'pipeline',
  'replies',
  'start',
  'idle',
  'email-speed',
  'email-wait',
  'email-idle',
]
const last = ['memory']

export async function findSuites(): Promise<readonly Suite[]> {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.slice(0, -'.ts'.length))
  const place = (name: string): number =>
    last.includes(name) ? 1_000 : first.includes(name) ? first.indexOf(name) : 100
  const ordered = names.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
  return Promise.all(ordered.map((name) => suiteIn(name)))
}

async function suiteIn(name: string): Promise<Suite> {
  const { default: found } = (await import(join(folder, `${name}.ts`))) as { readonly default?: Suite }
  if (found?.name === name) return found
  throw new Error(`test/bench/suites/${name}.ts exports no suite called ${name}`)
}
