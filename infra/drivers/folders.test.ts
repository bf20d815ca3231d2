// The real folders of the house, read as the process reads them at its start.
import { expect, it } from 'vitest'
import { readRegistry } from '../../core/registry.ts'
import { foldersOf } from './folders.ts'

it('reads the house: every channel and every worker exports what it must', async () => {
  const registry = await readRegistry(foldersOf(), { template: true })
  expect([...registry.channels.keys()]).toContain('_template')
  expect(registry.workers.length).toBeGreaterThan(0)
  for (const channel of registry.channels.keys()) expect(await registry.standIn(channel)).toHaveProperty('start')
})
