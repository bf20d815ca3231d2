// The topics: made at the start where that is allowed, refused with a word where they are not as the settings say.
import { setTimeout as pause } from 'node:timers/promises'
import type { Admin, ITopicConfig, ITopicMetadata } from 'kafkajs'
import { GatewayError, messageOf } from '../../../core/errors.ts'
import type { Logger } from '../../../core/ports/edges.ts'
import { topics as eventTopics } from '../../../schemas/events.ts'
import { kindOf } from './fault.ts'
import { rawTopic } from './record.ts'
import { checkReplicas } from './replicas.ts'
import { checkConfigs, clockLimit, clockLimitMs, neededConfigs, readConfigs } from './topic-settings.ts'

export interface TopicSettings {
  readonly prefix: string
  readonly partitions: number
  /** Null: as the broker makes them. */
  readonly replicas: number | null
  readonly keepDays: number
}
export interface Ensuring extends TopicSettings {
  /** They were there before: what is missing now was lost. */
  readonly wereThere?: boolean
}
export interface Topics {
  /** With the prefix. */
  readonly all: readonly string[]
  name(topic: string): string
  /** What one batch of records may be in bytes, by the topic's own setting. */
  maxBatchBytes(topic: string): number
  /** Replicas that must have a write before it counts. */
  minInSync(topic: string): number
}

/** The broker counts a batch with its frame. */
const batchFrameBytes = 1_000
const makeMs = 15_000
/**
 * Between finding that topics are gone and making them anew: by then every reader has asked for them in vain and begins anew. One that did
 * not would read on at its old place in the new topic, and pass over what lies before it (seen).
 */
const noticedMs = 3_000
const describeEveryMs = 100
const describeTries = 100

export async function ensureTopics(admin: Admin, settings: Ensuring, log: Logger): Promise<Topics> {
  const name = (topic: string): string => `${settings.prefix}${topic}`
  const all = [...eventTopics, rawTopic].map(name)
  const missing = await missingOf(admin, all)
  if (missing.length > 0 && settings.wereThere === true) {
    log.error('Topics are missing and are made anew; what they held is lost.', { topics: missing.join(', ') })
    await pause(noticedMs)
  }
  const isFirst = missing.length > 0 && settings.wereThere !== true
  const there = isFirst ? all.filter((topic) => !missing.includes(topic)) : []
  // Before any is made: others made beside those that are there could not be brought in line with what is said then.
  if (there.length > 0) await checkShape(admin, await described(admin, there), settings)
  if (missing.length > 0) await make(admin, missing, settings)
  const found = await described(admin, all)
  await checkShape(admin, found, settings)
  const configs = await readConfigs(admin, all, log)
  checkConfigs(found, configs, { keepDays: settings.keepDays, log })
  return {
    all,
    name,
    maxBatchBytes: (topic) => (Number(configs(name(topic), 'max.message.bytes')) || 1_048_588) - batchFrameBytes,
    minInSync: (topic) => Number(configs(name(topic), 'min.insync.replicas')) || 1,
  }
}

const missingOf = async (admin: Admin, all: readonly string[]): Promise<readonly string[]> => {
  const there = new Set(await admin.listTopics())
  return all.filter((topic) => !there.has(topic))
}

async function make(admin: Admin, missing: readonly string[], settings: TopicSettings): Promise<void> {
  try {
    await create(admin, missing, settings, true)
  } catch (error) {
    if (kindOf(error) === 'INVALID_CONFIG') return create(admin, missing, settings, false)
    throw notMade(error, missing, settings)
  }
}

async function create(
  admin: Admin,
  missing: readonly string[],
  settings: TopicSettings,
  limitsClocks: boolean,
): Promise<void> {
  const { partitions, replicas, keepDays } = settings
  const configEntries = [
    ...Object.entries(neededConfigs(keepDays)).map(([name, value]) => ({ name, value })),
    ...(limitsClocks ? [{ name: clockLimit, value: String(clockLimitMs) }] : []),
    // One replica may be away, and a write still lies on two disks.
    ...((replicas ?? 0) >= 3 ? [{ name: 'min.insync.replicas', value: '2' }] : []),
  ]
  const topics = missing.map((topic): ITopicConfig => ({
    topic,
    numPartitions: partitions,
    ...(replicas === null ? {} : { replicationFactor: replicas }),
    configEntries,
  }))
  await admin.createTopics({ topics, timeout: makeMs, waitForLeaders: false })
}

