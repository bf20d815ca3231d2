// The contract of the event log on three brokers, three replicas and two in sync: its test file, run by itself with another cluster.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { messageOf } from '../../core/errors.ts'
import { endIfStopped, nothingFound, nothingSent, type LongForm } from './long-form.ts'
import { newFolder } from './stage.ts'

const root = resolve(import.meta.dirname, '../..')
const runner = join(root, 'node_modules/vitest/vitest.mjs')
const file = 'infra/drivers/log-kafka.int.test.ts'

export const kafkaContract: LongForm = {
  id: 'kafka-contract',
  says: 'the contract of the event log on three brokers, three replicas and two in sync',
  endsByItself: true,
  async run({ seed, stop }) {
    const folder = await newFolder()
    const report = join(folder, 'report.json')
    try {
      const words = [runner, 'run', file, '--reporter=json', `--outputFile=${report}`]
      const env = { ...process.env, INLET_TEST_BROKERS: '3', VITEST_SEED: String(seed) }
      // A group of its own: with it end the brokers it started.
      const child = spawn(process.execPath, words, { cwd: root, env, stdio: 'ignore', detached: true })
      const end = (): void => void (child.pid !== undefined && process.kill(-child.pid, 'SIGTERM'))
      stop.addEventListener('abort', end, { once: true })
      await once(child, 'close')
      stop.removeEventListener('abort', end)
      endIfStopped(stop)
      const { kept, wrong } = judged(await readFile(report, 'utf8').catch((error: unknown) => messageOf(error)))
      return {
        ...nothingSent,
        rounds: 1,
        sent: 0,
        measured: { 'promises kept': kept },
        findings: { ...nothingFound, wrong },
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

interface Report {
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/** Of what the runner left: nothing that ran is no promise kept. */
export function judged(text: string): { readonly kept: number; readonly wrong: readonly string[] } {
  const found = readReport(text)
  if (found === null) return { kept: 0, wrong: [`the tests of the contract left no report: ${text.slice(0, 200)}`] }
  const all = found.testResults.flatMap((it) => it.assertionResults)
  const kept = all.filter((it) => it.status === 'passed').length
  const wrong = all
    .filter((it) => it.status !== 'passed')
    .map((it) => `${it.fullName}: ${it.failureMessages[0]?.split('\n')[0] ?? it.status}`)
  const ofFiles = found.testResults.flatMap((it) => (it.message === '' ? [] : [it.message.slice(0, 500)]))
  return { kept, wrong: kept + wrong.length === 0 ? ['no test of the contract ran', ...ofFiles] : wrong }
}

function readReport(text: string): Report | null {
  try {
    return JSON.parse(text) as Report
  } catch {
    return null
  }
}
