// What the settings of topics that are there do to messages: refused where some would be lost whatever else holds, said where less is kept.
import kafkajs, { type Admin, type ITopicMetadata } from 'kafkajs'
import { GatewayError, messageOf } from '../../../core/errors.ts'
import type { Logger } from '../../../core/ports/edges.ts'
import { replicasOf } from './replicas.ts'

const dayMs = 86_400_000
/** How far ahead of the broker's a writer's clock may be. Look-alikes and old brokers do not know it, and have no limit. */
export const clockLimit = 'message.timestamp.after.max.ms'
/** A machine whose clock is an hour ahead must not have its messages refused (F12). */
export const clockLimitMs = dayMs
const asked = [
  'cleanup.policy',
  'max.message.bytes',
  clockLimit,
  'min.insync.replicas',
  'retention.bytes',
  'retention.ms',
] as const
type Asked = (typeof asked)[number]

/** Null where the user may not read it: then the default of Kafka is believed. */
export type TopicConfigs = (topic: string, config: Asked) => string | null

/** Those that Inlet needs, whatever the brokers have by default: a topic made by hand wants them too. */
export const neededConfigs = (keepDays: number): Readonly<Record<string, string>> => ({
  // Compacted, of each conversation the last event alone would be kept.
  'cleanup.policy': 'delete',
  // As it was written: a broker that packs every batch anew works for nothing, and so does who reads it.
  'compression.type': 'producer',
  // By time alone: what waits while the workers are down may be much.
  'retention.bytes': '-1',
  'retention.ms': String(Math.round(keepDays * dayMs)),
  // Kafka drops whole segments: with a week in each, events would lie there longer than their ids are remembered.
  'segment.ms': String(dayMs),
})

export async function readConfigs(admin: Admin, all: readonly string[], log: Logger): Promise<TopicConfigs> {
  const resources = all.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: [...asked] }))
  const answer = await admin.describeConfigs({ resources, includeSynonyms: false }).catch((error: unknown) => {
    log.warn(
      'The settings of the topics cannot be read, and are taken for what Kafka has by default: nobody would notice here that they are compacted or kept too short. Let this user describe-configs of them.',
      { why: messageOf(error) },
    )
    return { resources: [] }
  })
  const known = new Map(
    answer.resources.map((it) => [
      it.resourceName,
      new Map(it.configEntries.map((entry) => [entry.configName, entry.configValue])),
    ]),
  )
  return (topic, config) => known.get(topic)?.get(config) ?? null
}

/** Throws `settings.invalid` for what cannot do. */
export function checkConfigs(
  topics: readonly ITopicMetadata[],
  configs: TopicConfigs,
  { keepDays, log }: { readonly keepDays: number; readonly log: Logger },
): void {
  for (const { name } of topics) {
    checkKept(name, configs(name, 'cleanup.policy'))
    checkRoom(name, configs(name, 'max.message.bytes'))
  }
  for (const { name } of topics) warnOfRetention(name, configs, { keepDays, log })
  const isWeak = ({ name, partitions }: ITopicMetadata): boolean =>
    replicasOf(partitions) >= 3 && Number(configs(name, 'min.insync.replicas') ?? Number.NaN) < 2
  warnOfWeak(topics.filter(isWeak), log)
  const isStrict = ({ name }: ITopicMetadata): boolean => Number(configs(name, clockLimit) ?? Infinity) < clockLimitMs
  warnOfClocks(topics.filter(isStrict), log)
}

/** What has one key is one conversation: the broker would drop all of it but the last, read or not. */
function checkKept(topic: string, policy: string | null): void {
  if (policy === null || !policy.includes('compact')) return
  throw new GatewayError(
    'settings.invalid',
    `Topic ${topic} is compacted (cleanup.policy=${policy}): of each conversation Kafka would keep the last event only. Set its cleanup.policy to delete (kafka-configs --alter --entity-type topics).`,
    { about: { topic, policy } },
  )
}

/** An event has at most 128 kB and a raw that lies in the log 64 kB; a topic that takes less would refuse some for ever. */
const leastRoomBytes = 200_000
function checkRoom(topic: string, given: string | null): void {
  if (given === null || Number(given) >= leastRoomBytes) return
  throw new GatewayError(
    'settings.invalid',
    `Topic ${topic} takes records of ${given} bytes at most, and those of Inlet may have ${leastRoomBytes}. Raise its max.message.bytes (kafka-configs --alter --entity-type topics).`,
    { about: { topic, maxBytes: Number(given) } },
  )
}

function warnOfRetention(
  topic: string,
  configs: TopicConfigs,
  { keepDays, log }: { readonly keepDays: number; readonly log: Logger },
): void {
  const keptMs = Number(configs(topic, 'retention.ms') ?? Number.NaN)
  const days = keptMs < 0 ? 'for ever' : keptMs / dayMs
  // What lies longer in the log than the record remembers its ids could come twice if a group's position were lost.
  if (keptMs < 0 || keptMs > keepDays * dayMs)
    log.warn(
      'A topic keeps events longer than INLET_KEEP_DAYS; a group that lost its position would read too far back.',
      { topic, days, keepDays },
    )
  else if (keptMs < Math.round(keepDays * dayMs))
    log.warn(
      'A topic keeps events shorter than INLET_KEEP_DAYS; what the workers have not read by then is lost. Set its retention.ms (kafka-configs --alter --entity-type topics), or INLET_KEEP_DAYS to what it keeps.',
      { topic, days, keepDays },
    )
  const keptBytes = Number(configs(topic, 'retention.bytes') ?? -1)
  if (keptBytes >= 0)
    log.warn(
      'A topic drops what is oldest when a partition grows too large, read or not. Set its retention.bytes to -1 (kafka-configs --alter --entity-type topics).',
      { topic, retentionBytes: keptBytes },
    )
}

/** Three replicas of which one must have a write: while the others lag, what was answered lies on one disk. */
function warnOfWeak(topics: readonly ITopicMetadata[], log: Logger): void {
  if (topics.length === 0) return
  log.warn(
    'A write to these topics counts when one broker has it, and is lost with its disk. Set their min.insync.replicas to 2 (kafka-configs --alter --entity-type topics).',
    { topics: topics.map((it) => it.name).join(', ') },
  )
}

/** By default Kafka takes an hour. */
function warnOfClocks(topics: readonly ITopicMetadata[], log: Logger): void {
  if (topics.length === 0) return
  log.warn(
    `These topics may refuse what a machine writes whose clock is ahead. Set their ${clockLimit} to ${clockLimitMs} (kafka-configs --alter --entity-type topics).`,
    { topics: topics.map((it) => it.name).join(', ') },
  )
}
