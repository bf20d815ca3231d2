// `npm run servers`: brings what the tests need beside the packages. Finds the files `*.server.ts` of this folder by itself; what is here already costs nothing.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Server } from './server.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function all(): Promise<readonly Server[]> {
  const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.server.ts')).toSorted()
  const loaded = await Promise.all(files.map((name) => import(pathToFileURL(join(import.meta.dirname, name)).href)))
  return loaded.map((module: { readonly server: Server }) => module.server)
}

/** The file it was found at, or why it is not there. */
async function bring(server: Server): Promise<string | null> {
  const found = await server.find()
  if (found !== null) return null
  say(`${server.name}: installing, for ${server.for}`)
  try {
    await server.install(say)
  } catch (error) {
    return error instanceof Error ? `${error.message}\n  ${String(error.cause ?? '').slice(-500)}` : String(error)
  }
  return (await server.find()) === null ? 'it was installed and is not found all the same' : null
}

if (process.argv.includes('--help')) {
  say(
    'npm run servers: installs the servers that the tests talk to, where they are missing. Needs nothing; asks nothing.',
  )
} else {
  for (const server of await all()) {
    const problem = await bring(server)
    if (problem !== null) {
      say(`${server.name}: ${problem}`)
      process.exitCode = 1
    } else say(`${server.name.padEnd(12)} ${await server.find()}`)
  }
}
