// The vendor's store of files: uploads, made-up files of customers, and addresses that live five minutes.
import { createHash } from 'node:crypto'
import type { Seeded } from '../../_shared/stand-in/seeded.ts'

/** Sheet section 6, checked 2026-11. */
const urlLivesMs = 5 * 60_000

export interface MediaFile {
  readonly bytes: Uint8Array
  readonly type: string
  readonly name: string
}
export interface Media {
  /** Without bytes: `stand-in media <id>\n`, so that the fixtures' hashes match. */
  add(file: Omit<MediaFile, 'bytes'> & { readonly bytes?: Uint8Array }): string
  has(id: string): boolean
  /** Files nobody put here, as those of fixtures, are there too. */
  get(id: string): MediaFile
  remove(id: string): void
  /** Path and query of an address that works until its time is over. */
  pathOf(id: string): string
  /** The id such an address stands for, or null when it is over or made up. */
  idAt(query: URLSearchParams): string | null
  /** Ends all addresses given out so far. */
  expireUrls(): void
}

const typeByKind: Readonly<Record<string, string>> = {
  image: 'image/jpeg',
  video: 'video/mp4',
  audio: 'audio/ogg; codecs=opus',
  document: 'application/pdf',
  sticker: 'image/webp',
}
export const typeOf = (kind: string): string => typeByKind[kind] ?? 'application/octet-stream'
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64')

const madeUp = (id: string): Uint8Array => new TextEncoder().encode(`stand-in media ${id}\n`)

export function mediaOf(chance: Seeded, now: () => number): Media {
  const files = new Map<string, MediaFile | null>()
  let made = 0
  let generation = 0
  const hashOf = (id: string, until: string): string => chance.hex(26, 'media url', id, until, generation)
  return {
    add(file) {
      const id = `1${chance.digits(12, 'media', (made += 1))}${String(made).padStart(4, '0')}`
      files.set(id, { bytes: madeUp(id), ...file })
      return id
    },
    has: (id) => files.get(id) !== null,
    get: (id) => files.get(id) ?? { bytes: madeUp(id), type: 'image/jpeg', name: id },
    remove: (id) => void files.set(id, null),
    pathOf(id) {
      const until = String(now() + urlLivesMs)
      const query = new URLSearchParams({ mid: id, source: 'getMedia', ext: until, hash: hashOf(id, until) })
      return `/whatsapp_business/attachments/?${query.toString()}`
    },
    idAt(query) {
      const [id, until] = [query.get('mid') ?? '', query.get('ext') ?? '']
      return hashOf(id, until) === query.get('hash') && now() <= Number(until) ? id : null
    },
    expireUrls: () => void (generation += 1),
  }
}
