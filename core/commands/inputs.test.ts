// What no input takes, whatever it is for.
import { Compile } from 'typebox/compile'
import { expect, it } from 'vitest'
import { id } from '../../test/support/given.ts'
import { AddNoteInput } from './add-note.ts'
import { PutBrandInput } from './brands.ts'
import { UpdateTicketInput } from './update-ticket.ts'

it('D3 nothing is called "none", by which lists ask for what has nothing there', () => {
  const change = Compile(UpdateTicketInput)
  const brand = Compile(PutBrandInput)
  const head = { ticket: id('tkt', 'one'), version: 1 }
  for (const field of ['assignee', 'group', 'type', 'topic']) {
    const takes = (value: unknown) => change.Check({ ...head, [field]: value })
    expect([takes('none'), takes('none of it'), takes('None'), takes(null), takes('')], field).toEqual([
      false,
      true,
      true,
      true,
      false,
    ])
  }
  expect([brand.Check({ id: 'none', name: 'x' }), brand.Check({ id: 'nones', name: 'x' })]).toEqual([false, true])
})

it('a note says something', () => {
  const note = Compile(AddNoteInput)
  const takes = (text: string) => note.Check({ ticket: id('tkt', 'one'), text })
  expect([takes(''), takes(' \n\t'), takes('\n·')]).toEqual([false, false, true])
})
