// Processes that die exactly between two steps which must not come apart: builds with a kill -9 written into the gap.
import { setTimeout as pause } from 'node:timers/promises'
import type { Fault, Setting } from '../fault.ts'
import { patchedCopy, type Patch } from '../patched-copy.ts'

/** The so many-eth time that it comes there; without the setting it lives. */
const die = `if (Number(process.env.CHAOS_DIE_AT ?? 0) === (globalThis.chaosTimes = (globalThis.chaosTimes ?? 0) + 1)) process.kill(process.pid, 'SIGKILL')`

const gap = (id: string, says: string, patches: readonly Patch[]): Fault => ({
  id: `F2-${id}`,
  says: `kill -9 exactly ${says}`,
  settings: [{ layout: 'whole' }],
  rounds: 20,
  load: { agents: 4, agentPauseMs: 60 },
  async prepare(setting: Setting) {
    const copy = await patchedCopy(patches)
    return { setting: { ...setting, root: copy.root }, end: () => copy.remove() }
  },
  async disturb({ members }, { n, chance }) {
    const [it] = members
    it?.kill('SIGKILL')
    await it?.ended()
    it?.launch({ CHAOS_DIE_AT: String(1 + chance.number(12, 'times', n)) })
    const isDead = await Promise.race([it?.ended().then(() => true), pause(20_000, false)])
    if (isDead !== true) throw new Error(`It never came to the gap ${says}.`)
    await it?.start()
  },
})

export const faults: readonly Fault[] = [
  gap('append', 'between the append and the answer to the vendor', [
    {
      file: 'core/runtime/ingest.ts',
      from: 'for (const event of events) {\n    const channel',
      to: `${die}\n  for (const event of events) {\n    const channel`,
    },
  ]),
  gap('effect', 'between the commit of an effect and the position', [
    {
      file: 'infra/drivers/log-postgres/consume.ts',
      from: 'await turn.it.handle(events)\n',
      to: `await turn.it.handle(events); ${die}\n`,
    },
  ]),
  gap('send', 'between what was sent to a vendor and its record', [
    {
      file: 'core/runtime/deliver.ts',
      from: 'async function record({ delivery, account, outcome, said }: Attempted, deps: Deps): Promise<void> {\n',
      to: `async function record({ delivery, account, outcome, said }: Attempted, deps: Deps): Promise<void> {\n  ${die}\n`,
    },
  ]),
  gap('outbox', 'between the append of what lay in the outbox and its removal from there', [
    { file: 'infra/house.ts', from: 'needs.emitInto ?? opened.emitInto', to: "needs.emitInto ?? 'outbox'" },
    { file: 'core/runtime/relay.ts', from: 'await deps.outbox.remove(', to: `${die}; await deps.outbox.remove(` },
  ]),
]
