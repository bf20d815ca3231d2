// One fault in one setting from beginning to end: prepared, staged, run, judged, taken down.
import type { Fault, Setting } from './fault.ts'
import type { OwnDatabase } from './own-database.ts'
import { runFault, type Outcome, type RunOptions } from './run-fault.ts'
import { openStage } from './stage.ts'

export interface OnceOptions extends RunOptions {
  readonly seed: number
  readonly ledgerPath: string
  database(): Promise<OwnDatabase>
}

export async function once(fault: Fault, wanted: Setting, options: OnceOptions): Promise<Outcome> {
  const { setting, end } = (await fault.prepare?.(wanted)) ?? { setting: wanted, end: async () => undefined }
  try {
    const stage = await openStage({ ...options, setting })
    try {
      return await runFault(fault, stage, options)
    } finally {
      await stage.end()
    }
  } finally {
    await end()
  }
}
