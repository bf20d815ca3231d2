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

export const asyncApi = (host: string): object => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Inlet events',
    version: '1.0.0',
    description:
      'CloudEvents 1.0. On Kafka in binary mode: attributes are headers `ce_…`, the value is the data. At least once: a repeat carries the same id. The feed (GET /v1/events, server-sent events) holds each event once, structured, with a sequence.',
  },
  defaultContentType: 'application/json',
  servers: {
    kafka: { host: 'kafka:9092', protocol: 'kafka', description: 'Where KAFKA_BROKERS says.' },
    feed: { host, protocol: 'https', pathname: '/v1/events', description: 'The same events without Kafka.' },
  },
  channels: Object.fromEntries(topics.map((topic) => [topic, channelOf(topic)])),
  operations: Object.fromEntries(topics.map((topic) => [`send_${topic}`, operationOf(topic)])),
  components: {
    messages: Object.fromEntries(publishedTypes.map((type) => [nameOf(type), messageOf(type)])),
    schemas: Object.fromEntries(publishedTypes.map((type) => [nameOf(type), plain(dataSchemaOf(type))])),
  },
})

const typesOf = (topic: string): readonly EventType[] => publishedTypes.filter((type) => topicOf(type) === topic)
const channelOf = (topic: string): object => ({
  address: `inlet.${topic}`,
  messages: Object.fromEntries(
    typesOf(topic).map((type) => [nameOf(type), { $ref: `#/components/messages/${nameOf(type)}` }]),
  ),
  servers: [{ $ref: '#/servers/kafka' }],
  bindings: { kafka: { topic: `inlet.${topic}`, bindingVersion } },
})
const operationOf = (topic: string): object => ({
  action: 'send',
  channel: { $ref: `#/channels/${topic}` },
  messages: typesOf(topic).map((type) => ({ $ref: `#/channels/${topic}/messages/${nameOf(type)}` })),
})

const text = { type: 'string' }
function messageOf(type: EventType): object {
  const headers = {
    ce_specversion: { type: 'string', const: '1.0' },
    ce_id: { type: 'string', description: 'evt_…' },
    ce_source: text,
    ce_type: { type: 'string', const: type },
    ce_subject: text,
    ce_time: { type: 'string', format: 'date-time' },
    ce_schemaversion: text,
    ce_dataschema: { type: 'string', const: `/v1/schemas/${type}.json` },
    ce_partitionkey: text,
    ce_workspace: text,
    ce_channel: text,
    ce_account: text,
    ce_correlationid: text,
    ce_causationid: text,
    ce_actor: text,
    ce_origin: { type: 'string', enum: ['live', 'replay', 'import'] },
  }
  return {
    name: type,
    contentType: 'application/json',
    headers: { type: 'object', required: ['ce_specversion', 'ce_id', 'ce_source', 'ce_type'], properties: headers },
    payload: { $ref: `#/components/schemas/${nameOf(type)}` },
    bindings: {
      kafka: { key: { type: 'string', description: keyOf[topicOf(type)] ?? 'What it is about.' }, bindingVersion },
    },
  }
}
