// The log in Kafka while whole processes are frozen, once; `npm run chaos -- kafka` does more, also on three brokers.
import { afterAll, expect, it } from 'vitest'
import { faults } from './faults/kafka.ts'
import { runInTest } from './in-tests.ts'
import { endMembers } from './member.ts'
import { once } from './once.ts'
import { seed } from '../support/seed.ts'

const frozen = faults.find(({ id }) => id === 'kafka-F9-frozen')
afterAll(() => endMembers(), 30_000)

it('F9 F18 G15 G9 G12 on Kafka: a process that was frozen past its session and its leases has no effect twice when it goes on', async () => {
  const { findings, accepted } = await runInTest((options) =>
    once(frozen!, frozen!.settings[0]!, { ...options, rounds: 1 }),
  )
  expect(findings, `seed ${seed}`).toEqual({ lost: [], doubled: [], empty: [], wrong: [] })
  expect(accepted).toBeGreaterThan(100)
}, 150_000)
