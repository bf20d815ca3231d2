// A disk that is full under database, files and logs together, and has space again: a small file system of the run's own.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fillBy } from '../../support/full-disk.ts'
import type { Fault, Round } from '../fault.ts'
import type { Stage } from '../stage.ts'

const logOf = (folder: string): string => join(folder, 'inlet.log')
const fullForMs = 5_000

/** What the database had set aside for its log is used up first, by large messages; then nobody may be told "got it". */
async function fill({ folder, vendor, ledger, members }: Stage, { n }: Round): Promise<readonly string[]> {
  const ballast = join(folder, '..', 'ballast')
  const answers: number[] = []
  const logSizes: number[] = []
  const wrong: string[] = []
  const end = performance.now() + fullForMs
  for (let at = 0; performance.now() < end; at += 1) {
    fillBy(ballast)
    const id = `wamid.BIG${n}x${at}`
    const { statuses } = await vendor.write({ customer: 700, id, text: 'dolu '.repeat(10_000) }, { retry: false })
    answers.push(...statuses)
    ledger.add({ is: 'sent', id, customer: 700, answers: statuses })
    logSizes.push(statSync(logOf(folder)).size)
    await pause(20)
  }
  for (const { url, name } of members) {
    const alive = await fetch(`${url}/healthz`).catch(() => null)
    if (alive?.status !== 200) wrong.push(`${name} did not turn while the disk was full`)
  }
  rmSync(ballast)
  // One that wants to grow and cannot ends with a whole block.
  if (!logSizes.some((size) => size % 4096 === 0)) wrong.push('the log had space all the time')
  if (!answers.includes(503)) wrong.push(`no call was answered 503: the disk was never full (${answers.join()})`)
  return wrong
}

const found: string[] = []
export const faults: readonly Fault[] = [
  {
    id: 'F11',
    says: 'the disk of database, files and the log file is full for seconds, and has space again',
    settings: [{ layout: 'one', env: { INLET_ANSWER_SECONDS: '2', INLET_LOG: 'debug' } }],
    rounds: 5,
    needsRoot: true,
    async prepare(setting) {
      found.length = 0
      const disk = mkdtempSync(join(tmpdir(), 'inlet-chaos-disk-'))
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300m,mode=0755', 'inlet-chaos', disk])
      const folder = join(disk, 'run')
      mkdirSync(folder, { mode: 0o755 })
      const before = () => ['sh', '-c', `exec "$0" "$@" 2>>${logOf(folder)}`]
      return {
        setting: { ...setting, folder, before },
        async end() {
          execFileSync('umount', ['-l', disk])
          rmdirSync(disk)
        },
      }
    },
    async disturb(stage, round) {
      const pids = stage.members.map((it) => it.pid)
      found.push(...(await fill(stage, round)))
      if (stage.members.some((it, n) => !it.isUp || it.pid !== pids[n])) found.push('a process ended')
    },
    async alsoWrong({ folder }) {
      const log = readFileSync(logOf(folder), 'utf8')
      const lines = log.split('\n').filter((line) => line.startsWith('{'))
      const spoilt = lines.filter((line) => !line.endsWith('}'))
      return [
        ...found,
        ...spoilt.map((line) => `a line of the log is a half: ${line.slice(0, 300)} … ${line.slice(-200)}`),
        ...(log.includes('lostLines') ? ['the log says that lines were lost; they only waited'] : []),
        ...(log.includes('dolu dolu') ? ['the log holds what a customer wrote (S18)'] : []),
        ...(log.includes('could not keep a call') ? [] : ['the log does not tell of the calls that were refused']),
      ]
    },
  },
]
