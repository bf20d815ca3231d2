// The control of replies: rows of a table to the same stand-in over as many lanes, claimed, sent on kept connections, written down.
import { mkdirSync } from 'node:fs'
import { Agent, createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'pg'
import { startPostgresServer } from '../../../infra/drivers/postgres-server.ts'
import { keptLog } from '../../support/quiet-log.ts'

const [dataDir = '', laneText = '64'] = process.argv.slice(2)
const lanes = Number(laneText)
mkdirSync(dataDir, { recursive: true })
const server = await startPostgresServer({ dataDir, log: keptLog() })
const pool = new Pool({ ...server.connection, max: 12 })
await pool.query(`create table reply (id bigint generated always as identity primary key, url text not null, token text not null, body text not null,
  state text not null default 'queued'); create index on reply (id) where state = 'queued'`)

interface Row {
  readonly id: string
  readonly url: string
  readonly token: string
  readonly body: string
}
const done = { sent: 0, refused: 0 }
const agent = new Agent({ keepAlive: true })

function send({ url, token, body }: Row): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }
    const call = httpRequest(url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0))
    })
    call.on('error', reject).end(body)
  })
}

async function deliver(row: Row): Promise<void> {
  const status = await send(row)
  await pool.query({
    name: 'finish',
    text: 'update reply set state = $2 where id = $1',
    values: [row.id, status === 200 ? 'sent' : 'failed'],
  })
  if (status === 200) done.sent += 1
  else done.refused += 1
}

const claim = `update reply r set state = 'sending' from (select id from reply where state = 'queued' order by id limit $1 for update skip locked) q
  where r.id = q.id returning r.id, r.url, r.token, r.body`
async function drain(): Promise<void> {
  const underWay = new Set<Promise<void>>()
  for (;;) {
    const { rows } = await pool.query<Row>({ name: 'claim', text: claim, values: [lanes - underWay.size] })
    for (const row of rows) {
      const one = deliver(row).finally(() => underWay.delete(one))
      underWay.add(one)
    }
    if (rows.length === 0 && underWay.size === 0) return
    if (rows.length === 0 || underWay.size >= lanes) await Promise.race(underWay)
  }
}

/** POST: a list of replies, queued and then sent; answered when all are. */
const http = createServer((request, answer) => {
  if (request.url === '/stats') return void answer.end(JSON.stringify(done))
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const text = `insert into reply (url, token, body) select url, token, body from json_to_recordset($1::json) as q (url text, token text, body text)`
    void pool
      .query(text, [Buffer.concat(chunks).toString()])
      .then(drain)
      .then(() => answer.end('{}'))
  })
  return undefined
})
http.listen(0, '127.0.0.1', () => process.stdout.write(`ready ${(http.address() as AddressInfo).port}\n`))
pool.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined))
process.once('SIGTERM', () => void server.stop().finally(() => process.exit(0)))
