// The surroundings of a tool under test: no terminal, an environment of its own, and what it said kept.
import type { Surroundings } from '../../infra/commands/tool.ts'
import { noteOutput } from './canaries.ts'

export interface KeptSurroundings extends Surroundings {
  said(): { readonly out: string; readonly err: string }
}
export function surroundings(
  argv: readonly string[],
  given: { readonly env?: Surroundings['env']; readonly stop?: AbortSignal } = {},
): KeptSurroundings {
  const kept = { out: '', err: '' }
  return {
    argv,
    env: given.env ?? {},
    out: (text) => (noteOutput(`tools-${process.pid}-out`, text), void (kept.out += text)),
    say: (text) => (noteOutput(`tools-${process.pid}-err`, text), void (kept.err += text)),
    isTerminal: false,
    stop: given.stop ?? new AbortController().signal,
    said: () => ({ ...kept }),
  }
}
