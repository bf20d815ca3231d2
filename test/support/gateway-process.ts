// A gateway as its users have it: a process of its own, reached by its ready line, its API, its signals and its exit code.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { noteOutput } from './canaries.ts'
import { compiledInTests } from './compiled.ts'

const root = join(import.meta.dirname, '..', '..')
/** On a busy machine; how fast it should be is for the tests to say. */
const readyMs = 120_000

export interface GatewayOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** Its data directory; a new one when absent. */
  readonly data?: string
  /** Another checkout than this one. */
  readonly root?: string
}
export interface Answer<Body = never> {
  readonly status: number
  readonly body: Body
  readonly text: string
  readonly headers: Headers
}
export interface CallOptions {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Another key than the administrator's; null: none. */
  readonly key?: string | null
}
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}
/** Any process of a gateway, also one that does not come up. */
export interface GatewayProcess {
  readonly pid: number
  readonly data: string
  readonly ended: Promise<Ended>
  stdout(): string
  stderr(): string
  kill(signal: NodeJS.Signals): void
}
export interface Gateway extends GatewayProcess {
  readonly address: string
  readonly adminKey: string
  /** From the start of the process to its ready line. */
  readonly readyMs: number
  call<Body = never>(method: string, path: string, options?: CallOptions): Promise<Answer<Body>>
}

/** Enough of a key for tests; never the sample of the documents. */
export const masterKey = 'Yc0y1QbJ5nGm3vK8zL2pRs7tUw9xAe4d'
export const adminKey = 'inlet_admin_journeys_9fK2mQ7vX4bN8sT3'

const running = new Set<ChildProcess>()
const folders: string[] = []

/** A folder of the test's own that the database's account may pass. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'inlet-gateway-'))
  chmodSync(folder, 0o755)
  folders.push(folder)
  return folder
}

export function runGateway(options: GatewayOptions = {}): GatewayProcess {
  const data = options.data ?? join(newFolder(), 'data')
  const child = spawn(process.execPath, [join(options.root ?? root, 'infra/main.ts'), ...(options.args ?? [])], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      INLET_PORT: '0',
      INLET_DATA: data,
      ...compiledInTests(options.root),
      ...options.env,
    },
  })
  running.add(child)
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
    noteOutput(`gateway-${child.pid}-stdout`, text)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
    noteOutput(`gateway-${child.pid}-stderr`, text)
  })
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    running.delete(child)
    return { code: code as number | null, signal: signal as NodeJS.Signals | null }
  })
  return {
    pid: child.pid ?? 0,
    data,
    ended,
    stdout: () => said.out,
    stderr: () => said.err,
    kill: (signal) => void child.kill(signal),
  }
}

/** Resolves at the ready line; a process that ends before is a fault with everything it said. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const began = performance.now()
  const it = runGateway({ ...options, env: { INLET_ADMIN_KEY: adminKey, ...options.env } })
  let isOver = false
  void it.ended.then(() => (isOver = true))
  for (;;) {
    const [, address] = /^Inlet is ready at (\S+)$/m.exec(it.stdout()) ?? []
    const took = performance.now() - began
    if (address !== undefined) {
      const key = options.env?.['INLET_ADMIN_KEY'] ?? adminKey
      noteOutput('process-list', processList())
      return { ...it, address, adminKey: key, readyMs: took, call: caller(address, key) }
    }
    if (isOver || took > readyMs) {
      it.kill('SIGKILL')
      throw new Error(`The gateway did not come up in ${Math.round(took)} ms:\n${it.stdout()}${it.stderr()}`)
    }
    await pause(15)
  }
}

/** As `ps` would show it to any account of the machine. Where there is no /proc, nothing. */
export function processList(): string {
  if (!existsSync('/proc/self/cmdline')) return ''
  const lines = readdirSync('/proc').map((name) => {
    try {
      return /^\d+$/.test(name) ? readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') : ''
    } catch {
      return '' // it ended meanwhile
    }
  })
  return `${lines.filter((line) => line !== '').join('\n')}\n`
}

const caller =
  (address: string, adminsKey: string): Gateway['call'] =>
  async (method, path, options = {}) => {
    const key = options.key === undefined ? adminsKey : options.key
    const isForm = options.body instanceof FormData
    const answer = await fetch(`${address}${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(options.body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined
        ? {}
        : { body: isForm ? (options.body as FormData) : JSON.stringify(options.body) }),
    })
    const text = await answer.text()
    heard.push(text)
    noteOutput(`answers-${process.pid}`, `${text}\n`)
    const isJson = (answer.headers.get('content-type') ?? '').includes('json')
    return { status: answer.status, body: (isJson ? JSON.parse(text) : text) as never, text, headers: answer.headers }
  }

/** Every answer the API gave in this file, for what must not be in any of them. */
export const heard: string[] = []

/** Ends what is left, politely first: an embedded database is the gateway's own child. To be called after all tests of a file. */
export async function endGateways(): Promise<void> {
  const left = [...running]
  for (const child of left) {
    child.kill('SIGCONT')
    child.kill('SIGTERM')
  }
  await Promise.all(
    left.map((child) => Promise.race([once(child, 'close'), pause(8_000).then(() => child.kill('SIGKILL'))])),
  )
  for (const folder of folders.splice(0)) if (existsSync(folder)) rmSync(folder, { recursive: true, force: true })
}

/** What the log says: one JSON object a line. */
export function logLines(process: GatewayProcess): readonly Readonly<Record<string, unknown>>[] {
  return process
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** As an operator would find it: the file of the administrator's key. */
export const keyIn = (data: string): string => readFileSync(join(data, 'admin.key'), 'utf8').trim()
