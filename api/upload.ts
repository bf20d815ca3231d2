// Takes an uploaded file as it streams: what it is by its content, how large, and its hash; never whole in memory.
import { createHash } from 'node:crypto'
import { fileTypeFromBuffer } from 'file-type'
import type { BlobStore } from '../core/ports/edges.ts'
import { cleanFileName } from '../core/rules/file-name.ts'
import type { BlobRef, WorkspaceId } from '../schemas/ids.ts'
import { Problem } from './problem.ts'

/** D25: five files, 20 MB each; a channel may take less, which its reply says. */
export const maxFiles = 5
export const maxFileBytes = 20 * 1024 * 1024
/** What file-type looks at of the formats that begin with a mark. */
const peekBytes = 4_100

export interface Upload {
  readonly filename: string
  readonly mimetype: string
  readonly file: AsyncIterable<Buffer> & { readonly truncated: boolean }
}
export interface Stored {
  readonly name: string
  readonly type: string
  readonly size: number
  readonly sha256: string
  readonly blob: BlobRef
}

export async function storeUpload(
  { filename, mimetype, file }: Upload,
  workspace: WorkspaceId,
  blobs: Pick<BlobStore, 'put'>,
): Promise<Stored> {
  const name = cleanFileName(filename, 'file')
  const bytes = file[Symbol.asyncIterator]()
  const beginning = await peek(bytes)
  const type = await typeOf(beginning, mimetype)
  const hash = createHash('sha256')
  let size = 0
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const chunk of joined(beginning, bytes)) {
      size += chunk.length
      hash.update(chunk)
      yield chunk
    }
    // Here, so that what was cut is never stored as if it were whole.
    if (file.truncated) throw tooLarge(name)
  }
  const blob = await blobs.put(workspace, counted(), type)
  if (size === 0) throw new Problem({ status: 422, code: 'file_empty', field: name, detail: `${name} is empty.` })
  return { name, type, size, sha256: hash.digest('hex'), blob }
}

const tooLarge = (name: string): Problem =>
  new Problem({
    status: 422,
    code: 'file_too_large',
    field: name,
    detail: `${name} is larger than ${maxFileBytes / 1024 ** 2} MB.`,
    facts: { maxBytes: maxFileBytes },
  })
export const tooManyFiles = (name: string): Problem =>
  new Problem({
    status: 422,
    code: 'too_many_files',
    field: name,
    detail: `${name} is one more than ${maxFiles} files.`,
    facts: { maxCount: maxFiles },
  })

async function peek(bytes: AsyncIterator<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for (let length = 0; length < peekBytes;) {
    const { value, done } = await bytes.next()
    if (done === true) break
    chunks.push(value)
    length += value.length
  }
  return Buffer.concat(chunks)
}
async function* joined(beginning: Buffer, bytes: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  if (beginning.length > 0) yield beginning
  for (let next = await bytes.next(); next.done !== true; next = await bytes.next()) yield next.value
}

/** Containers whose mark says only that they are one: what is claimed to be in them is believed. */
const inContainers: Readonly<Record<string, RegExp>> = {
  'application/zip': /^application\/(?:vnd\.openxmlformats-officedocument\.|vnd\.oasis\.opendocument\.|epub\+zip$)/,
  'application/x-cfb': /^application\/(?:msword|vnd\.ms-)/,
}
const textual = /^(?:text\/[\w.+-]+|application\/(?:json|xml))$/

/** The content decides. Text has no mark: it is what it is said to be, if it is text at all. */
export async function typeOf(beginning: Uint8Array, claimed: string): Promise<string> {
  const found = (await fileTypeFromBuffer(beginning))?.mime
  if (found !== undefined) return inContainers[found]?.test(claimed) === true ? claimed : found
  if (!textual.test(claimed) || beginning.includes(0)) return 'application/octet-stream'
  return isUtf8(beginning) ? claimed : 'application/octet-stream'
}

/** The end may be cut within a letter. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}
