// What a writer added is shown as it was written, however long its lines are.
import { expect, it } from 'vitest'
import { cutQuoted } from './cut.ts'

const quote = 'On Mon, 5 Jan 2026 at 10:00, Shop <help@shop.example> wrote:\n> your order is on its way'

it('P12 a paragraph on one long line is shown to its last word, and what it answers is cut', () => {
  const paragraph = `${'word '.repeat(600)}the end`
  expect(cutQuoted(`${paragraph}\n\n${quote}`).visible).toBe(paragraph)
})

it('P12 wide gaps in a line stay as they were written', () => {
  const row = `size${' '.repeat(40)}42`
  expect(cutQuoted(`${row}\n\n${quote}`).visible).toBe(row)
})

it('P12 where all of it looks quoted, all of it is shown', () => {
  expect(cutQuoted(quote).visible).toBe(quote)
})
