// A Kafka client and a CloudEvents SDK of others, in Python: what the topics are read with by somebody who has only the AsyncAPI page.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { aptInstall, run, type Server } from './server.ts'

const wanted = join(import.meta.dirname, '../kafka-reader/requirements.txt')
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'inlet')
/** Other requirements, another folder. */
const folder = join(
  cache,
  `kafka-reader-${createHash('sha256').update(readFileSync(wanted)).digest('hex').slice(0, 12)}`,
)

/** The folder of the packages, for PYTHONPATH. */
export const readerPackages = (): string | null => (existsSync(folder) ? folder : null)

const works = async (...words: readonly string[]): Promise<boolean> =>
  run('python3', words).then(
    () => true,
    () => false,
  )

export const server: Server = {
  name: 'Reader',
  for: 'reading the topics in Kafka as others do',
  find: async () => ((await works('--version')) ? readerPackages() : null),
  async install(say) {
    if (!(await works('--version'))) await aptInstall('python3')
    if (readerPackages() !== null) return
    if (!(await works('-m', 'pip', '--version'))) await aptInstall('python3-pip')
    say(`Reader: packages of test/kafka-reader/requirements.txt into ${folder}, 6 MB`)
    await mkdir(cache, { recursive: true })
    const made = await mkdtemp(join(cache, 'kafka-reader-'))
    try {
      const words = [
        '--quiet',
        '--disable-pip-version-check',
        '--no-deps',
        '--only-binary',
        ':all:',
        '--require-hashes',
      ]
      await run('python3', ['-m', 'pip', 'install', ...words, '--target', made, '-r', wanted])
      // Whole or not at all, also when two runs bring it at once.
      await rename(made, folder)
    } catch (error) {
      if (readerPackages() !== null) return
      throw new Error(`pip could not bring them. By hand: pip install --target ${folder} -r ${wanted}`, {
        cause: error,
      })
    } finally {
      await rm(made, { recursive: true, force: true })
    }
  },
}
