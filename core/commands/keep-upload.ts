// Keeps a file that was uploaded, until a reply or a note uses it.
import { Type, type Static } from 'typebox'
import type { AttachmentId } from '../../schemas/ids.ts'
import { blobRef } from '../../schemas/shapes.ts'
import { command } from '../ports/command.ts'
import { closed, word } from './inputs.ts'

export const KeepUploadInput = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 255, description: 'A label, cleaned by whoever took the bytes.' }),
    type: word('Media type, by content.'),
    size: Type.Integer({ minimum: 0, description: 'In bytes.' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the bytes.' }),
    blob: blobRef,
  },
  { ...closed, description: 'A file whose bytes are stored already.' },
)
export type KeepUploadInput = Static<typeof KeepUploadInput>

export const keepUpload = command({
  name: 'keep-upload',
  input: KeepUploadInput,
  scope: 'tickets:write',
  locks: () => [],
  facts: async (_input: KeepUploadInput) => null,
  decide(input: KeepUploadInput, _facts, moment) {
    const attachment = moment.newId('att') as AttachmentId
    return {
      changes: [{ do: 'keep-upload', attachment, ...input, at: moment.now }],
      events: [],
      answer: { status: 201, show: 'attachment', id: attachment } as const,
    }
  },
})
