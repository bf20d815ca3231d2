// Rows as columns that line up, for people at a terminal; the last column is as long as it is.

/** A cell without a value is a dash. Control characters in what strangers wrote do not reach the terminal. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map(printable))
  const widths = head.map((_, at) => Math.max(...cells.map((row) => [...(row[at] ?? '')].length)))
  const lines = cells.map((row) =>
    row
      .map((cell, at) => (at === head.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - [...cell].length)))
      .join('  ')
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

export function printable(text: string): string {
  const line = text
    .replace(/\s+/gu, ' ')
    .replace(/\p{Cc}|\p{Cf}/gu, '')
    .trim()
  return line === '' ? '-' : line
}

export const cut = (text: string, most: number): string => {
  const letters = [...text]
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`
}
