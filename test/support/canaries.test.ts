// The search for secrets in what a run said is itself tried: with a planted one the run fails, without it does not.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noteOutput, noteSecrets, outputsVariable, secretsSaidIn } from './canaries.ts'

let folder: string
let before: string | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inlet-canaries-'))
  before = process.env[outputsVariable]
  process.env[outputsVariable] = folder
})
afterEach(() => {
  if (before === undefined) delete process.env[outputsVariable]
  else process.env[outputsVariable] = before
  rmSync(folder, { recursive: true, force: true })
})

describe('the search for secrets in what a run said', () => {
  it('S18 finds a planted one, also in two pieces, in JSON and in an address, and does not say it again', () => {
    noteSecrets(['planted"secret/of-a-test', 'another-secret-of-a-test', 'short'])
    noteOutput('clean', 'nothing of interest, and a short word')
    noteOutput('cut', 'token another-secr')
    noteOutput('cut', 'et-of-a-test said')
    noteOutput('json', JSON.stringify({ token: 'planted"secret/of-a-test' }))
    noteOutput('address', `?key=${encodeURIComponent('planted"secret/of-a-test')}`)
    const said = secretsSaidIn(folder)
    expect(said.map((it) => it.split(' ')[0])).toEqual(expect.arrayContaining(['address.txt', 'cut.txt', 'json.txt']))
    expect(said).toHaveLength(3)
    expect(said.join()).not.toContain('of-a-test')
  })
  it('S18 a run of which one process said a secret fails and says where', () => {
    const run = (words: string) => {
      const script = `process.stdout.write(${JSON.stringify(words)})`
      const env = {
        ...process.env,
        INLET_TEST_RUNNER: `${process.execPath}\n-e\n${script}`,
        INLET_TEST_CANARY: 'a-canary-of-this-test-alone',
      }
      return spawnSync(process.execPath, [join(import.meta.dirname, 'run-tests.ts')], { env, encoding: 'utf8' })
    }
    expect(run('all is well').status).toBe(0)
    const failed = run('the token is a-canary-of-this-test-alone')
    expect([failed.status, failed.stderr]).toEqual([1, expect.stringContaining('run-stdout.txt holds the secret')])
  })
})
