// Runs the reader that knows Inlet only by its AsyncAPI page, and gives what it says of each record.
import { join } from 'node:path'
import { readerPackages } from '../servers/reader.server.ts'
import { run } from '../servers/server.ts'

export interface ReadRecord {
  readonly topic: string
  readonly type: string
  readonly id: string
  readonly problems: readonly string[]
}
const script = join(import.meta.dirname, 'read.py')

/** All that lies in the topics now. */
export async function readTopics(gateway: string, broker: string): Promise<readonly ReadRecord[]> {
  const packages = readerPackages()
  if (packages === null) throw new Error('The packages of the reader are not here. Run: npm run servers')
  // Isolated: nothing that this machine happens to have is used in place of the pinned packages.
  const begin = `import sys, runpy; sys.path.insert(0, ${JSON.stringify(packages)}); runpy.run_path(${JSON.stringify(script)}, run_name='__main__')`
  const text = await run('python3', ['-I', '-c', begin, gateway, broker])
  const lines = text.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as ReadRecord)
}
