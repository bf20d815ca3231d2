// The registry: folders are found, and what is wrong with one is said so that its author can mend it.
import { describe, expect, it } from 'vitest'
import { readRegistry, type Folders } from './registry.ts'

const good = (name: string) => ({
  name,
  settings: { schema: { properties: { number: { description: 'Which number.' } } } },
  secrets: {},
  can: { dm: {} },
  limits: [],
  receive: [{ kind: 'webhook' }],
  routesOf: () => [],
  normalize: () => [],
})
const worker = (name: string) => ({
  name,
  on: ['message.received'],
  locks: () => [],
  facts: () => [],
  decide: () => [],
})

function house(modules: Readonly<Record<string, unknown>>): Folders {
  const under = (folder: string) =>
    Object.keys(modules)
      .filter((path) => path.startsWith(`${folder}/`))
      .map((path) => path.slice(folder.length + 1))
      .map((path) => (path.includes('/') ? `${path.slice(0, path.indexOf('/'))}/` : path))
  return {
    list: async (folder) => [...new Set(under(folder))],
    load: async (path) => ({ default: modules[path], standIn: modules[`${path}#standIn`] }),
  }
}

describe('the registry', () => {
  it('finds channels and workers, leaves out _shared and, unless asked, _template', async () => {
    const folders = house({
      'connectors/pigeon/channel.ts': good('pigeon'),
      'connectors/_shared/http.ts': {},
      'connectors/_template/channel.ts': good('_template'),
      'workers/sla.ts': worker('sla'),
      'workers/sla.test.ts': {},
      'workers/threading/index.ts': worker('threading'),
    })
    const plain = await readRegistry(folders)
    expect([...plain.channels.keys()]).toEqual(['pigeon'])
    expect(plain.workers.map((it) => it.name)).toEqual(['sla', 'threading'])
    expect([...(await readRegistry(folders, { template: true })).channels.keys()]).toContain('_template')
  })

  const wrong: readonly (readonly [what: string, module: unknown, says: RegExp])[] = [
    ['no default export', undefined, /connectors\/pigeon\/channel\.ts: it has no default export/],
    ['another name', good('dove'), /named dove, but its folder pigeon/],
    [
      'an undescribed setting',
      { ...good('pigeon'), settings: { schema: { properties: { n: {} } } } },
      /setting n has no/,
    ],
    ['no normalize', { ...good('pigeon'), normalize: 1 }, /`normalize` is no function/],
    ['no kind', { ...good('pigeon'), can: {} }, /`can` names no kind/],
    ['no ear', { ...good('pigeon'), receive: [] }, /`receive` names no way/],
  ]
  it.each(wrong)('refuses a channel with %s', async (_what, module, says) => {
    await expect(readRegistry(house({ 'connectors/pigeon/channel.ts': module }))).rejects.toThrow(says)
  })

  it('refuses two workers of one name, and one that cannot decide', async () => {
    const twins = house({ 'workers/a.ts': worker('a'), 'workers/b.ts': worker('a') })
    await expect(readRegistry(twins)).rejects.toThrow('two workers are named a')
    const idle = house({ 'workers/a.ts': { ...worker('a'), decide: null } })
    await expect(readRegistry(idle)).rejects.toThrow('`decide` is no function')
  })

  it('loads a stand-in only when asked, and says what it lacks', async () => {
    const standIn = { start: () => undefined }
    const registry = await readRegistry(
      house({ 'connectors/pigeon/stand-in/index.ts#standIn': standIn, 'connectors/pigeon/channel.ts': good('pigeon') }),
    )
    expect(await registry.standIn('pigeon')).toBe(standIn)
    await expect(registry.standIn('dove')).rejects.toThrow('connectors/dove/stand-in/index.ts: it exports no `standIn`')
  })
})
