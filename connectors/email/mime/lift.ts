// Large files are taken out of a mail before the library sees it, which reads base64 a line at a time: it gets a name in their place.
import { createHash } from 'node:crypto'
import { firstOf } from './headers.ts'
import type { Leaf } from './structure.ts'
import type { ReadFile } from './tree.ts'

/** Smaller ones are not worth it. */
const fromBytes = 32 * 1024
const equals = 0x3d

export interface Lifted {
  /** What stands in the place of this leaf's body; undefined: the body itself. */
  standIn(leaf: Leaf): Uint8Array | undefined
  /** The files as they were, each under the name that stood for it. */
  putBack(files: readonly ReadFile[]): readonly ReadFile[]
}

export function lift(bytes: Uint8Array, leaves: readonly Leaf[]): Lifted {
  const large = leaves.filter((leaf) => isLarge(leaf) && hasPlainEnd(bytes, leaf))
  // Made of the whole mail, so that nothing in the mail can be it.
  const name = large.length === 0 ? '' : createHash('sha256').update(bytes).digest('hex')
  const nameOf = new Map(large.map((leaf, n) => [leaf, `${name} ${n}`]))
  const leafOf = new Map(large.map((leaf, n) => [`${name} ${n}`, leaf]))
  return {
    standIn(leaf) {
      const found = nameOf.get(leaf)
      return found === undefined ? undefined : Buffer.from(`${Buffer.from(found).toString('base64')}\r\n`)
    },
    putBack: (files) =>
      files.map((file) => {
        const leaf = file.bytes.length > 80 ? undefined : leafOf.get(file.bytes.toString('latin1'))
        return leaf === undefined ? file : { ...file, bytes: contentOf(bytes, leaf) }
      }),
  }
}

const isLarge = (leaf: Leaf): boolean =>
  leaf.bodyEnd - leaf.bodyStart >= fromBytes &&
  /^(?:application|image|audio|video|font)\//.test(leaf.type) &&
  /^base64$/i.test((firstOf(leaf.headers, 'content-transfer-encoding') ?? '').trim())

/** Padding in the middle means pieces that were put together: those are left to the library. */
function hasPlainEnd(bytes: Uint8Array, { bodyStart, bodyEnd }: Leaf): boolean {
  const first = bytes.indexOf(equals, bodyStart)
  return first === -1 || first >= bodyEnd - 16
}

const contentOf = (bytes: Uint8Array, { bodyStart, bodyEnd }: Leaf): Buffer =>
  Buffer.from(Buffer.from(bytes.buffer, bytes.byteOffset + bodyStart, bodyEnd - bodyStart).toString('latin1'), 'base64')
