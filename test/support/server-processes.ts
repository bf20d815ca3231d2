// Starts gateways' shares of the embedded server as processes that a test may kill, and ends what is left of them.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { PgConnection } from '../../infra/drivers/postgres-server.ts'

export interface Said {
  readonly connection: PgConnection
  readonly directory: string
  readonly pid: number
  readonly warned: readonly string[]
  /** Instead of all others. */
  readonly error?: string
}
export interface ServerProcess {
  readonly pid: number
  /** Its one line: ready, or why not. */
  readonly said: Promise<Said>
  readonly ended: Promise<void>
  kill(signal: NodeJS.Signals): void
}
interface Way {
  /** Another copy of the source. */
  readonly tree?: string
  readonly node?: string
  readonly account?: { readonly uid: number; readonly gid: number }
}

const running = new Set<ServerProcess>()

export function startProcess(dataDir: string, way: Way = {}): ServerProcess {
  const tree = way.tree ?? join(import.meta.dirname, '..', '..')
  const script = join(tree, 'test', 'support', 'server-process.ts')
  const child = spawn(way.node ?? process.execPath, [script, dataDir], {
    ...way.account,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const said = new Promise<Said>((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line) as Said))
    child.once('error', reject)
    void ended.then(() => reject(new Error(`the process said nothing: ${complaints}`)))
  })
  said.catch(() => undefined) // a test that kills it early asks for nothing
  const one: ServerProcess = { pid: child.pid ?? 0, said, ended, kill: (signal) => void child.kill(signal) }
  running.add(one)
  void ended.then(() => running.delete(one))
  return one
}

/** Politely: each stops its own server. */
export async function endProcesses(): Promise<void> {
  const left = [...running]
  for (const one of left) one.kill('SIGTERM')
  await Promise.all(left.map((one) => one.ended))
}
