// Runs every test, then searches everything that was said for secrets (S18); where INLET_TEST_RESULTS names a file, the counts are left there.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noteOutput, noteSecrets, outputsVariable, secretsSaidIn } from './canaries.ts'
import { adminKey, masterKey } from './gateway-process.ts'

const results = process.env['INLET_TEST_RESULTS']
const reporters = results === undefined ? [] : ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
const outputs = mkdtempSync(join(tmpdir(), 'inlet-outputs-'))
process.env[outputsVariable] = outputs
// For the test of this file: another command in place of the tests, and a secret of its own.
const [command = '', ...words] = process.env['INLET_TEST_RUNNER']?.split('\n') ?? ['vitest', 'run', ...reporters]
const planted = process.env['INLET_TEST_CANARY']
noteSecrets([adminKey, masterKey, ...(planted === undefined ? [] : [planted])])

const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
const child = spawn(command, [...words, ...process.argv.slice(2)], {
  stdio: ['inherit', 'pipe', 'pipe'],
  env: { ...process.env, ...color },
})
for (const name of ['stdout', 'stderr'] as const)
  child[name].setEncoding('utf8').on('data', (text: string) => {
    process[name].write(text)
    noteOutput(`run-${name}`, text)
  })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void child.kill(signal))
const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
const said = secretsSaidIn(outputs)
rmSync(outputs, { recursive: true, force: true })
for (const where of said) process.stderr.write(`S18 a secret was said: ${where}\n`)
process.exitCode = code !== 0 ? (code ?? (signal === null ? 1 : 128)) : said.length > 0 ? 1 : 0
