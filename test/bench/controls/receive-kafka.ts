// The control of a gateway on Kafka: the same calls with only the physical work, on the same broker. node:http, HMAC over the bytes,
// JSON.parse, a queue for each partition with one batch under way, all replicas acknowledge, then the answer.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import kafkajs, { type Message } from 'kafkajs'

const [broker = '', topic = '', secret = '', partitionText = '12'] = process.argv.slice(2)
const partitions = Number(partitionText)
const kafka = new kafkajs.Kafka({
  brokers: [broker],
  logLevel: kafkajs.logLevel.ERROR,
  requestTimeout: 5_000,
  retry: { retries: 60, initialRetryTime: 100, maxRetryTime: 500 },
})
const admin = kafka.admin()
await admin.connect()
const config = { topic, numPartitions: partitions, replicationFactor: 1 }
await admin.createTopics({ topics: [config], waitForLeaders: false })
await admin.disconnect()
const producer = kafka.producer({
  idempotent: true,
  createPartitioner:
    () =>
    ({ message }) =>
      message.partition ?? 0,
})
await producer.connect()

interface Call {
  readonly message: Message
  readonly answer: ServerResponse
}
const lanes = Array.from({ length: partitions }, () => ({ queue: [] as Call[], busy: false }))
const done = { accepted: 0 }

async function write(partition: number): Promise<void> {
  const lane = lanes[partition]!
  if (lane.busy || lane.queue.length === 0) return
  lane.busy = true
  const calls = lane.queue.splice(0, 500)
  try {
    await producer.send({ topic, acks: -1, messages: calls.map(({ message }) => message) })
    done.accepted += calls.length
    for (const { answer } of calls) answer.writeHead(200, { 'content-length': 2 }).end('ok')
  } catch {
    for (const { answer } of calls) answer.writeHead(503).end()
  }
  lane.busy = false
  if (lane.queue.length > 0) void write(partition)
}

const partitionOf = (key: string): number => {
  let hash = 0
  for (let at = 0; at < key.length; at += 1) hash = (hash * 31 + key.charCodeAt(at)) >>> 0
  return hash % partitions
}

const http = createServer((request, answer) => {
  if (request.method === 'GET') return void answer.end(JSON.stringify(done))
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    const given = Buffer.from(String(request.headers['x-hub-signature-256']).slice(7), 'hex')
    if (!timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given)) return answer.writeHead(401).end()
    const call = JSON.parse(body.toString()) as {
      readonly entry?: readonly {
        readonly changes: readonly { readonly value: { readonly messages: readonly { readonly from: string }[] } }[]
      }[]
    }
    const key = call.entry?.[0]?.changes[0]?.value.messages[0]?.from
    if (key === undefined) return answer.writeHead(400).end()
    const partition = partitionOf(key)
    if (lanes[partition]!.queue.push({ message: { key, value: body, partition }, answer }) === 1)
      setImmediate(write, partition)
    return undefined
  })
  return undefined
})
http.listen(0, '127.0.0.1', () => process.stdout.write(`ready ${(http.address() as AddressInfo).port}\n`))
process.once('SIGTERM', () => void producer.disconnect().finally(() => process.exit(0)))
