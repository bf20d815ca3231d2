// The control of mail: the same mailbox over the same TLS, read in hundreds, each mail parsed and inserted, one commit a hundred;
// and, for the wait of a new mail, nothing but connections in IDLE that say when the server tells of it.
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ImapFlow } from 'imapflow'
import { simpleParser } from 'mailparser'
import { Pool } from 'pg'
import { startPostgresServer } from '../../../infra/drivers/postgres-server.ts'
import { keptLog } from '../../support/quiet-log.ts'

const [dataDir = '', port = '0', caFile = '', password = ''] = process.argv.slice(2)
mkdirSync(dataDir, { recursive: true })
const server = await startPostgresServer({ dataDir, log: keptLog() })
const pool = new Pool({ ...server.connection, max: 4 })
await pool.query(`create table mail (id text primary key, sender text not null, subject text not null, text text not null, html text not null,
  raw bytea not null, at timestamptz not null default now())`)

async function connected(user: string): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: Number(port),
    secure: true,
    auth: { user, pass: password },
    tls: { ca: readFileSync(caFile, 'utf8') },
    logger: false,
    disableCompression: true,
  })
  client.on('error', () => undefined)
  await client.connect()
  await client.mailboxOpen('INBOX', { readOnly: true })
  return client
}

interface Row {
  readonly id: string
  readonly sender: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly raw: string
}
async function parsed(raw: Buffer): Promise<Row> {
  const mail = await simpleParser(raw, { skipTextToHtml: true, skipImageLinks: true, keepCidLinks: true })
  const { messageId = '', subject = '', text = '', html, from } = mail
  return { id: messageId, sender: from?.text ?? '', subject, text, html: html || '', raw: raw.toString('hex') }
}

/** A hundred are fetched while the hundred before is parsed and written. */
async function readAll(user: string): Promise<number> {
  const client = await connected(user)
  const uids = (await client.search({ all: true }, { uid: true })) || []
  let writing: Promise<unknown> = Promise.resolve()
  for (let at = 0; at < uids.length; at += 100) {
    const range = `${uids[at]}:${uids[Math.min(at + 99, uids.length - 1)]}`
    const mails = await client.fetchAll(range, { uid: true, source: true }, { uid: true })
    await writing
    writing = write(mails.map(({ source }) => source ?? Buffer.alloc(0)))
  }
  await writing
  client.close()
  return uids.length
}
async function write(raws: readonly Buffer[]): Promise<void> {
  const rows = await Promise.all(raws.map(parsed))
  const text = `insert into mail (id, sender, subject, text, html, raw) select id, sender, subject, text, html, decode(raw, 'hex')
    from json_to_recordset($1::json) as q (id text, sender text, subject text, text text, html text, raw text) on conflict do nothing`
  await pool.query({ name: 'write', text, values: [JSON.stringify(rows).replaceAll('\\u0000', '')] })
}

const told: { readonly user: string; readonly at: number }[] = []
async function idle(users: readonly string[]): Promise<void> {
  for (const user of users) {
    const client = await connected(user)
    client.on('exists', () => void told.push({ user, at: Date.now() }))
    void client.idle()
  }
}

/** POST: `{read: user}` or `{idle: users}`; answered when it is done. */
const http = createServer((request, answer) => {
  if (request.url === '/stats') return void answer.end(JSON.stringify({ told }))
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const asked = JSON.parse(Buffer.concat(chunks).toString()) as { readonly read?: string; readonly idle?: string[] }
    const work = asked.read === undefined ? idle(asked.idle ?? []) : readAll(asked.read)
    void work.then((count) => answer.end(JSON.stringify({ count })))
  })
  return undefined
})
http.listen(0, '127.0.0.1', () => process.stdout.write(`ready ${(http.address() as AddressInfo).port}\n`))
pool.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined))
process.once('SIGTERM', () => void server.stop().finally(() => process.exit(0)))
