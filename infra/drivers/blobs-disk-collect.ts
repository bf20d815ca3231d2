// Removes from one workspace's folder the blobs nobody uses, and what crashed puts left behind.
import { link, readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobRef } from '../../schemas/ids.ts'
import { blobsUnavailable, refOfHex } from './blob-names.ts'
import { codeOf } from './key-file.ts'

export interface CollectedFolder {
  readonly folder: string
  readonly incoming: string
  readonly placeOf: (hex: string) => string
  /** What was put within this time stays. */
  readonly youngForMs: number
}

/** Where a blob lies while it is decided whether it is old. */
export const setAside = (place: string): string => `${place}.collecting`
const askAtOnce = 500
const dayMs = 24 * 3_600_000

export async function collectFolder(
  where: CollectedFolder,
  stillUsed: (refs: readonly BlobRef[]) => Promise<ReadonlySet<BlobRef>>,
): Promise<number> {
  let removed = 0
  try {
    await dropOldHalves(where.incoming)
    for (const fan of await namesIn(where.folder)) {
      const names = await namesIn(join(where.folder, fan))
      for (const name of names) if (name.endsWith('.collecting')) await putBack(where.placeOf(name.slice(0, 64)))
      const old = await onlyOld(
        names.filter((name) => /^[0-9a-f]{64}$/.test(name)),
        where,
      )
      for (let at = 0; at < old.length; at += askAtOnce) {
        const some = old.slice(at, at + askAtOnce)
        const used = await asking(() => stillUsed(some.map(refOfHex)))
        for (const hex of some)
          if (!used.has(refOfHex(hex)) && (await removeIfOld(where.placeOf(hex), where))) removed++
      }
    }
  } catch (error) {
    throw error instanceof AskingFailed
      ? error.cause
      : blobsUnavailable(`Collecting unused blobs in ${where.folder}`, error)
  }
  return removed
}

class AskingFailed extends Error {}
const asking = <T>(ask: () => Promise<T>): Promise<T> =>
  ask().catch((error: unknown) => Promise.reject(new AskingFailed('asking who uses a blob failed', { cause: error })))

/**
 * Set aside first, then looked at again: a put of the same bytes may come between looking and removing, and its promise holds. A crash
 * in between leaves the file aside, and the next collection puts it back.
 */
async function removeIfOld(place: string, { youngForMs }: CollectedFolder): Promise<boolean> {
  const aside = setAside(place)
  if (!(await unlessGone(rename(place, aside)))) return false
  const isOld = await isOlder(aside, youngForMs)
  if (!isOld) await putBack(place)
  else await unlessGone(unlink(aside))
  return isOld
}

/** Under its name again, unless a newer put of the same bytes is there already. */
async function putBack(place: string): Promise<void> {
  await link(setAside(place), place).catch((error: unknown) =>
    ['EEXIST', 'ENOENT'].includes(codeOf(error)) ? null : Promise.reject(error),
  )
  await unlessGone(unlink(setAside(place)))
}

/** A put that was killed leaves its half here; one under way is younger. */
async function dropOldHalves(incoming: string): Promise<void> {
  for (const name of await namesIn(incoming))
    if (await isOlder(join(incoming, name), dayMs)) await unlessGone(unlink(join(incoming, name)))
}

async function onlyOld(hexes: readonly string[], where: CollectedFolder): Promise<readonly string[]> {
  const old: string[] = []
  for (const hex of hexes) if (await isOlder(where.placeOf(hex), where.youngForMs)) old.push(hex)
  return old
}

const isOlder = async (path: string, thanMs: number): Promise<boolean> => {
  const file = await stat(path).catch((error: unknown) => (codeOf(error) === 'ENOENT' ? null : Promise.reject(error)))
  return file !== null && Date.now() - file.mtimeMs > thanMs
}

const namesIn = (folder: string): Promise<readonly string[]> =>
  readdir(folder).catch((error: unknown) => (codeOf(error) === 'ENOENT' ? [] : Promise.reject(error)))

const unlessGone = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    (error: unknown) => (codeOf(error) === 'ENOENT' ? false : Promise.reject(error)),
  )
