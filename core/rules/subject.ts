// What a ticket is called when its first message has no subject of its own.

const maxCharacters = 120

/**
 * The first line that says something, at most 120 characters, cut at a word. Null when there is none: a message of only files or parts
 * has no words in any language, and the console names it in the reader's.
 */
export function subjectFrom(text: string): string | null {
  const line = text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((it) => it.replace(/\s+/g, ' ').trim())
    .find((it) => it !== '')
  return line === undefined ? null : shortened(line)
}

/** Made once: making one takes longer than its work on a line. */
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

function shortened(line: string): string {
  // A character is one code unit or more.
  if (line.length <= maxCharacters) return line
  const characters = [...Iterator.from(graphemes.segment(line.slice(0, maxCharacters * 16))).take(maxCharacters + 1)]
  if (characters.length <= maxCharacters) return line
  const head = characters
    .slice(0, maxCharacters - 1)
    .map((it) => it.segment)
    .join('')
  const space = head.lastIndexOf(' ')
  // A script without spaces, or one endless word, is cut where it is.
  return `${(space > head.length / 2 ? head.slice(0, space) : head).trimEnd()}…`
}
