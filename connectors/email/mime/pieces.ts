// A body in pieces of two kinds, words here and HTML there (lists and scanners add theirs so): both readings of the mail get all of them, in order.
import { textOfHtml } from '../../../core/rules/html-text.ts'
import { escaped } from '../compose/escaped.ts'
import { isStub } from './body.ts'
import { firstOf } from './headers.ts'
import type { Leaf } from './structure.ts'
import type { Tree } from './tree.ts'

const mostLeaves = 50

const isPlain = ({ type }: Leaf): boolean => type === 'text/plain'
/** As the library tells bodies from files. */
const isBody = ({ type, headers }: Leaf): boolean =>
  (type === 'text/plain' || type === 'text/html') &&
  /^\s*(?:inline\b|$)/i.test(firstOf(headers, 'content-disposition') ?? '')

/** What says the same in other words is one piece. */
function piecesOf(leaves: readonly Leaf[]): readonly (readonly Leaf[])[] {
  const pieces = new Map<unknown, Leaf[]>()
  for (const leaf of leaves.filter(isBody)) {
    const key = leaf.alternative ?? leaf
    pieces.set(key, [...(pieces.get(key) ?? []), leaf])
  }
  return [...pieces.values()]
}

/** `read` makes a tree of the bytes of a part. The tree as it is where each of its two readings is whole. */
export async function withAllPieces(
  tree: Tree,
  { bytes, leaves }: { readonly bytes: Uint8Array; readonly leaves: readonly Leaf[] },
  read: (part: Uint8Array) => Promise<Tree>,
): Promise<Tree> {
  const pieces = piecesOf(leaves)
  const kinds = new Set(pieces.map((piece) => `${piece.some(isPlain)} ${piece.every(isPlain)}`))
  // Without words of its own the text is made of the HTML, by what that says is quoted.
  if (kinds.size < 2 || leaves.length > mostLeaves || isStub(tree.text.trim())) return tree
  const found: { text: string; html: string }[] = []
  for (const piece of pieces) {
    const of = async (some: readonly Leaf[]) => {
      const trees: Tree[] = []
      for (const leaf of some) trees.push(await read(bytes.subarray(leaf.headerStart, leaf.bodyEnd)))
      return trees
    }
    const text = (await of(piece.filter(isPlain))).map((it) => it.text.trim()).join('\n\n')
    const html = (await of(piece.filter((it) => !isPlain(it)))).map((it) => it.html).join('<br>\n')
    found.push({ text: isStub(text) && html !== '' ? textOfHtml(html) : text, html: html === '' ? marked(text) : html })
  }
  const all = (of: (it: (typeof found)[number]) => string, between: string): string =>
    found
      .map(of)
      .filter((it) => it.trim() !== '')
      .join(between)
  return { ...tree, text: all((it) => it.text, '\n\n'), html: all((it) => it.html, '<br>\n') }
}

const marked = (text: string): string => (text === '' ? '' : `<p>${escaped(text).replace(/\r?\n/g, '<br>')}</p>`)
