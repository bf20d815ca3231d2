// The control of a start: the same PostgreSQL on a folder, one question to it, a listening socket, nothing else.
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from 'pg'
import { startPostgresServer } from '../../../infra/drivers/postgres-server.ts'
import { keptLog } from '../../support/quiet-log.ts'

const [dataDir = ''] = process.argv.slice(2)
mkdirSync(dataDir, { recursive: true })
const server = await startPostgresServer({ dataDir, log: keptLog() })
const client = new Client(server.connection)
await client.connect()
await client.query('select 1')
const http = createServer((_request, answer) => void answer.end('{}'))
http.listen(0, '127.0.0.1', () => process.stdout.write(`ready ${(http.address() as AddressInfo).port}\n`))
process.once('SIGTERM', () => {
  void client
    .end()
    .then(() => server.stop())
    .finally(() => process.exit(0))
})
