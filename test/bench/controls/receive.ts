// The control of everything that comes in: the same calls with only the physical work, on a PostgreSQL of the same settings.
// node:http, HMAC over the bytes, JSON.parse, joined inserts with fsync, then the answer; with `consume` also batches from there
// into tickets, messages and a feed, one statement and one commit a batch, and the newest tickets to read.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'pg'
import { startPostgresServer } from '../../../infra/drivers/postgres-server.ts'
import { keptLog } from '../../support/quiet-log.ts'

const [dataDir = '', secret = '', consume] = process.argv.slice(2)
mkdirSync(dataDir, { recursive: true })
const server = await startPostgresServer({ dataDir, log: keptLog() })
const pool = new Pool({ ...server.connection, max: 6 })
await pool.query(`
  create table event (id bigint generated always as identity primary key, body text not null);
  create table ticket (customer text primary key, name text not null, messages int not null, at timestamptz not null default now(), seq bigint generated always as identity);
  create index on ticket (seq);
  create table message (id text primary key, customer text not null, body text not null);
  create table feed (seq bigint generated always as identity primary key, event text not null);
  create table place (position bigint not null); insert into place values (0)`)

interface Call {
  readonly body: string
  readonly answer: ServerResponse
}
const queue: Call[] = []
// A reader who remembers "the last id I saw" steps over a lower id that is committed later: with two writers it lost rows for good, and
// its lag never came back to nought. So one writes where one reads.
const writers = consume === 'consume' ? 1 : 2
let writing = 0
const done = { accepted: 0, handled: 0 }
let grown = false
let ring = (): void => undefined

function write(): void {
  while (writing < writers && queue.length > 0) {
    const calls = queue.splice(0, 500)
    writing += 1
    void insert(calls).finally(() => ((writing -= 1), (grown = true), ring(), write()))
  }
}
async function insert(calls: readonly Call[]): Promise<void> {
  const text = 'insert into event (body) select json_array_elements_text($1::json)'
  await pool.query({ name: 'write', text, values: [JSON.stringify(calls.map(({ body }) => body))] })
  done.accepted += calls.length
  for (const { answer } of calls) answer.writeHead(200, { 'content-length': 2 }).end('ok')
}

const take = `with batch as materialized (
    select e.id, m -> 'messages' -> 0 ->> 'id' as message, m -> 'messages' -> 0 ->> 'from' as customer, m -> 'contacts' -> 0 -> 'profile' ->> 'name' as name, e.body
    from (select * from event where id > (select position from place) order by id limit 100) e
    cross join lateral (select e.body::json -> 'entry' -> 0 -> 'changes' -> 0 -> 'value' as m) v),
  fresh as (insert into message select message, customer, body from batch on conflict do nothing returning customer),
  told as (insert into feed (event) select body from batch),
  tickets as (insert into ticket (customer, name, messages) select customer, min(name), count(*) from batch group by customer
    on conflict (customer) do update set messages = ticket.messages + excluded.messages)
  update place set position = (select max(id) from batch) where exists (select from batch) returning (select count(*)::int from batch) as count`

async function consumer(): Promise<void> {
  for (;;) {
    grown = false
    const { rows } = await pool.query<{ count: number }>({ name: 'take', text: take })
    done.handled += rows[0]?.count ?? 0
    if (rows.length === 0 && !grown) await new Promise<void>((next) => ((ring = next), setTimeout(next, 500)))
  }
}
if (consume === 'consume') void consumer().catch(() => process.exit(process.exitCode ?? 0))

async function tellNewest(answer: ServerResponse, text: string): Promise<void> {
  const { rows } = await pool.query<{ text: string }>({ name: 'newest', text })
  const names = rows[0]!.text.replaceAll(': ', ':')
  answer.setHeader('content-length', Buffer.byteLength(names)).end(names)
}

const http = createServer((request, answer) => {
  if (request.method === 'GET') {
    const newest = `select coalesce(jsonb_agg(t), '[]')::text as text from (select name from ticket order by seq desc limit 50) t`
    if (request.url === '/stats') return void answer.end(JSON.stringify(done))
    return void tellNewest(answer, newest)
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks)
    const given = Buffer.from(String(request.headers['x-hub-signature-256']).slice(7), 'hex')
    if (!timingSafeEqual(createHmac('sha256', secret).update(body).digest(), given)) return answer.writeHead(401).end()
    const text = body.toString()
    if (JSON.parse(text).object === undefined) return answer.writeHead(400).end()
    if (queue.push({ body: text, answer }) === 1) setImmediate(write)
    return undefined
  })
})
http.listen(0, '127.0.0.1', () => process.stdout.write(`ready ${(http.address() as AddressInfo).port}\n`))
pool.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined))
process.once('SIGTERM', () => void server.stop().finally(() => process.exit(0)))
