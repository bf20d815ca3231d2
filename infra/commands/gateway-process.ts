// Starts a whole gateway as a child process and says where it listens; for the demo, and for tests of what speaks to one.
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { ToolRefusal } from './tool.ts'

export interface StartGateway {
  readonly data: string
  /** 0: any free one. */
  readonly port: number
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of another checkout. */
  readonly root?: string
  /** Each line of its start-up, as people see it. */
  readonly onLine?: (line: string) => void
  readonly stop: AbortSignal
}
export interface Gateway {
  readonly url: string
  /** Resolves with its exit code, whoever ended it. */
  readonly ended: Promise<number | null>
  /** Orderly, and for good after a while. */
  end(): Promise<number | null>
}

const house = resolve(import.meta.dirname, '../..')
const readyLine = /^Inlet is ready at (\S+)$/
const endWithinMs = 30_000

/** Resolves when it is ready; rejects with its own last words when it is not to be. */
export async function startGateway(how: StartGateway): Promise<Gateway> {
  const entrance = join(how.root ?? house, 'infra/main.ts')
  const words = ['--disable-warning=TimeoutNegativeWarning', entrance, '--data', how.data, '--port', String(how.port)]
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: how.env,
    // A Ctrl-C at the terminal reaches the whole group: the tool ends its stand-ins first, then this one.
    detached: process.platform !== 'win32',
  })
  const last: string[] = []
  const keep = (line: string): void => void (last.push(line), last.length > 20 && last.shift())
  createInterface({ input: child.stderr }).on('line', keep)
  const ended = new Promise<number | null>((done) => child.on('close', done))
  const dieWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', dieWithUs)
  void ended.then(() => process.off('exit', dieWithUs))
  const end = async (): Promise<number | null> => {
    child.kill('SIGTERM')
    const harder = setTimeout(() => child.kill('SIGKILL'), endWithinMs)
    const code = await ended
    clearTimeout(harder)
    return code
  }
  const ready = new Promise<string>((found) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      keep(line)
      how.onLine?.(line)
      const url = readyLine.exec(line)?.[1]
      if (url !== undefined) found(url)
    })
  })
  const stopped = new Promise<null>((done) => how.stop.addEventListener('abort', () => done(null), { once: true }))
  const url = await Promise.race([ready, ended.then(() => null), stopped])
  if (url !== null) return { url, ended, end }
  await end()
  throw new ToolRefusal(`The gateway did not start:\n${last.join('\n')}`)
}
