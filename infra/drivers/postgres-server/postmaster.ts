// One life of the server process: spawned, known to be ready by its own pid, and stopped; and the end of one that outlived us.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { GatewayError } from '../../../core/errors.ts'
import type { Logger } from '../../../core/ports/edges.ts'
import { commandOf, exists, pidsOf } from '../process-identity.ts'
import { writeAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import { plainEnvironment } from './cluster.ts'
import type { Place } from './place.ts'
import { dropSocketDir } from './place.ts'
import { settings } from './settings.ts'

export interface Postmaster {
  readonly pid: number
  /** Resolves when the process is gone, with the words for it. */
  readonly gone: Promise<string>
  stop(): Promise<void>
  /** The beginning of a stop, for when nothing can be waited for any more. */
  interrupt(): void
}
/** A socket's directory, or a port on the loopback. */
export type Door = { readonly socketDir: string } | { readonly port: number }
interface Needs {
  readonly place: Place
  readonly binaries: Binaries
  readonly door: Door
  readonly log: Logger
}

const readyWithinMs = 60_000
const pollMs = 5
const lastLines = 12

/** Children of a server that was killed need a moment to go (0.3 s measured); until then the server refuses, rightly. */
const patienceMs = 5_000
const stillGoing = /shared memory block .* is still in use|lock file .* already exists/

export async function startPostmaster(needs: Needs): Promise<Postmaster> {
  for (let waitedMs = 0; ; waitedMs += 200) {
    const { postmaster, problem } = await startOnce(needs)
    if (postmaster !== null) return postmaster
    if (waitedMs < patienceMs && stillGoing.test(problem)) {
      // One in the middle of a long query does not see that its server is dead; nobody hears its answer any more.
      for (const pid of pidsOf('postgres: ', needs.place.cluster)) process.kill(pid, 'SIGQUIT')
      await pause(200)
      continue
    }
    throw new GatewayError(
      'data.unusable',
      `The embedded PostgreSQL in ${needs.place.cluster} did not start: ${problem}`,
    )
  }
}

type Outcome =
  { readonly postmaster: Postmaster; readonly problem: '' } | { readonly postmaster: null; readonly problem: string }

async function startOnce({ place, binaries, door, log }: Needs): Promise<Outcome> {
  const [file = '', ...words] = [...binaries.guard, binaries.postgres, '-D', place.cluster, ...wordsFor(door)]
  const child = spawn(file, words, {
    ...place.account,
    cwd: place.directory,
    env: plainEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    // Not of our process group: a Ctrl-C in the terminal is ours to answer, while the server still takes what is in hand (G16).
    detached: true,
  })
  const said = readLines(child, log)
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`it could not be started: ${error.message}`))
    child.once('exit', (code, signal) => {
      const why = signal === null ? `it ended with ${code}` : `it was ended by ${signal}`
      // Its last words come before `close`; but children of a killed server hold the pipe open, one in a long query for long.
      child.once('close', () => resolve(why))
      setTimeout(resolve, 200, why)
    })
  })
  const problem = await Promise.race([ready(place, child), gone])
  if (problem === null && child.pid !== undefined) {
    const interrupt = () => void child.kill('SIGINT')
    return { postmaster: { pid: child.pid, gone, stop: () => stopChild(child, gone), interrupt }, problem: '' }
  }
  await stopChild(child, gone)
  return { postmaster: null, problem: `${problem}. It said: ${said.join(' | ') || 'nothing'}` }
}

const wordsFor = (door: Door): readonly string[] => {
  const where =
    'socketDir' in door
      ? { unix_socket_directories: quoted(door.socketDir), listen_addresses: '' }
      : // No socket beside it: its own folder would be a shared one, which an account that may not write there cannot start in.
        { unix_socket_directories: '', listen_addresses: '127.0.0.1', port: String(door.port) }
  return Object.entries({ ...settings, ...where }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** The setting is a list: a comma in a path would end it. */
const quoted = (path: string): string => `"${path.replaceAll('"', '""')}"`

/** The server's own lines: for people who look for them, loud only when something broke. Data never stands in them (terse). */
function readLines(child: ChildProcess, log: Logger): readonly string[] {
  const kept: string[] = []
  let rest = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      kept.push(line)
      if (kept.length > lastLines) kept.shift()
      const isGrave = /PANIC|was terminated by signal|could not (?:write|extend|fsync)/.test(line)
      log[isGrave ? 'warn' : 'debug']('PostgreSQL says', { line })
    }
  })
  return kept
}

/** Null when ready. Its own file says so under its own pid; a probe would also be answered by somebody else's server. */
async function ready(place: Place, child: ChildProcess): Promise<string | null> {
  for (let waitedMs = 0; waitedMs < readyWithinMs; waitedMs += pollMs) {
    const lines = await pidFile(place.cluster)
    if (lines !== null && Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return null
    if (child.exitCode !== null || child.signalCode !== null) break
    await pause(pollMs)
  }
  return `it was not ready after ${readyWithinMs / 1000} s`
}

async function pidFile(cluster: string): Promise<readonly string[] | null> {
  try {
    return (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Fast: transactions are rolled back, a checkpoint is written. Immediate: the next start recovers from the log. */
const steps = [
  { signal: 'SIGINT', forMs: 15_000 },
  { signal: 'SIGQUIT', forMs: 5_000 },
  { signal: 'SIGKILL', forMs: 2_000 },
] as const

async function stopChild(child: ChildProcess, gone: Promise<string>): Promise<void> {
  for (const { signal, forMs } of steps) {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await Promise.race([gone, pause(forMs, null, { ref: false })])
  }
}

/**
 * A server that outlived us (we were killed with -9) is stopped, not adopted: it may run with older settings, and nothing would tell
 * us when it dies. The pid in the file may long belong to somebody else: only a process that was started on this very cluster counts.
 */
export async function endLeftOver(place: Place, log: Logger): Promise<void> {
  const lines = await pidFile(place.cluster)
  const pid = Number(lines?.[0])
  if (lines === null || !Number.isInteger(pid) || pid <= 1) return
  const isOurs = () => exists(pid) && (commandOf(pid) ?? '').includes(place.cluster)
  if (isOurs()) log.info('A database server was left over from a run that was killed; it is stopped first.', { pid })
  for (const { signal, forMs } of [{ signal: 'SIGINT', forMs: 4_000 } as const, ...steps.slice(1)]) {
    if (!isOurs()) break
    process.kill(pid, signal)
    for (let waitedMs = 0; waitedMs < forMs && isOurs(); waitedMs += pollMs) await pause(pollMs)
  }
  if (exists(pid) && !isOurs()) await forget(pid, place)
  if (lines[4] !== undefined && lines[4] !== '') await dropSocketDir(lines[4])
}

/** No system gives out pids this high. */
const noPid = 2_000_000_000

/**
 * The pid belongs to somebody else now, and PostgreSQL would take that one for a running server. The rest of the file stays: it names
 * the shared memory by which PostgreSQL itself sees whether children of the old server still work on the files.
 */
async function forget(pid: number, place: Place): Promise<void> {
  const path = join(place.cluster, 'postmaster.pid')
  const [first, ...rest] = (await pidFile(place.cluster)) ?? []
  if (Number(first) === pid) await writeAs(place.account, path, [String(noPid), ...rest].join('\n'))
}
