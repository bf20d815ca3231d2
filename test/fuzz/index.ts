// The fuzzing: so many inputs, or for so long, from one seed; each find is kept as a file that every later run plays again (S34).
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { apiTarget } from './api.ts'
import { doorTarget } from './door.ts'
import { fuzzedGateway, type FuzzedGateway } from './gateway.ts'
import { mailTarget } from './mail.ts'
import { normalizerTarget } from './normalizer.ts'
import { signatureTarget } from './signature.ts'
import { signedDoorTarget } from './signed-door.ts'
import { targetNames, type Target, type TargetName } from './target.ts'

export const corpus = join(import.meta.dirname, 'corpus')

export interface Find {
  readonly target: TargetName
  readonly seed: number
  readonly why: string
  /** The smallest that was found to do it. */
  readonly input: unknown
}
export interface Outcome {
  readonly target: TargetName
  readonly seed: number
  readonly inputs: number
  readonly finds: readonly Find[]
}
export interface FuzzOptions {
  readonly only?: readonly TargetName[]
  /** A gateway's database; without one it brings its own. */
  readonly env?: Readonly<Record<string, string>>
  readonly say?: (line: string) => void
  /** Where finds are written; null: nowhere. */
  readonly keepIn?: string | null
  readonly stop?: AbortSignal
}
type Until = { readonly seconds: number } | { readonly inputs: number }

/** For `npm run chaos`: all targets, each its share of the time. */
export const fuzzFor = (seconds: number, seed: number, options: FuzzOptions = {}): Promise<readonly Outcome[]> =>
  fuzz(seed, (count) => ({ seconds: seconds / count }), options)

export async function fuzz(
  seed: number,
  share: (targets: number) => Until,
  options: FuzzOptions = {},
): Promise<readonly Outcome[]> {
  const names = options.only ?? targetNames
  return withTargets(names, options.env, async (targets) => {
    const outcomes: Outcome[] = []
    for (const target of targets) {
      if (options.stop?.aborted === true) break
      outcomes.push(await fuzzOne(target, seed, share(targets.length), options))
    }
    return outcomes
  })
}

export async function withTargets<T>(
  names: readonly TargetName[],
  env: Readonly<Record<string, string>> | undefined,
  work: (targets: readonly Target[]) => Promise<T>,
): Promise<T> {
  const needsGateway = names.some((it) => it !== 'normalizer' && it !== 'mail' && it !== 'signature')
  const on = needsGateway ? await fuzzedGateway(env) : null
  const targets: Target[] = []
  try {
    for (const name of names) targets.push(await targetNamed(name, on))
    return await work(targets)
  } finally {
    await Promise.all(targets.map((it) => it.close()))
    await on?.close()
  }
}

async function targetNamed(name: TargetName, on: FuzzedGateway | null): Promise<Target> {
  if (name === 'normalizer') return (await normalizerTarget()) as Target
  if (name === 'mail') return (await mailTarget()) as Target
  if (name === 'signature') return (await signatureTarget()) as Target
  if (on === null) throw new Error(`${name} is fuzzed at a gateway, and none was started`)
  if (name === 'signed-door') return (await signedDoorTarget(on)) as Target
  return (name === 'door' ? doorTarget(on) : await apiTarget(on)) as Target
}

const perRound = 200
/** One kind of fault is shown once; more of them than this are one big fault. */
const mostFinds = 20

async function fuzzOne(target: Target, seed: number, until: Until, options: FuzzOptions): Promise<Outcome> {
  const began = performance.now()
  const finds: Find[] = []
  let inputs = 0
  const isOver = (): boolean =>
    options.stop?.aborted === true ||
    finds.length >= mostFinds ||
    ('inputs' in until ? inputs >= until.inputs : performance.now() - began >= until.seconds * 1000)
  for (let round = 0; !isOver(); round += 1) {
    const numRuns = 'inputs' in until ? Math.min(perRound, until.inputs - inputs) : perRound
    const found = await oneRound(target, (seed + round) % 2 ** 31, numRuns)
    inputs += found.inputs
    if (found.find !== null && !finds.some((it) => kindOf(it) === kindOf(found.find!))) {
      finds.push(found.find)
      options.say?.(`${target.name}: ${found.find.why}\n`)
      if (options.keepIn !== null) keep(found.find, options.keepIn ?? corpus)
    }
    if (round % 20 === 0) options.say?.(`${target.name}: ${inputs} inputs, ${finds.length} finds (seed ${seed})\n`)
  }
  options.say?.(`${target.name}: ${inputs} inputs, ${finds.length} finds (seed ${seed}), done\n`)
  return { target: target.name, seed, inputs, finds }
}

async function oneRound(target: Target, seed: number, numRuns: number): Promise<{ inputs: number; find: Find | null }> {
  let last = ''
  const property = fc.asyncProperty(target.inputs, async (input) => {
    const why = await target.check(input)
    if (why === null) return true
    last = why
    return false
  })
  const result = await fc.check(property, { seed, numRuns, endOnFailure: false })
  if (!result.failed) return { inputs: result.numRuns, find: null }
  const [input] = result.counterexample ?? []
  return {
    inputs: result.numRuns,
    find: { target: target.name, seed, why: last || String(result.errorInstance), input },
  }
}

/** Numbers, ids and times apart, the same words are the same fault. */
const kindOf = ({ why }: Find): string => why.replace(/[0-9a-f-]{8,}|\d+/gi, '#').slice(0, 120)

function keep(find: Find, folder: string): void {
  mkdirSync(join(folder, find.target), { recursive: true })
  const text = `${JSON.stringify(find, null, 2)}\n`
  const name = createHash('sha256').update(JSON.stringify(find.input)).digest('hex').slice(0, 12)
  writeFileSync(join(folder, find.target, `${name}.json`), text)
}

export function keptFinds(target: TargetName, folder = corpus): readonly Find[] {
  const path = join(folder, target)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(path, name), 'utf8')) as Find)
}
