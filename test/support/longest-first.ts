// The order of a run: the files that take longest begin it, so that neither worker ends alone with one of them; the rest in an order the seed decides.
import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Of half a minute and more, longest first (2026-11, two cores). One that is not here only begins at some other time. Of a channel's
 * only the name: whose folder it lies in is its own affair.
 */
export const longest: readonly string[] = [
  'test/bench/bench.int.test.ts',
  'test/chaos/faults.int.test.ts',
  'test/chaos/broken.int.test.ts',
  'journeys-kafka-apart.int.test.ts',
  'journeys-kafka.int.test.ts',
  'test/chaos/own.int.test.ts',
  'infra/drivers/log-postgres.int.test.ts',
  'test/chaos/callers.int.test.ts',
  'journeys-faults.int.test.ts',
  'test/fuzz/fuzz.int.test.ts',
  'infra/drivers/log-kafka-faults.int.test.ts',
  'infra/drivers/log-kafka.int.test.ts',
  'infra/drivers/log-kafka-groups.int.test.ts',
  'test/chaos/kill.int.test.ts',
  'test/walks/reviews.int.test.ts',
  'infra/commands/new-channel.test.ts',
  'gaps.int.test.ts',
  'test/chaos/kafka.int.test.ts',
  'test/chaos/database.int.test.ts',
]

/** By where they lie, from the root on. The same seed gives the same order on every machine. */
export function inOrder<T>(files: readonly T[], pathOf: (file: T) => string, seed: number): readonly T[] {
  const placed = files.map((file) => {
    const path = pathOf(file)
    const place = longest.findIndex(
      (one) => one === path || (path.startsWith('connectors/') && path.endsWith(`/${one}`)),
    )
    const chance = createHash('sha256').update(`${seed} ${path}`).digest('hex')
    return { file, place: place === -1 ? longest.length : place, chance }
  })
  return placed.toSorted((a, b) => a.place - b.place || (a.chance < b.chance ? -1 : 1)).map(({ file }) => file)
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root, sequence } = this.ctx.config
    // Vitest says it for an order of its own only.
    this.ctx.logger.log(` Running tests with seed "${sequence.seed}"\n`)
    return [...inOrder(files, ({ moduleId }) => relative(root, moduleId).replaceAll('\\', '/'), sequence.seed)]
  }
}
