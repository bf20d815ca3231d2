// One gateway process as its users start it, at an address that stays the same from life to life, to be killed and started again.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { compiledInTests } from '../support/compiled.ts'

export interface MemberOptions {
  readonly name: string
  /** Of the checkout whose gateway it is. */
  readonly root: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What stands before the program: a shell with limits, a clock that is wrong. */
  readonly before?: readonly string[]
}
export interface Member {
  readonly name: string
  readonly url: string
  readonly pid: number
  readonly isUp: boolean
  /** Resolves at its ready line, with how long that took. `env`: for this life only. */
  start(env?: Readonly<Record<string, string>>): Promise<number>
  /** Like start, but does not wait for it. */
  launch(env?: Readonly<Record<string, string>>): void
  kill(signal: NodeJS.Signals): void
  /** The end of the life it lives now. */
  ended(): Promise<void>
  /** Of all its lives, the last part. */
  said(): string
}

const readyWithinMs = 180_000
const keptLetters = 400_000

/** Runs beside this one begin elsewhere. */
let nextPort = process.pid * 41
/** None that the system gives to whoever asks for any (on Linux from 32768 on): while a process is down, nobody takes its place. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + (nextPort++ % 12_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((done) => {
      server.once('error', () => done(false)).listen(port, '127.0.0.1', () => done(true))
    })
    await new Promise<void>((done) => server.close(() => done()))
    if (isFree) return port
  }
}

const running = new Set<ChildProcess>()
/** For whoever runs chaos: nothing of it is left behind. */
export async function endMembers(): Promise<void> {
  const left = [...running]
  for (const child of left) for (const signal of ['SIGCONT', 'SIGTERM'] as const) child.kill(signal)
  const end = (child: ChildProcess) =>
    child.exitCode !== null || child.signalCode !== null
      ? undefined
      : Promise.race([once(child, 'exit'), pause(10_000).then(() => child.kill('SIGKILL'))])
  await Promise.all(left.map(end))
}
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export async function member(options: MemberOptions): Promise<Member> {
  const port = await freePort()
  const life: { child: ChildProcess | null; out: string; err: string } = { child: null, out: '', err: '' }
  const launch = (env: Readonly<Record<string, string>> = {}): void => {
    life.out = ''
    life.child = spawnOne(options, { ...options.env, INLET_PORT: String(port), ...env })
    life.child.stdout?.setEncoding('utf8').on('data', (text: string) => (life.out += text))
    life.child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (life.err = (life.err + text).slice(-keptLetters)))
  }
  return {
    name: options.name,
    url: `http://127.0.0.1:${port}`,
    get pid() {
      return life.child?.pid ?? 0
    },
    get isUp() {
      return isAlive(life.child)
    },
    launch,
    async start(env) {
      const began = performance.now()
      launch(env)
      const { child } = life
      while (!/^Inlet is ready at /m.test(life.out)) {
        if (!isAlive(child))
          throw new Error(`${options.name} ended instead of coming up:\n${(life.out + life.err).slice(-3_000)}`)
        if (performance.now() - began > readyWithinMs)
          throw new Error(`${options.name} did not come up in three minutes:\n${(life.out + life.err).slice(-3_000)}`)
        await pause(10)
      }
      return performance.now() - began
    },
    kill: (signal) => void life.child?.kill(signal),
    async ended() {
      while (isAlive(life.child)) await pause(5)
    },
    said: () => life.err,
  }
}

const isAlive = (child: ChildProcess | null): boolean =>
  child !== null && child.exitCode === null && child.signalCode === null

function spawnOne({ root, args, before = [] }: MemberOptions, env: Readonly<Record<string, string>>): ChildProcess {
  const program = [process.execPath, '--disable-warning=TimeoutNegativeWarning', join(root, 'infra/main.ts'), ...args]
  const [file = '', ...words] = [...before, ...program]
  const child = spawn(file, words, {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...compiledInTests(root), ...env },
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  child.once('error', () => running.delete(child))
  return child
}
