// Reads secrets that are kept elsewhere: `env:NAME` and `file:PATH` (S16).
import { readFile, realpath, stat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { messageOf } from '../../core/errors.ts'
import type { Clock } from '../../core/ports/edges.ts'

export interface ReferenceDeps {
  readonly clock: Pick<Clock, 'ticks'>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly data: string
}
/** The value, or why there is none; never a word of the value in it. */
export type Referred = { readonly is: string } | { readonly why: string }

/** A rotated file is seen within this time; a busy account does not read it for every call. */
const freshMs = 5_000
const longestFile = 64 * 1024
const mostFiles = 1_000
/** Who may write account settings is not thereby allowed to read the keys of the gateway. */
const ownVariables = /^(?:INLET_|KAFKA_|PG|DATABASE_URL$)/
const noSecretsIn = ['/proc', '/sys', '/dev']

export const isReference = (text: string): boolean => /^(?:env|file):/.test(text)

export function makeReferences(deps: ReferenceDeps): (reference: string) => Promise<Referred> {
  const files = new Map<string, { readonly value: Referred; readonly readAt: number }>()
  return async (reference) => {
    const at = reference.indexOf(':')
    const rest = reference.slice(at + 1)
    if (reference.startsWith('env:')) return variable(rest, deps.env)
    const known = files.get(rest)
    if (known && deps.clock.ticks() - known.readAt < freshMs) return known.value
    const value = await file(rest, deps.data)
    if (files.size >= mostFiles) files.clear()
    if ('is' in value) files.set(rest, { value, readAt: deps.clock.ticks() })
    return value
  }
}

function variable(name: string, env: Readonly<Record<string, string | undefined>>): Referred {
  if (ownVariables.test(name))
    return { why: `the variable ${name} belongs to the gateway itself and is given to no account` }
  const value = env[name]?.trim()
  return value
    ? { is: value }
    : { why: `the variable ${name} is ${value === '' ? 'empty' : 'not set'} in the gateway's environment` }
}

/** The real path decides: a link out of a harmless folder is what it leads to. */
async function file(path: string, data: string): Promise<Referred> {
  try {
    const real = await realpath(path)
    const own = [await realpath(data).catch(() => resolve(data)), ...noSecretsIn]
    if (own.some((folder) => real === folder || real.startsWith(folder + sep)))
      return { why: `the file ${path} lies where no secrets of accounts are kept` }
    const value = await contents(real)
    return value === '' ? { why: `the file ${path} is empty` } : { is: value }
  } catch (error) {
    return { why: `the file ${path} cannot be read (${messageOf(error)})` }
  }
}

/** Looked at before it is opened: opening a pipe would wait for its writer. */
async function contents(path: string): Promise<string> {
  const found = await stat(path)
  if (!found.isFile()) throw new Error('it is no file')
  if (found.size > longestFile) throw new Error(`${found.size} bytes are no secret; ${longestFile} are allowed`)
  return (await readFile(path, 'utf8')).trim()
}
