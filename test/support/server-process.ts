// A gateway's share of the embedded server as a process of its own, to be killed: starts it, says so in one line, stops on SIGTERM.
import { startPostgresServer } from '../../infra/drivers/postgres-server.ts'
import { keptLog } from './quiet-log.ts'

const log = keptLog()
try {
  const server = await startPostgresServer({ dataDir: process.argv[2] ?? '', log })
  await server.announce('http://127.0.0.1:8080')
  process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)))
  const { connection, directory, pid } = server
  const warned = log.lines.filter((line) => line.level === 'warn').map((line) => line.message)
  process.stdout.write(`${JSON.stringify({ connection, directory, pid, warned })}\n`)
  // Stays until it is told or killed.
  setInterval(() => log.lines.splice(0), 60_000)
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`)
  process.exitCode = 1
}
