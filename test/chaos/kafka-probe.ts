// Writes to and reads from topics of its own on a Kafka that is being broken, and says how long either stood still, by partition.
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock } from '../../infra/drivers/clock.ts'
import { kafkaLog } from '../../infra/drivers/log-kafka.ts'
import { partitionOf } from '../../core/runtime/partition.ts'
import { anEvent } from '../support/make.ts'
import { keptLog } from '../support/quiet-log.ts'

export interface Stalls {
  /** Longest between two answers to appends of one partition. */
  readonly producerMs: number
  /** Longest between two events handed over of one partition. */
  readonly consumerMs: number
  /** Of one partition: how much longer its reader got nothing than its writer did. */
  readonly beyondMs: number
}
export interface Probe {
  stop(): Promise<Stalls>
}

const partitions = 12
const everyMs = 50

/** Resolves when both are at work in every partition. */
export async function startProbe(brokers: readonly string[], replicas: number): Promise<Probe> {
  const log = await kafkaLog({
    address: { brokers },
    clock: systemClock,
    log: keptLog(),
    partitions,
    replicas,
    prefix: `probe-${randomUUID().slice(0, 8)}.`,
  })
  const stop = new AbortController()
  const [written, read] = [gaps(), gaps()]
  const writing = keysOfEach().map(async (key, partition) => {
    while (!stop.signal.aborted) {
      const tries = log.append({ events: [anEvent({ key })] }, AbortSignal.timeout(60_000))
      if (
        await tries.then(
          () => true,
          () => false,
        )
      )
        written.seen(partition)
      await pause(everyMs)
    }
  })
  const reading = log.consume(
    'probe',
    ['message.received'],
    async (batch) => batch.forEach(({ key }) => read.seen(partitionOf(key, partitions))),
    stop.signal,
  )
  while (written.count() < partitions || read.count() < partitions) await pause(20)
  for (const it of [written, read]) it.forget()
  return {
    async stop() {
      const [byWriters, byReaders] = [written.longest(), read.longest()]
      stop.abort()
      await Promise.all([...writing, reading])
      await log.close()
      const beyond = byReaders.map((ms, partition) => ms - (byWriters[partition] ?? 0))
      return {
        producerMs: Math.max(...byWriters),
        consumerMs: Math.max(...byReaders),
        beyondMs: Math.max(0, ...beyond),
      }
    },
  }
}

/** One key that lies in each partition. */
function keysOfEach(): readonly string[] {
  const keys = new Map<number, string>()
  for (let n = 0; keys.size < partitions; n += 1) keys.set(partitionOf(`key-${n}`, partitions), `key-${n}`)
  return Array.from({ length: partitions }, (_, partition) => keys.get(partition) ?? '')
}

/** By partition; what stands still at the end counts too. */
function gaps() {
  const last = new Map<number, number>()
  const most = new Map<number, number>()
  const look = (partition: number): void => {
    const gap = performance.now() - (last.get(partition) ?? performance.now())
    most.set(partition, Math.max(most.get(partition) ?? 0, gap))
  }
  return {
    seen(partition: number): void {
      look(partition)
      last.set(partition, performance.now())
    },
    count: () => last.size,
    forget: () => most.clear(),
    longest: () =>
      Array.from({ length: partitions }, (_, partition) => {
        look(partition)
        return most.get(partition) ?? 0
      }),
  }
}
