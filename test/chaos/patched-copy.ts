// A copy of the gateway's source with some of its words replaced: a build that breaks a promise, or that dies at a place that has a name.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { copyHouse, type HouseCopy } from '../support/house-copy.ts'

export interface Patch {
  readonly file: string
  readonly from: string
  readonly to: string
}

/** Rejects where the words are not there exactly once: a patch that changes nothing would prove nothing. */
export async function patchedCopy(patches: readonly Patch[]): Promise<HouseCopy> {
  const copy = await copyHouse(['api', 'connectors', 'core', 'infra', 'schemas', 'workers'])
  for (const { file, from, to } of patches) {
    const path = join(copy.root, file)
    const text = await readFile(path, 'utf8')
    const parts = text.split(from)
    if (parts.length !== 2) throw new Error(`${file} has these words ${parts.length - 1} times, not once: ${from}`)
    await writeFile(path, parts.join(to))
  }
  return copy
}

const soon = 'await new Promise((go) => setTimeout(go, 40))'
const append = 'deps.log.append({ raws: taken.map((it) => it.kept), events }'

/** Each breaks one promise; the pause makes the moment wide enough for a few kills to meet it. */
export const brokenBuilds: Readonly<Record<string, readonly Patch[]>> = {
  'answer before the append': [
    {
      file: 'core/runtime/ingest.ts',
      from: `await ${append}, signal)`,
      to: `void (async () => { ${soon}; await ${append}, AbortSignal.timeout(10_000)) })().catch(() => undefined)`,
    },
  ],
  'position committed first': [
    {
      file: 'infra/drivers/log-postgres/consume.ts',
      from: 'if (events.length > 0 && !(await handled(events, { asks, turn, deps }))) return',
      to: '',
    },
    {
      file: 'infra/drivers/log-postgres/consume.ts',
      from: 'if (isShort) await deps.heads.refresh()',
      to: `await deps.flusher.flush(); ${soon}; if (events.length > 0) await handled(events, { asks, turn, deps }); if (isShort) await deps.heads.refresh()`,
    },
  ],
  'claim outside the transaction': [
    {
      file: 'infra/store/index.ts',
      from: 'txOf(await enter(workspace), deps.registry, memory)',
      to: 'txOf(await enter(workspace), deps.registry, memory, deps)',
    },
    {
      file: 'infra/store/index.ts',
      from: 'memory: DeskMemory): StoreTx',
      to: 'memory: DeskMemory, deps): StoreTx',
    },
    {
      file: 'infra/store/index.ts',
      from: 'claim: (worker, events) => claimEvents(inside, worker, events)',
      to: `claim: async (worker, events) => { const fresh = await inTransaction(async (apart) => claimEvents(await apart(inside.workspace), worker, events), deps); ${soon}; return fresh }`,
    },
  ],
}
