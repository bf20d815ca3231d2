// What is told of the accounts and of the lag when somebody reads the metrics, also when one of the two cannot be asked.
import { expect, it } from 'vitest'
import type { LiveAccount } from '../core/ports/queues.ts'
import { makeMeter } from './drivers/metrics.ts'
import { readPromql } from './deploy/promql.ts'
import { alarms } from './deploy/read-deploy.ts'
import type { House } from './house.ts'
import { watchGauges } from './watch-gauges.ts'

const account = (id: string, state: string): LiveAccount => ({ channel: 'pigeon', id, state }) as LiveAccount

function pageOf(parts: {
  readonly accounts: () => readonly LiveAccount[]
  readonly lags?: House['lags']
  readonly look?: () => Promise<unknown>
}): () => Promise<string> {
  const meter = makeMeter({ ofProcess: false })
  const house = {
    meter,
    channels: new Map([['pigeon', null]]),
    registry: { workers: [{ name: 'threading' }] },
    directory: { all: parts.accounts },
    lags: parts.lags ?? (async () => [{ events: 3, oldestSeconds: 1.5, partition: 'message/0' }]),
    queues: { standing: { look: parts.look ?? (async () => ({ waiting: [], agents: [] })) } },
  }
  watchGauges(house as unknown as House)
  return () => meter.text()
}

it('M2 a state that no account is in any more is told as 0, so that its alarm ends', async () => {
  let accounts = [account('one', 'auth_failed'), account('two', 'connected')]
  const page = pageOf({ accounts: () => accounts })
  expect(await page()).toContain('inlet_accounts{channel="pigeon",state="auth_failed"} 1')
  accounts = [account('one', 'connected'), account('two', 'connected')]
  const after = await page()
  expect(after).toContain('inlet_accounts{channel="pigeon",state="auth_failed"} 0')
  expect(after).toContain('inlet_accounts{channel="pigeon",state="connected"} 2')
  accounts = []
  expect(await page()).toContain('inlet_accounts{channel="pigeon",state="connected"} 0')
})

it('M2 a log that cannot be asked hides no account, and a database that cannot be asked no lag', async () => {
  const away = () => Promise.reject(new Error('away'))
  const accounts = () => [account('one', 'degraded')]
  expect(await pageOf({ accounts, lags: away })()).toContain('inlet_accounts{channel="pigeon",state="degraded"} 1')
  const page = await pageOf({ accounts, look: away })()
  expect(page).toContain('inlet_accounts{channel="pigeon",state="degraded"} 1')
  expect(page).toContain('inlet_lag_events{worker="threading",partition="message/0"} 3')
})

it('M2 every counter that an alarm asks about is on the page from the start, at 0: of one that begins at 1 Prometheus sees no increase', async () => {
  const page = await pageOf({ accounts: () => [] })()
  const asked = alarms.flatMap(({ expr }) => readPromql(expr).series.map(({ name }) => name))
  const counters = asked.filter((name) => name.endsWith('_total'))
  expect(counters.length).toBeGreaterThan(3)
  for (const name of counters)
    expect(page).toMatch(new RegExp(`^${name}\\{(?:worker="threading"|channel="pigeon".*)\\} 0$`, 'm'))
  expect(page).toContain('inlet_refused_total{channel="pigeon",reason="unavailable"} 0')
})
