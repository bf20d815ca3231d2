// Apache Kafka, from Maven Central into the user's cache: a real broker for the tests of the Kafka log.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { aptInstall, run, type Server } from './server.ts'

const version = '4.3.1'
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'inlet')
const jars = join(cache, `kafka-${version}`)
const pom = join(import.meta.dirname, 'kafka', 'pom.xml')

/** The folder of the jars. */
export const kafkaJars = (): string | null => (existsSync(jars) ? jars : null)

const java = async (): Promise<number> => {
  const words = await run('java', ['-version']).catch(() => '')
  return Number(/version "(\d+)/.exec(words)?.[1] ?? 0)
}

export const server: Server = {
  name: 'Kafka',
  for: 'the log on Kafka',
  find: async () => ((await java()) >= 17 ? kafkaJars() : null),
  async install(say) {
    if ((await java()) < 17) await aptInstall('openjdk-17-jre-headless')
    if ((await run('mvn', ['-v']).catch(() => null)) === null) await aptInstall('maven')
    if (kafkaJars() !== null) return
    say(`Kafka: ${version} from Maven Central into ${jars}, 44 MB`)
    await mkdir(cache, { recursive: true })
    const made = await mkdtemp(join(cache, 'kafka-'))
    try {
      const words = ['-B', '-q', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime']
      await run('mvn', [...words, `-DoutputDirectory=${made}`])
      if ((await readdir(made)).length < 10) throw new Error('Maven brought too few files')
      // Whole or not at all, also when two runs bring it at once.
      await rename(made, jars)
    } catch (error) {
      if (kafkaJars() !== null) return
      throw new Error(
        `Kafka's jars could not be brought by Maven. Let Maven reach a repository, or put the jars of kafka_2.13 ${version} and slf4j-simple into ${jars}.`,
        { cause: error },
      )
    } finally {
      await rm(made, { recursive: true, force: true })
    }
  },
}
