// Adds to the stored log of this version what it does not hold yet: node test/stored-log/write.ts. What is there stays as it is.
import { appendFileSync } from 'node:fs'
import type { IHeaders, Message } from 'kafkajs'
import type { KeptRaw } from '../../core/ports/event-log.ts'
import { eventRecord, rawRecord, type LogRecord } from '../../infra/drivers/log-kafka/record.ts'
import { eventRow } from '../../infra/drivers/log-postgres/encode.ts'
import { eventTypes, schemaVersion, type AnyEvent } from '../../schemas/events.ts'
import { everyEvent } from '../support/every-event.ts'
import { aRaw, testInstant } from '../support/make.ts'
import { fileOf, storedLog, type StoredRecord } from './stored.ts'

const partitions = 12
const textOf = (headers: IHeaders | undefined) => headers as Readonly<Record<string, string>>
const bytesOf = ({ value }: Message): Buffer => value as Buffer

const kafkaOf = ({ topic, partition, message }: LogRecord, encoding: 'utf8' | 'base64'): StoredRecord['kafka'] => ({
  topic,
  partition,
  timestamp: String(message.timestamp),
  key: String(message.key),
  headers: textOf(message.headers),
  value: bytesOf(message).toString(encoding),
})
const storedEvent = (event: AnyEvent): StoredRecord => ({
  type: event.type,
  kafka: kafkaOf(eventRecord(event, partitions, testInstant), 'utf8'),
  row: eventRow(event, partitions),
})
/** As `log_append` takes it: the way in that every version since the first has had. */
function rawRow({ ref, workspace, channel, account, contentType: type, meta, body }: KeptRaw): string {
  const [blob, size] = typeof body === 'string' ? [body, 0] : [null, body.byteLength]
  return JSON.stringify([
    { start: 0, size, id: ref.id, at: ref.at, key: ref.key, workspace, channel, account, type, meta, blob },
  ])
}
const storedRaw = (raw: KeptRaw): StoredRecord => ({
  type: 'raw',
  kafka: kafkaOf(rawRecord(raw, partitions), 'base64'),
  row: rawRow(raw),
})

const there = new Set(storedLog(schemaVersion).map(({ type }) => type))
const missing = eventTypes.filter((type) => !there.has(type))
const raws = [
  aRaw(Uint8Array.from([0, 1, 0xff, 0xfe, 0x7b]), { meta: { 'x-hub-signature-256': 'sha256=0' } }),
  aRaw('large', { contentType: 'message/rfc822', body: `sha256:${'0123456789abcdef'.repeat(4)}` }),
]
const added = [
  ...everyEvent(`stored v${schemaVersion}`, missing).map(storedEvent),
  ...(there.has('raw') ? [] : raws.map(storedRaw)),
]
for (const record of added) appendFileSync(fileOf(schemaVersion), `${JSON.stringify(record)}\n`)
process.stdout.write(`${added.length} records added to ${fileOf(schemaVersion)}\n`)
