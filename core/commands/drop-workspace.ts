// An empty workspace goes; one that holds accounts or tickets stays, since nothing a customer wrote is dropped with a wall.
import { Type, type Static } from 'typebox'
import { command } from '../ports/command.ts'
import { lockOf } from '../ports/worker.ts'
import { audit } from './audited.ts'
import * as inputs from './inputs.ts'

export const DropWorkspaceInput = Type.Object(
  { id: Type.String({ description: 'The workspace.' }) },
  { ...inputs.closed, description: 'Which workspace goes.' },
)
export type DropWorkspaceInput = Static<typeof DropWorkspaceInput>
interface Facts {
  readonly accounts: number
  readonly tickets: number
}

/** Every installation has it: tools that name no workspace mean this one. */
const first = 'main'

export const dropWorkspace = command({
  name: 'drop-workspace',
  input: DropWorkspaceInput,
  scope: 'admin',
  locks: () => [lockOf('desk', 'workspace')],
  facts: (_input: DropWorkspaceInput, read): Promise<Facts> => read.workspaceHolds(),
  decide({ id }: DropWorkspaceInput, { accounts, tickets }: Facts, moment, by) {
    if (id === first)
      return { refuse: 'conflict', code: 'first_workspace', why: `The workspace "${first}" is always there.` }
    if (accounts > 0 || tickets > 0)
      return {
        refuse: 'conflict',
        code: 'not_empty',
        why: `The workspace "${id}" holds ${accounts} accounts and ${tickets} tickets. Only an empty one can be dropped.`,
      }
    const line = audit({ what: 'workspace.dropped', subject: id }, { moment, by })
    return { changes: [line, { do: 'drop-workspace' }], events: [], answer: { status: 204, body: null } } as const
  },
})
