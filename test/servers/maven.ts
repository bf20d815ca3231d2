// Servers that Maven Central has as jars: brought into the user's cache, whole or not at all.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { aptInstall, run, type Server } from './server.ts'

export interface Jars {
  readonly name: string
  /** In the cache. */
  readonly folder: string
  readonly pom: string
  /** In words, for who has to bring them by hand. */
  readonly holds: string
  readonly megabytes: number
}

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'inlet')
const javaOf = async (): Promise<number> => {
  const words = await run('java', ['-version']).catch(() => '')
  return Number(/version "(\d+)/.exec(words)?.[1] ?? 0)
}

export function jarsInCache({ name, folder, pom, holds, megabytes }: Jars) {
  const jars = join(cache, folder)
  const here = (): string | null => (existsSync(jars) ? jars : null)
  const server: Omit<Server, 'for'> = {
    name,
    find: async () => ((await javaOf()) >= 17 ? here() : null),
    async install(say) {
      if ((await javaOf()) < 17) await aptInstall('openjdk-17-jre-headless')
      if ((await run('mvn', ['-v']).catch(() => null)) === null) await aptInstall('maven')
      if (here() !== null) return
      say(`${name}: from Maven Central into ${jars}, ${megabytes} MB`)
      await mkdir(cache, { recursive: true })
      const made = await mkdtemp(join(cache, 'jars-'))
      try {
        const words = ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime']
        await run('mvn', [...words, `-DoutputDirectory=${made}`])
        if ((await readdir(made)).length < 10) throw new Error('Maven brought too few files')
        // Whole or not at all, also when two runs bring it at once.
        await rename(made, jars)
      } catch (error) {
        if (here() !== null) return
        throw new Error(
          `The jars of ${name} could not be brought by Maven. Let Maven reach a repository, or put those of ${holds} into ${jars}.`,
          { cause: error },
        )
      } finally {
        await rm(made, { recursive: true, force: true })
      }
    },
  }
  return { here, server }
}
