// Folders that rules and people put tickets into (D16): made, changed, dropped.
import { Type, type Static } from 'typebox'
import { command } from '../ports/command.ts'
import type { FolderRow } from '../ports/desk-rows.ts'
import {
  deskFacts,
  dropped,
  idOf,
  merged,
  saved,
  settingsLock,
  version,
  whyNotDropped,
  whyNotPut,
} from './desk-change.ts'
import * as inputs from './inputs.ts'
import { notFound } from './refusals.ts'

const id = idOf('folder')
export const PutFolderInput = Type.Object(
  { id: Type.Optional(id), version, name: Type.Optional(inputs.word('As people call it.')) },
  { ...inputs.closed, description: 'A folder, made or changed.' },
)
export type PutFolderInput = Static<typeof PutFolderInput>
export const DropFolderInput = Type.Object({ id }, { ...inputs.closed, description: 'A folder that goes.' })
export type DropFolderInput = Static<typeof DropFolderInput>

export const putFolder = command({
  name: 'put-folder',
  input: PutFolderInput,
  scope: 'rules:write',
  locks: () => [settingsLock],
  facts: (input: PutFolderInput, read) => deskFacts(input, read),
  decide(input: PutFolderInput, { desk }, moment, by) {
    const known = desk.folders.get(input.id ?? '') ?? null
    const refusal = whyNotPut({ what: 'folder', id: input.id ?? null, known, asked: input })
    if (refusal !== null) return refusal
    const base: FolderRow = known ?? { id: input.id ?? moment.newId('fld'), name: '', version: 0 }
    const folder = merged(base, { ...input, id: base.id, version: base.version + 1 })
    const changes = [{ do: 'put-folder', folder, create: known === null }] as const
    return saved({ what: 'folder', id: folder.id, known, input, changes }, { moment, by })
  },
})

/** Tickets in it are in it no more; rules that would put more into it come first. */
export const dropFolder = command({
  name: 'drop-folder',
  input: DropFolderInput,
  scope: 'rules:write',
  locks: () => [settingsLock],
  facts: (input: DropFolderInput, read) => deskFacts(input, read),
  decide({ id }: DropFolderInput, { desk }, moment, by) {
    if (!desk.folders.has(id)) return notFound('folder')
    return (
      whyNotDropped(desk, 'folder', id) ?? dropped('folder', id, [{ do: 'drop-folder', folder: id }], { moment, by })
    )
  },
})
