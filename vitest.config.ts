// How tests run: two kinds by file name, at most two workers, and the seed of the order said at the start.
import { defineConfig } from 'vitest/config'

const seed = Number(process.env['VITEST_SEED'] ?? Date.now() % 1_000_000)
const everywhere = ['api', 'connectors', 'core', 'infra', 'schemas', 'test', 'workers']
const filesNamed = (ending: string) => everywhere.map((room) => `${room}/**/*${ending}`)
const common = { environment: 'node', testTimeout: 20_000, hookTimeout: 30_000 } as const

export default defineConfig({
  test: {
    maxWorkers: 2,
    sequence: { seed },
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
