// The metrics of the desk: how many tickets wait for an agent, how long the oldest does, and who is there.
import { presences } from '../schemas/agent.ts'
import type { House } from './house.ts'

/** Asked when somebody reads the metrics. What is no more is told as 0: a gauge that nobody sets keeps its last word. */
export async function tellDesk({
  meter,
  queues,
  channels,
}: Pick<House, 'meter' | 'queues' | 'channels'>): Promise<void> {
  const { waiting, agents } = await queues.standing.look()
  for (const channel of channels.keys()) {
    const found = waiting.find((it) => it.channel === channel)
    meter.gauge('waiting_tickets', found?.tickets ?? 0, { channel })
    meter.gauge('waiting_seconds', found?.oldestSeconds ?? 0, { channel })
  }
  for (const presence of presences)
    meter.gauge('agents', agents.find((it) => it.presence === presence)?.agents ?? 0, { presence })
}