/** A topic just made is known to every broker, and has its leaders, a moment later. */
async function described(admin: Admin, all: readonly string[]): Promise<readonly ITopicMetadata[]> {
  for (let tries = 1; ; tries++) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [...all] })
      if (topics.length === all.length) return topics
    } catch (error) {
      const isSoon = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'].includes(kindOf(error))
      if (!isSoon || tries >= describeTries) throw error
    }
    await pause(describeEveryMs)
  }
}

function notMade(error: unknown, missing: readonly string[], settings: TopicSettings): GatewayError {
  const kind = kindOf(error)
  const names = missing.join(', ')
  const replicas = settings.replicas ?? 0
  const shape = [
    `${settings.partitions} partitions`,
    ...(replicas > 1 ? [`${replicas} replicas`] : []),
    ...(replicas >= 3 ? ['min.insync.replicas=2'] : []),
  ]
  const byHand = `Have them made by hand with ${shape.join(', ')}: ${names}.`
  const needed = Object.entries(neededConfigs(settings.keepDays)).map(([name, value]) => `${name}=${value}`)
  const settled = `Each wants ${needed.join(', ')}.`
  const notAllowed = `Kafka does not let this user make topics. ${byHand} If they are there, let this user describe, read and write them: it cannot see them. ${settled}`
  const words: Readonly<Record<string, string>> = {
    TOPIC_AUTHORIZATION_FAILED: notAllowed,
    CLUSTER_AUTHORIZATION_FAILED: notAllowed,
    POLICY_VIOLATION: `Kafka's policy refused to make the topics (${messageOf(error)}). ${byHand} ${settled}`,
    INVALID_TOPIC_EXCEPTION: `Kafka takes no topics of these names: ${names}. To it a dot and an underscore are one, so that another prefix in use may differ from this one by that alone. Set INLET_KAFKA_PREFIX otherwise.`,
    INVALID_REPLICATION_FACTOR: `Kafka has fewer brokers than the ${settings.replicas ?? 'default'} replicas asked for. Set INLET_KAFKA_REPLICAS to what it has; without replicas a lost disk is a lost message.`,
  }
  const said = words[kind]
  if (said !== undefined) return new GatewayError('settings.invalid', said, { about: { kind }, cause: error })
  return new GatewayError('log.unavailable', `Making the topics ${names}: ${messageOf(error)} (${kind})`, {
    cause: error,
  })
}

async function checkShape(admin: Admin, topics: readonly ITopicMetadata[], settings: TopicSettings): Promise<void> {
  checkAlike(topics)
  for (const { name, partitions } of topics)
    if (partitions.length !== settings.partitions)
      throw new GatewayError(
        'settings.invalid',
        `Topic ${name} has ${partitions.length} partitions, INLET_KAFKA_PARTITIONS says ${settings.partitions}. Set it to ${partitions.length}: with another number the messages of one conversation would lose their order. A topic in which nothing was written yet can be deleted instead, and is made anew.`,
        { about: { topic: name, found: partitions.length, wanted: settings.partitions } },
      )
  if (settings.replicas === null) return
  const names = topics.map((it) => it.name)
  await checkReplicas(admin, topics, { wanted: settings.replicas, again: () => described(admin, names) })
}

/** No setting fits them all. */
function checkAlike(topics: readonly ITopicMetadata[]): void {
  const byNumber = Map.groupBy(topics, (it) => it.partitions.length)
  if (byNumber.size <= 1) return
  const found = [...byNumber].map(([number, some]) => `${some.map((it) => it.name).join(', ')} ${number}`).join('; ')
  throw new GatewayError(
    'settings.invalid',
    `The topics have different numbers of partitions (${found}), and those of one Inlet have the same. Delete the ones in which nothing was written yet, and they are made anew; or set INLET_KAFKA_PREFIX to one of its own.`,
    { about: { setting: 'INLET_KAFKA_PARTITIONS', found } },
  )
}
