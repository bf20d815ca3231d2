// The short form of the fuzzing: what was ever found is played again, and every run looks a little further; `npm run fuzz` looks for longer.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { masterKey } from '../support/gateway-process.ts'
import { fuzz, keptFinds, withTargets } from './index.ts'
import { targetNames } from './target.ts'
import { seed } from '../support/seed.ts'

const inputs = { normalizer: 1_500, mail: 600, signature: 1_500, door: 500, 'signed-door': 500, api: 1_500 } as const

let database: FreshDatabase
let env: Readonly<Record<string, string>>
beforeEach(async () => {
  database = await freshDatabase()
  env = { DATABASE_URL: database.url, INLET_MASTER_KEY: masterKey }
})
afterEach(() => database.close())

describe('garbage', () => {
  it('S34 what was found once is taken well', async () => {
    const wrong: unknown[] = []
    await withTargets(targetNames, env, async (targets) => {
      for (const target of targets)
        for (const { input } of keptFinds(target.name)) {
          const why = await target.check(input)
          if (why !== null) wrong.push({ target: target.name, why, input })
        }
    })
    expect(wrong).toEqual([])
  }, 60_000)

  it.each(targetNames)(
    `S34 %s takes made-up input without a fault (seed ${seed})`,
    async (name) => {
      const [outcome] = await fuzz(seed, () => ({ inputs: inputs[name] }), { only: [name], env, keepIn: null })
      expect(outcome?.finds).toEqual([])
      expect(outcome?.inputs).toBe(inputs[name])
    },
    120_000,
  )
})
