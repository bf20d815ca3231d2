// Cuts the text of JSON without parsing what lies inside, so that a cut call still holds the vendor's own bytes, digit for digit.

export interface Member {
  readonly name: string
  /** From the name's quote to the end of the value, as written. */
  readonly text: string
  readonly value: string
}

/** Texts of the elements of an array. The text must be JSON that a parser has taken. */
export const elementsOf = (array: string): readonly string[] => piecesOf(array)

/** Members of an object in their order, twins of one name too (a parser takes the last). */
export const membersOf = (object: string): readonly Member[] =>
  piecesOf(object).map((text) => {
    const colon = text.indexOf(':', endOfString(text, 0))
    return { name: JSON.parse(text.slice(0, colon)) as string, text, value: text.slice(colon + 1).trim() }
  })
export const valueOf = (members: readonly Member[], name: string): string | undefined =>
  members.findLast((member) => member.name === name)?.value

/** What stands between the commas of the outermost brackets, trimmed. */
function piecesOf(text: string): readonly string[] {
  const pieces: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!
    if (char === '"') at = endOfString(text, at)
    else if (char === '{' || char === '[') start = (depth += 1) === 1 ? at + 1 : start
    else if (char === ',' && depth === 1) {
      pieces.push(text.slice(start, at).trim())
      start = at + 1
    } else if ((char === '}' || char === ']') && (depth -= 1) === 0) {
      const last = text.slice(start, at).trim()
      return last === '' ? pieces : [...pieces, last]
    }
  }
  return pieces
}
/** The place of the closing quote. */
function endOfString(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
