// The topics as AsyncAPI 3.0, made from the events' own schemas: all that someone who writes a consumer needs to know.
import { publishedTypes, topicOf, type EventType } from '../schemas/events.ts'
import { dataSchemaOf, plain } from './published-schemas.ts'

/** Binding 0.5.0 of AsyncAPI for Kafka (https://github.com/asyncapi/bindings/tree/master/kafka, checked 2026-11). */
const bindingVersion = '0.5.0'
const topics = [...new Set(publishedTypes.map(topicOf))]
const nameOf = (type: EventType): string => type.replace(/[._](\w)/g, (_all, letter: string) => letter.toUpperCase())
const keyOf: Readonly<Record<string, string>> = {
  message: 'The lane of the conversation, from the vendor’s bytes; of ours, the conversation.',
  ticket: 'The ticket.',
  reply: 'The conversation.',
  conversation: 'The conversation.',
  contact: 'The contact.',
  attachment: 'The conversation.',
  channel: 'The account.',
  template: 'The template.',
  ingest: 'The endpoint.',
}

/** `prefix`: before the names of the topics, as this gateway has it. */
export const asyncApi = (host: string, prefix: string): object => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Inlet events',
    version: '1.0.0',
    description: [
      'CloudEvents 1.0. On Kafka in binary mode: attributes are headers `ce_…` in UTF-8, `content-type` is the data’s, the value is the data, the key is `ce_partitionkey`.',
      'At least once: a repeat carries the same `ce_id`; drop repeats by it. Order is kept among records of one key within one topic, and only among those.',
      'Tell the message by the header `ce_type`. Within one `ce_schemaversion` fields and words of lists are added and nothing else changes: pass over fields, types and words you do not know. Other headers (`inlet_…`) are the house’s own.',
      'The feed (GET /v1/events, server-sent events) holds each event once, structured, with a sequence.',
    ].join(' '),
  },
  defaultContentType: 'application/json',
  servers: {
    kafka: { host: 'kafka:9092', protocol: 'kafka', description: 'Where KAFKA_BROKERS says.' },
    feed: { host, protocol: 'https', pathname: '/v1/events', description: 'The same events without Kafka.' },
  },
  channels: Object.fromEntries(topics.map((topic) => [topic, channelOf(topic, prefix)])),
  operations: Object.fromEntries(topics.map((topic) => [`send_${topic}`, operationOf(topic)])),
  components: {
    messages: Object.fromEntries(publishedTypes.map((type) => [nameOf(type), messageOf(type)])),
    schemas: Object.fromEntries(publishedTypes.map((type) => [nameOf(type), plain(dataSchemaOf(type))])),
  },
})

const typesOf = (topic: string): readonly EventType[] => publishedTypes.filter((type) => topicOf(type) === topic)
const channelOf = (topic: string, prefix: string): object => ({
  address: `${prefix}${topic}`,
  messages: Object.fromEntries(
    typesOf(topic).map((type) => [nameOf(type), { $ref: `#/components/messages/${nameOf(type)}` }]),
  ),
  servers: [{ $ref: '#/servers/kafka' }],
  bindings: { kafka: { topic: `${prefix}${topic}`, bindingVersion } },
})
const operationOf = (topic: string): object => ({
  action: 'send',
  channel: { $ref: `#/channels/${topic}` },
  messages: typesOf(topic).map((type) => ({ $ref: `#/channels/${topic}/messages/${nameOf(type)}` })),
})

const says = (description: string): object => ({ type: 'string', description })
/** CloudEvents knows no null: what has no value is left out. */
const absent = new Set(['ce_channel', 'ce_account', 'ce_causationid'])
function messageOf(type: EventType): object {
  const headers = {
    'content-type': { type: 'string', const: 'application/json' },
    ce_specversion: { type: 'string', const: '1.0' },
    ce_id: { type: 'string', description: 'evt_…' },
    ce_source: { type: 'string', format: 'uri-reference', description: '/workspace/channel/account' },
    ce_type: { type: 'string', const: type },
    ce_subject: says('The ticket; before one is known, the lane of the conversation.'),
    ce_time: { type: 'string', format: 'date-time', description: 'When it happened, by the vendor.' },
    ce_schemaversion: { type: 'string', pattern: '^[1-9][0-9]*$' },
    ce_dataschema: { type: 'string', const: `/v1/schemas/${type}.json`, description: 'At the gateway’s API.' },
    ce_partitionkey: says('The record’s key.'),
    ce_workspace: says('Whose event it is; one topic holds those of all.'),
    ce_channel: says('Absent where the event is of no channel.'),
    ce_account: says('Absent where the event is of no account.'),
    ce_correlationid: says('One id from the webhook to the reply.'),
    ce_causationid: says('The event this one came of; absent where it came from outside.'),
    ce_actor: says('customer:con_…, tool:key_…, system'),
    ce_origin: { type: 'string', enum: ['live', 'replay', 'import'] },
  }
  return {
    name: type,
    contentType: 'application/json',
    headers: { type: 'object', required: Object.keys(headers).filter((it) => !absent.has(it)), properties: headers },
    payload: { $ref: `#/components/schemas/${nameOf(type)}` },
    bindings: {
      kafka: { key: { type: 'string', description: keyOf[topicOf(type)] ?? 'What it is about.' }, bindingVersion },
    },
  }
}
