// Writes every file that is made from a description in the code: schemas, API documents, the database's shape, tables of settings.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { makeLogger } from '../drivers/logger.ts'
import { emittedFiles, leftOver, staleFiles } from './emitted.ts'
import { main, tool, type Surroundings } from './tool.ts'

const house = resolve(import.meta.dirname, '../..')

export const describeTool = (around: Surroundings, root = house): Command =>
  tool(
    'describe',
    'Writes what is made from descriptions in the code: schemas/json, infra/migrations/schema.sql, the tables of settings in the READMEs. Commit what it changed.',
  ).action(async () => {
    const files = await emittedFiles(root, makeLogger({ level: 'error' }))
    const [stale, gone] = [await staleFiles(files, root), await leftOver(files, root)]
    for (const { path, text } of stale) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), text)
      around.out(`wrote    ${path}\n`)
    }
    for (const path of gone) {
      await rm(join(root, path))
      around.out(`removed  ${path}\n`)
    }
    around.out(
      `${files.length} files, ${stale.length + gone.length === 0 ? 'all as described' : `${stale.length} written`}.\n`,
    )
  })

if (import.meta.main) await main(describeTool)
