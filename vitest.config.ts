// How tests run: two kinds by file name, at most two workers, and the seed of the order said at the start.
import { defineConfig } from 'vitest/config'
import { compiledIn } from './test/support/compiled.ts'
import { LongestFirst } from './test/support/longest-first.ts'

const seed = Number(process.env['VITEST_SEED'] ?? Date.now() % 1_000_000)
// Every file of the run, and what it starts, draws from the same one.
process.env['VITEST_SEED'] = String(seed)
// And compiles the gateway once for all its processes.
Object.assign(process.env, compiledIn())
const everywhere = ['api', 'connectors', 'core', 'infra', 'schemas', 'test', 'workers']
const filesNamed = (ending: string) => everywhere.map((room) => `${room}/**/*${ending}`)
const common = { environment: 'node', testTimeout: 60_000, hookTimeout: 90_000 } as const

export default defineConfig({
  test: {
    maxWorkers: 2,
    // Files in another order each time, but for the longest; VITEST_SEED brings an order back.
    sequence: { seed, sequencer: LongestFirst },
    // As fast as threads here (measured 2026-11: 1.1 s and 1.1 s on 85 unit tests, 11 s and 14 s on two database files), and what a test
    // kills or leaves behind is a process of its own; a server started from a thread would be stopped by the kernel with that thread.
    pool: 'forks',
    projects: [
      // In memory, in milliseconds: nothing is started for these.
      {
        test: { ...common, name: 'unit', include: filesNamed('.test.ts'), exclude: filesNamed('.int.test.ts') },
      },
      // On real servers: one PostgreSQL for the whole run, started only when such a file is in it.
      {
        test: {
          ...common,
          name: 'int',
          include: filesNamed('.int.test.ts'),
          // What only root can try: CI runs as both.
          exclude: process.getuid?.() === 0 ? [] : filesNamed('.root.int.test.ts'),
          globalSetup: ['test/support/one-server.ts'],
        },
      },
    ],
  },
})
