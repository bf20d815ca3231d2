// What the page of metrics says before anything was counted, and what is known only by asking: lag, who waits at the desk, how the accounts are.
import { healthStates } from '../schemas/channel.ts'
import { metrics } from './drivers/metric-names.ts'
import type { House } from './house.ts'
import { tellDesk } from './watch-desk.ts'

/** Asked when somebody reads the metrics (M2), each by itself: a log that is away hides no account, and a database that is away no lag. */
export function watchGauges(house: House): void {
  const { meter } = house
  beginCounters(house)
  meter.beforeText(() => tellLag(house))
  meter.beforeText(() => tellDesk(house))
  meter.beforeText(async () => tellAccounts(house))
}

/**
 * A counter that comes onto the page with its first 1 has not grown for Prometheus, and a sum with one that is not there is none: the first
 * event that was set aside, or the first unsure answer, would ring nobody.
 */
function beginCounters({ meter, registry, channels }: Pick<House, 'meter' | 'registry' | 'channels'>): void {
  const known: Readonly<Record<string, readonly string[]>> = {
    worker: registry.workers.map(({ name }) => name),
    channel: [...channels.keys()],
  }
  for (const [name, { kind, labels }] of Object.entries(metrics)) {
    const [label = '', ...more] = labels
    if (kind === 'counter' && more.length === 0)
      for (const value of known[label] ?? []) meter.begin(name, { [label]: value })
  }
  for (const channel of channels.keys()) meter.begin('refused', { channel, reason: 'unavailable' })
}

async function tellLag({ meter, registry, lags }: Pick<House, 'meter' | 'registry' | 'lags'>): Promise<void> {
  for (const { name: worker } of registry.workers) {
    for (const { events, oldestSeconds, partition } of await lags(worker)) {
      const labels = { worker, ...(partition === null ? {} : { partition }) }
      meter.gauge('lag_events', events, labels)
      meter.gauge('lag_seconds', oldestSeconds, labels)
    }
  }
}

/** The states nobody is in as well: a gauge that nobody sets keeps its last word, and its alarm would ring for ever. */
export function tellAccounts({
  meter,
  directory,
  channels,
}: Pick<House, 'meter' | 'channels'> & { readonly directory: Pick<House['directory'], 'all'> }): void {
  const accounts = directory.all()
  for (const channel of channels.keys())
    for (const state of healthStates) {
      const found = accounts.filter((it) => it.channel === channel && it.state === state)
      meter.gauge('accounts', found.length, { channel, state })
    }
}
