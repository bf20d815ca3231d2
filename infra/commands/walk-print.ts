// How a walk is told: rooms as headings, what passes as short lines; colours only where a person looks.
import { styleText } from 'node:util'
import { cut, printable } from './table.ts'

export interface Printer {
  /** A room one comes into: its file, and what happens there. */
  room(where: string, what: string): void
  line(label: string, value: unknown): void
  text(text: string): void
}
type Style = 'bold' | 'dim' | 'cyan' | 'green'
const widest = 150

export function printer(out: (text: string) => void, isColoured: boolean): Printer {
  const paint = (style: Style, text: string): string =>
    isColoured ? styleText(style, text, { validateStream: false }) : text
  let rooms = 0
  return {
    room: (where, what) => out(`\n${paint('bold', `${(rooms += 1)}  ${where}`)}  ${what}\n`),
    line: (label, value) => out(`   ${paint(colourOf(label), label.padEnd(9))} ${short(value)}\n`),
    text: (text) => out(`   ${paint('dim', text)}\n`),
  }
}

const colourOf = (label: string): Style => (label === 'row' || label === 'writes' ? 'green' : 'cyan')

/** One line: what is empty is left out, what is long is cut. */
const short = (value: unknown): string =>
  cut(printable(typeof value === 'string' ? value : JSON.stringify(bare(value))), widest)

function bare(value: unknown): unknown {
  if (value instanceof Map) return bare(Object.fromEntries(value))
  if (value instanceof Set || Array.isArray(value)) return [...value].map(bare)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([, it]) => it !== null && it !== undefined && it !== '' && !isEmpty(it))
  return Object.fromEntries(kept.map(([name, it]) => [name, bare(it)]))
}
const isEmpty = (value: unknown): boolean =>
  (Array.isArray(value) && value.length === 0) ||
  (value instanceof Map && value.size === 0) ||
  (typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.keys(value).length === 0)
