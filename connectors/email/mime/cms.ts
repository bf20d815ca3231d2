// What stands in an S/MIME file (CMS, RFC 5652): the mail that was signed, or that it is encrypted. Signatures are not checked here.

export type Cms =
  /** `content`: the MIME part that was signed; null where it lies beside (or there is none: a list of certificates). */
  { readonly is: 'signed'; readonly content: Buffer | null } | { readonly is: 'encrypted' } | { readonly is: 'unknown' }

const signedData = '2a864886f70d010702'
const encrypted: ReadonlySet<string> = new Set(['2a864886f70d010703', '2a864886f70d0109100117'])
const deepest = 20
const mostElements = 100_000

interface Element {
  readonly tag: number
  readonly isMany: boolean
  readonly start: number
  readonly end: number
  /** Where the next one begins. */
  readonly next: number
}

/** Never throws: what is no CMS is `unknown`. */
export function cmsIn(bytes: Buffer): Cms {
  try {
    const read = reader(bytes)
    const [type, held] = read.inside(read.at(0))
    const oid = type === undefined ? '' : bytes.subarray(type.start, type.end).toString('hex')
    if (encrypted.has(oid)) return { is: 'encrypted' }
    if (oid !== signedData || held === undefined) return { is: 'unknown' }
    const [data] = read.inside(held)
    // version, algorithms, then what was signed.
    const [, , signed] = data === undefined ? [] : read.inside(data)
    const [, content] = signed === undefined ? [] : read.inside(signed)
    const [octets] = content === undefined ? [] : read.inside(content)
    return { is: 'signed', content: octets === undefined ? null : read.octets(octets) }
  } catch (error) {
    if (error instanceof RangeError) return { is: 'unknown' }
    throw error
  }
}

interface Reader {
  at(start: number, depth?: number): Element
  inside(parent: Element): readonly Element[]
  octets(element: Element, depth?: number): Buffer
}
const need = (isThere: boolean): void => {
  if (!isThere) throw new RangeError('cut off')
}

/** BER: a length that is not said is found by its end. */
function reader(bytes: Buffer): Reader {
  let elements = 0
  function at(start: number, depth = 0): Element {
    need(start + 2 <= bytes.length && depth <= deepest && (elements += 1) <= mostElements)
    const [tag, first] = [bytes[start]!, bytes[start + 1]!]
    const head = { tag, isMany: (tag & 0x20) !== 0 }
    if (first === 0x80) return untilItsEnd({ ...head, start: start + 2 }, depth)
    const count = first < 0x80 ? 0 : first & 0x7f
    need(count <= 4 && start + 2 + count <= bytes.length)
    const from = start + 2 + count
    const end = from + (count === 0 ? first : bytes.readUIntBE(start + 2, count))
    need(end <= bytes.length)
    return { ...head, start: from, end, next: end }
  }
  function untilItsEnd(head: Pick<Element, 'tag' | 'isMany' | 'start'>, depth: number): Element {
    for (let here = head.start; ; here = at(here, depth + 1).next) {
      need(head.isMany && here + 2 <= bytes.length)
      if (bytes[here] === 0 && bytes[here + 1] === 0) return { ...head, end: here, next: here + 2 }
    }
  }
  return { at, ...within(bytes, at) }
}

function within(bytes: Buffer, at: Reader['at']): Pick<Reader, 'inside' | 'octets'> {
  function inside(parent: Element): readonly Element[] {
    const found: Element[] = []
    for (let here = parent.start; parent.isMany && here < parent.end && found.length < 10_000;) {
      const element = at(here)
      found.push(element)
      here = element.next
    }
    return found
  }
  /** In one piece, or in many. */
  function octets(element: Element, depth = 0): Buffer {
    need(depth <= deepest)
    return element.isMany
      ? Buffer.concat(inside(element).map((it) => octets(it, depth + 1)))
      : bytes.subarray(element.start, element.end)
  }
  return { inside, octets }
}
