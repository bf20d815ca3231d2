// Reads the house's own folders for the registry: which channels and workers lie there, and what they export.
import { readdir } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { join, resolve } from 'node:path'
import type { Folders } from '../../core/registry.ts'

const house = resolve(import.meta.dirname, '../..')

export function foldersOf(root: string = house): Folders {
  return {
    async list(folder) {
      const entries = await readdir(join(root, folder), { withFileTypes: true })
      return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).toSorted()
    },
    load: (path) => import(pathToFileURL(join(root, path)).href) as Promise<Readonly<Record<string, unknown>>>,
  }
}
