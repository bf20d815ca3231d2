// Every secret the tests use is a canary: what was said by any process of the run, and answered by any API, is kept and searched for it at the end (S18).
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of this run's outputs; set by the one who runs the tests, absent when a single file is run by hand. */
export const outputsVariable = 'INLET_TEST_OUTPUTS'
const canaryFile = 'canaries.jsonl'
/** What is shorter would be met by chance. */
const shortest = 12

const folder = (): string | undefined => process.env[outputsVariable]

export function noteSecrets(secrets: readonly string[]): void {
  const at = folder()
  if (at !== undefined)
    appendFileSync(join(at, canaryFile), secrets.map((secret) => `${JSON.stringify(secret)}\n`).join(''))
}
/** Pieces of one source follow each other in one file: a secret may be cut by the pipe, and is found all the same. */
export function noteOutput(source: string, text: string): void {
  const at = folder()
  if (at !== undefined) appendFileSync(join(at, `${source}.txt`), text)
}

/** Where a secret was said, without saying it again. */
export function secretsSaidIn(at: string): readonly string[] {
  if (!existsSync(join(at, canaryFile))) return []
  const lines = readFileSync(join(at, canaryFile), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  const secrets = [...new Set(lines.map((line) => JSON.parse(line) as string))].filter((it) => it.length >= shortest)
  // Also as JSON and as part of an address would write it.
  const spellings = secrets.map((it) => [it, JSON.stringify(it).slice(1, -1), encodeURIComponent(it)])
  return readdirSync(at)
    .filter((name) => name !== canaryFile)
    .flatMap((name) => {
      const text = readFileSync(join(at, name), 'utf8')
      return spellings
        .filter((ways) => ways.some((it) => text.includes(it)))
        .map(([it = '']) => `${name} holds the secret that begins with ${it.slice(0, 5)} (${it.length} characters)`)
    })
}
