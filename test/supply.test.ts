// What this project is made of: every package at one version, known by its hash, and no script of anybody's at install but those that are named.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly hasInstallScript?: boolean
  readonly link?: boolean
}
interface Package {
  readonly [group: string]: unknown
  readonly allowScripts: Readonly<Record<string, boolean>>
}
const root = join(import.meta.dirname, '..')
const read = <T>(name: string): T => JSON.parse(readFileSync(join(root, name), 'utf8')) as T
const mine = read<Package>('package.json')
const lock = read<{ readonly lockfileVersion: number; readonly packages: Readonly<Record<string, Locked>> }>(
  'package-lock.json',
)
const locked = Object.entries(lock.packages).filter(([name]) => name !== '')
const groups = ['dependencies', 'devDependencies', 'optionalDependencies'] as const
const wanted = groups.flatMap((group) => Object.entries((mine[group] ?? {}) as Readonly<Record<string, string>>))

it('S31 every package is asked for at one version, and the lock file holds that version', () => {
  expect(wanted.length).toBeGreaterThan(20)
  for (const [name, version] of wanted) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/)
    expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version)
  }
})

it('S31 each package of the lock file comes from the registry, with the hash of its contents', () => {
  for (const [name, it] of locked) {
    expect(it.link, name).toBeUndefined()
    // Absent where npm was told to leave the registry to whoever installs; the hash is what counts.
    expect(it.resolved ?? 'https://registry.npmjs.org/x.tgz', name).toMatch(
      /^https:\/\/registry\.npmjs\.org\/[^?#]+\.tgz$/,
    )
    expect(it.integrity, name).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/)
  }
})

it('S31 those with a script at install are the named ones and no other; ours has none', () => {
  const scripted = locked
    .filter(([, it]) => it.hasInstallScript === true)
    .map(([name]) => name.replace(/^.*node_modules\//, ''))
  const named = Object.keys(mine.allowScripts).filter((name) => mine.allowScripts[name])
  expect([...new Set(scripted)].toSorted()).toEqual(named.toSorted())
  // Without it npm runs the others all the same, with a notice.
  expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^strict-allow-scripts=true$/m)
  const own = Object.keys(mine['scripts'] as Readonly<Record<string, string>>)
  expect(own.filter((name) => /^(?:pre|post)?(?:install|prepare|prepublish)$/.test(name))).toEqual([])
})
