// A channel is a folder: one made by the tool works before a line is changed, and one taken away leaves nothing behind.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRegistry } from '../../core/registry.ts'
import { copyHouse, type HouseCopy } from '../../test/support/house-copy.ts'
import { surroundings } from '../../test/support/tool-run.ts'
import { foldersOf } from '../drivers/folders.ts'
import { newChannelTool } from './new-channel.ts'
import { runTool } from './tool.ts'

let copy: HouseCopy
beforeAll(async () => void (copy = await copyHouse()), 60_000)
afterAll(() => copy.remove())

const make = async (...argv: readonly string[]) => {
  const around = surroundings(argv)
  const code = await runTool(newChannelTool(around, copy.root), around)
  return { code, ...around.said() }
}
const passes = { code: 0, output: expect.stringMatching(/Test Files\s+\d+ passed/) }
const typesFit = { code: 0, output: '' }
/** Remembers what it looked at: of a house with one channel less only what spoke of it is looked at again. */
const types = () => copy.run('tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', '.types', '-p', '.')

describe('npm run new:channel', () => {
  it('makes a folder that passes the contract suite and the house rules before a line is changed', async () => {
    const made = await make('sms')
    expect(made).toMatchObject({ code: 0, out: expect.stringContaining('connectors/sms is made') })
    const registry = await readRegistry(foldersOf(copy.root))
    expect([...registry.channels.keys()]).toContain('sms')
    expect(await types()).toEqual(typesFit)
    const tests = ['connectors/sms', 'test/contracts/channels', 'test/architecture.test.ts']
    expect(await copy.run('vitest', 'run', '--project', 'unit', ...tests)).toMatchObject(passes)
  }, 120_000)

  it('refuses names that cannot be one or are taken, in words, and makes nothing', async () => {
    for (const name of ['SMS', '4you', '4', '_shared', 'a-b', '../x', 'a'.repeat(33)])
      expect(await make(name)).toMatchObject({ code: 1, err: expect.stringContaining('small letters and digits') })
    expect(await make('sms')).toMatchObject({
      code: 1,
      err: expect.stringContaining('connectors/sms is there already'),
    })
    expect(await make()).toMatchObject({ code: 2, err: expect.stringContaining('missing required argument') })
    expect(await make('--help')).toMatchObject({ code: 0, out: expect.stringContaining('npm run new:channel') })
    expect((await readdir(join(copy.root, 'connectors'))).filter((it) => /^[A-Z4]|^a-|^aaa/.test(it))).toEqual([])
  })
})

describe('a channel taken away', () => {
  it('leaves a house that type-checks, keeps its rules and passes the contracts, whichever it was', async () => {
    const names = (await readdir(join(copy.root, 'connectors'))).filter((name) => !name.startsWith('_'))
    expect(names).toContain('sms')
    for (const name of names) {
      await rm(join(copy.root, 'connectors', name), { recursive: true })
      expect({ name, ...(await types()) }).toEqual({ name, ...typesFit })
    }
    // The last one gone is the hardest case for everything that is not types.
    expect([...(await readRegistry(foldersOf(copy.root))).channels.keys()]).toEqual([])
    const tests = ['test/contracts/channels', 'test/architecture.test.ts', 'core/registry', 'infra/drivers/folders']
    expect(await copy.run('vitest', 'run', '--project', 'unit', ...tests)).toMatchObject(passes)
  }, 120_000)
})
