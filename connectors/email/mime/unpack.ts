// Mails inside files: what Outlook packs (winmail.dat), what was signed as a whole (S/MIME), what stood in a text before there was MIME. Files stay.
import { charsetOf, decoded } from './charset.ts'
import { cmsIn } from './cms.ts'
import { isTnef, tnefIn } from './tnef.ts'
import type { ReadFile, Tree } from './tree.ts'
import { uuencodedIn } from './uuencode.ts'

export interface Unpacked {
  readonly tree: Tree
  readonly isSigned: boolean
  readonly isEncrypted: boolean
}
/** Signed, and signed again by a list or a gateway. */
const deepest = 2

/** `read` makes a tree of the bytes of a part. */
export async function unpacked(given: Tree, read: (part: Uint8Array) => Promise<Tree>, depth = 0): Promise<Unpacked> {
  const tree = withUuencoded(withTnef(given))
  const packed = tree.files.find(isSmime)
  if (packed === undefined) return { tree, isSigned: false, isEncrypted: false }
  const cms = cmsIn(packed.bytes)
  // What says that it is S/MIME and cannot be read is as good as encrypted to whoever looks at it.
  if (cms.is !== 'signed') return { tree, isSigned: false, isEncrypted: true }
  if (cms.content === null || depth >= deepest) return { tree, isSigned: cms.content !== null, isEncrypted: false }
  const inner = await unpacked(await read(cms.content), read, depth + 1)
  return { tree: joined(tree, inner.tree), isSigned: true, isEncrypted: inner.isEncrypted }
}

const isSmime = ({ type, name }: ReadFile): boolean =>
  /^application\/(?:x-)?pkcs7-mime$/.test(type) || (type === 'application/octet-stream' && /\.p7m$/i.test(name ?? ''))

const both = (outer: string, inner: string): string =>
  outer.trim() === '' ? inner : inner.trim() === '' ? outer : `${outer.trimEnd()}\n\n${inner}`
const joined = (outer: Tree, inner: Tree): Tree => ({
  ...outer,
  text: both(outer.text, inner.text),
  html: both(outer.html, inner.html),
  files: [...outer.files, ...inner.files],
})

function withTnef(tree: Tree): Tree {
  const packed = tree.files.find((it) => isTnef(it.bytes))
  if (packed === undefined) return tree
  const { html, text, files } = tnefIn(packed.bytes)
  const more = files.map((it) => ({ ...it, cid: null, related: false }))
  return {
    ...tree,
    text: tree.text.trim() === '' ? (text ?? '') : tree.text,
    html: tree.html.trim() === '' ? (html ?? '') : tree.html,
    files: [...tree.files, ...more],
  }
}

/** In the text, and as a part of its own whose encoding MIME does not know. */
function withUuencoded(tree: Tree): Tree {
  const { text, files } = uuencodedIn(tree.text)
  const found = files.map((it) => ({ ...it, type: 'application/octet-stream', cid: null, related: false }))
  return { ...tree, text, files: [...tree.files.map(decodedFile), ...found] }
}
function decodedFile(file: ReadFile): ReadFile {
  if (!file.bytes.subarray(0, 6).equals(Buffer.from('begin '))) return file
  const { files, text } = uuencodedIn(decoded(file.bytes, charsetOf(file.bytes, 'latin1')))
  const [only] = files
  return only === undefined || files.length > 1 || text.trim() !== ''
    ? file
    : { ...file, name: file.name ?? only.name, bytes: only.bytes }
}
